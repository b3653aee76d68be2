"""The knowledge base: found, read, written by editors, called out of date by agents, and used at the desk."""

import datetime as dt
from typing import Any

from aiohttp import web

from access.accounts.roles import HALL
from access.visibility.orders import get_visible_order
from core import clock
from core.clock import in_city
from core.database import transaction
from core.errors import BadInput, Conflict
from dispatch.workflow import Role
from knowledge import articles, finding
from knowledge.articles import Editor
from web.http.answers.pages import page, part_or_page
from web.http.answers.rejection import NOTHING_WRONG, REJECTED, Rejection, rejection_of
from web.http.routes import Route, body_of, context_of, id_in, me_of, query_of, read
from web.http.schemas import Done
from web.knowledge.presenter import answer_by_article, article_answer, proposed, summaries, writing_of
from web.knowledge.schemas import (
    AnswerByArticle,
    ArticleAnswer,
    ArticlesAnswer,
    ArticlesQuery,
    DeskKnowledgeQuery,
    ReportArticle,
    VersionQuery,
    WriteArticle,
)
from web.orders.presenter import order_answer
from web.orders.schemas import OrderAnswer

EDITS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
REPORTS = frozenset({Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR})
ANSWERS = frozenset({Role.AGENT})
LISTED = 100
REVIEW_DAYS = 180


def _today() -> dt.date:
    return in_city(clock.now()).date()


def _editor(request: web.Request) -> Editor:
    return Editor(me_of(request).account_id, me_of(request).display_name)


async def api_articles(request: web.Request) -> ArticlesAnswer:
    query, day = query_of(request, ArticlesQuery), _today()
    async with context_of(request).sessions() as session:
        found = await finding.search(session, query.q, day=None if query.all else day, limit=LISTED)
        return ArticlesAnswer(articles=await summaries(session, found, day))


async def show_articles(request: web.Request) -> web.StreamResponse:
    """All of them for whoever keeps the base; for the others what is valid today."""
    query, day = query_of(request, ArticlesQuery), _today()
    edits = me_of(request).role in EDITS
    async with context_of(request).sessions() as session:
        found = await finding.search(session, query.q, day=None if edits else day, limit=LISTED)
        waiting = await finding.to_look_at(session, day) if edits and not query.q else []
        context = {
            "found": await summaries(session, found, day),
            "waiting": await summaries(session, waiting, day),
            "query": query,
            "edits": edits,
        }
    return part_or_page(request, "knowledge/knowledge_list.html", "knowledge/knowledge.html", context)


async def api_article(request: web.Request) -> ArticleAnswer:
    version = query_of(request, VersionQuery).version
    async with context_of(request).sessions() as session:
        return await article_answer(session, id_in(request), version, _today())


async def show_article(request: web.Request, rejected: Rejection = NOTHING_WRONG) -> web.StreamResponse:
    version = query_of(request, VersionQuery).version if request.method == "GET" else None
    async with context_of(request).sessions() as session:
        article = await article_answer(session, id_in(request), version, _today())
        versions = await articles.versions_of(session, article.id)
    context = {
        "article": article,
        "versions": versions,
        "edits": me_of(request).role in EDITS,
        "reports": me_of(request).role in REPORTS,
        "refused": rejected.sentence,
    }
    return page(request, "knowledge/knowledge_article.html", context, status=rejected.status)


async def show_form(request: web.Request) -> web.StreamResponse:
    if "id" not in request.match_info:
        today = _today()
        return _form(request, {"valid_from": today, "review_on": today + dt.timedelta(days=REVIEW_DAYS)})
    async with context_of(request).sessions() as session:
        known = await article_answer(session, id_in(request), None, _today())
    return _form(request, known.model_dump() | {"bring": "\n".join(known.bring), "note": ""})


async def submit_article(request: web.Request) -> web.StreamResponse:
    """The editor's form; refused it comes back with what was typed."""
    sent = await request.post()
    typed: dict[str, Any] = {name: str(value).strip() for name, value in sent.items() if name != "subjects"}
    typed = {name: value for name, value in typed.items() if value}
    listed = typed | {
        "bring": [line.strip() for line in str(typed.get("bring", "")).splitlines() if line.strip()],
        "subjects": [str(value) for value in sent.getall("subjects", []) if value],
    }
    needed = {"title": "", "body": "", "source": ""}
    try:
        article_id = await _write(request, read(WriteArticle, needed | listed))
    except (BadInput, Conflict) as error:
        # The version that the agent has now seen: pressed again, the answer is to that one.
        now = {"version": error.facts["version"]} if "version" in error.facts else {}
        return _form(request, typed | now | {"subjects": listed["subjects"]}, rejection_of(error))
    raise web.HTTPSeeOther(f"/knowledge/{article_id}")


async def api_write(request: web.Request) -> ArticleAnswer:
    article_id = await _write(request, body_of(request, WriteArticle))
    async with context_of(request).sessions() as session:
        return await article_answer(session, article_id, None, _today())


async def _write(request: web.Request, body: WriteArticle) -> int:
    writing, by, at = writing_of(body, context_of(request).city), _editor(request), clock.now()
    async with transaction(context_of(request).sessions) as session:
        if "id" not in request.match_info:
            return (await articles.create(session, writing, by=by, at=at)).id
        return (await articles.revise(session, id_in(request), body.version or 0, writing, by=by, at=at)).id


async def submit_report(request: web.Request) -> web.StreamResponse:
    sent = {name: str(value) for name, value in (await request.post()).items()}
    try:
        await _report(request, read(ReportArticle, sent))
    except BadInput as error:
        return await show_article(request, rejection_of(error))
    raise web.HTTPSeeOther(f"/knowledge/{id_in(request)}")


async def api_report(request: web.Request) -> Done:
    await _report(request, body_of(request, ReportArticle))
    return Done()


async def _report(request: web.Request, said: ReportArticle) -> None:
    async with transaction(context_of(request).sessions) as session:
        by = me_of(request).display_name
        await articles.report(session, id_in(request), said.version, said.note, by=by, at=clock.now())


async def submit_settled(request: web.Request) -> web.StreamResponse:
    """An editor: it stands as it is, or it is taken out."""
    handler = articles.settle if request.path.endswith("/settle") else articles.withdraw
    async with transaction(context_of(request).sessions) as session:
        await handler(session, id_in(request), by=_editor(request), at=clock.now())
    raise web.HTTPSeeOther("/knowledge")


# ── at the desk ──────────────────────────────────────────────────────────────────────────────────────────────


async def show_desk(request: web.Request) -> web.StreamResponse:
    """The panel, or while somebody types only its list."""
    query, day = query_of(request, DeskKnowledgeQuery), _today()
    return await _desk(request, query.q, query.call, day)


async def _desk(
    request: web.Request, words: str, call: str | None, day: dt.date, rejected: Rejection = NOTHING_WRONG
) -> web.StreamResponse:
    async with context_of(request).sessions() as session:
        if words.strip() or call is None:
            found = list(await finding.search(session, words, day=day))
        else:
            found = await proposed(session, context_of(request).city, call, day)
        context = {
            "found": await summaries(session, found, day),
            "q": words,
            "call": call,
            "answers": me_of(request).role in ANSWERS and call is not None,
            "refused": rejected.sentence,
        }
    typing = request.headers.get("HX-Target") == "desk-knowledge-found"
    return page(
        request,
        "desk/desk_knowledge_found.html" if typing else "desk/desk_knowledge.html",
        context,
        status=rejected.status,
    )


async def submit_answer(request: web.Request) -> web.StreamResponse:
    linkedid = request.match_info["linkedid"]
    sent = {name: str(value) for name, value in (await request.post()).items()}
    try:
        number = await _answer(request, read(AnswerByArticle, sent))
    except REJECTED as error:
        return await _desk(request, "", linkedid, _today(), rejection_of(error))
    return page(request, "desk/desk_answered.html", {"number": number, "call": linkedid})


async def api_answer(request: web.Request) -> OrderAnswer:
    number = await _answer(request, body_of(request, AnswerByArticle))
    me, app_context = me_of(request), context_of(request)
    async with app_context.sessions() as session:
        order = await get_visible_order(session, me, number)
        return await order_answer(session, app_context.policy, me, order, at=clock.now())


async def _answer(request: web.Request, by: AnswerByArticle) -> str:
    app_context, linkedid = context_of(request), request.match_info["linkedid"]
    async with transaction(app_context.sessions) as session:
        order = await answer_by_article(session, app_context.policy, me_of(request), linkedid, by.article, by.version)
        return order.number


def _form(request: web.Request, typed: dict[str, Any], rejected: Rejection = NOTHING_WRONG) -> web.StreamResponse:
    context = {
        "typed": typed,
        "wrong": rejected.fields,
        "refused": rejected.sentence,
        "id": request.match_info.get("id"),
    }
    return page(request, "knowledge/knowledge_form.html", context, status=rejected.status)


_ID = r"/{id:\d+}"
ROUTES = [
    Route("GET", "/knowledge", "knowledge", show_articles, HALL, query=ArticlesQuery),
    Route("GET", "/knowledge/new", "new_article", show_form, EDITS),
    Route("POST", "/knowledge", "submit_new_article", submit_article, EDITS),
    Route("GET", "/knowledge" + _ID, "article", show_article, HALL, query=VersionQuery),
    Route("GET", "/knowledge" + _ID + "/edit", "edit_article", show_form, EDITS),
    Route("POST", "/knowledge" + _ID, "submit_article", submit_article, EDITS),
    Route("POST", "/knowledge" + _ID + "/report", "submit_article_report", submit_report, REPORTS),
    Route("POST", "/knowledge" + _ID + "/{handler:settle|withdraw}", "submit_article_settled", submit_settled, EDITS),
    Route("GET", "/desk/knowledge", "desk_knowledge", show_desk, HALL, query=DeskKnowledgeQuery),
    Route("POST", "/desk/calls/{linkedid}/answer", "desk_answer", submit_answer, ANSWERS),
    Route(
        "GET", "/api/knowledge", "list_articles", api_articles, HALL,
        says="知识库：查找文章", query=ArticlesQuery, answer=ArticlesAnswer,
    ),
    Route(
        "GET", "/api/knowledge" + _ID, "get_article", api_article, HALL,
        says="一篇文章，或者它的某一版", query=VersionQuery, answer=ArticleAnswer,
    ),
    Route(
        "POST", "/api/knowledge", "write_article", api_write, EDITS,
        says="新写一篇文章", body=WriteArticle, answer=ArticleAnswer, status=201,
    ),
    Route(
        "POST", "/api/knowledge" + _ID, "revise_article", api_write, EDITS,
        says="写文章的新一版", body=WriteArticle, answer=ArticleAnswer, status=201,
    ),
    Route(
        "POST", "/api/knowledge" + _ID + "/report", "report_article", api_report, REPORTS,
        says="报告文章已过时", body=ReportArticle, answer=Done, status=201,
    ),
    Route(
        "POST", "/api/calls/{linkedid}/answer", "answer_by_article", api_answer, ANSWERS,
        says="按知识库文章当场答复并办结", body=AnswerByArticle, answer=OrderAnswer,
    ),
]  # fmt: skip
