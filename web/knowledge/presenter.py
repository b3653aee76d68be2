"""The knowledge base as screens and programs read it, and an order answered from it with one click."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from core import clock
from core.clock import in_city
from core.errors import BadInput, Conflict
from dispatch.city.records import City
from dispatch.kinds import Kind
from dispatch.orders.drafts import find_order_in_hand
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.workflow import State, Step
from knowledge import articles, finding
from knowledge.models import ArticleVersion
from knowledge.rendering import answer_text, render
from recordings.transcripts.live_store import spoken_so_far
from web.calls.presenter import recordings_of
from web.knowledge.schemas import ArticleAnswer, ArticleSummary, ReportAnswer, WriteArticle
from web.orders.steps.submit import take_on


async def summaries(session: AsyncSession, found: Sequence[ArticleVersion], day: dt.date) -> list[ArticleSummary]:
    reports = await articles.open_reports(session, [one.article_id for one in found])
    return [_summary(one, day, len(reports.get(one.article_id, ()))) for one in found]


def _summary(one: ArticleVersion, day: dt.date, reports: int) -> ArticleSummary:
    return ArticleSummary(
        id=one.article_id,
        version=one.version,
        title=one.title,
        bring=one.bring,
        office_code=one.office_code,
        source=one.source,
        text=answer_text(one.body, one.bring),
        valid=articles.is_valid(one, day),
        review_due=one.review_on <= day,
        reports=reports,
    )


async def article_answer(session: AsyncSession, article_id: int, version: int | None, day: dt.date) -> ArticleAnswer:
    """Raises NotFound."""
    one = await articles.get_version(session, article_id, version)
    latest = one if version is None else await articles.get_version(session, article_id)
    reports = (await articles.open_reports(session, [article_id])).get(article_id, [])
    return ArticleAnswer(
        **_summary(one, day, len(reports)).model_dump(),
        body=one.body,
        html=render(one.body),
        subjects=one.subjects,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        review_on=one.review_on,
        note=one.note,
        edited_at=one.edited_at,
        editor=one.editor,
        latest=latest.version,
        open_reports=[ReportAnswer(note=said.note, at=said.at, by=said.by, version=said.version) for said in reports],
    )


def writing_of(body: WriteArticle, city: City) -> articles.Writing:
    """Raises BadInput for codes that the city does not have."""
    wrong = {}
    if unknown := [code for code in body.subjects if code not in city.subjects]:
        wrong["subjects"] = f"没有这个事项类别：{'、'.join(unknown)}。"
    if body.office_code and body.office_code not in city.offices:
        wrong["office_code"] = f"没有这个单位：{body.office_code}。"
    if wrong:
        raise BadInput(fields=wrong)
    said = body.model_dump(exclude={"version", "bring", "subjects", "office_code"})
    return articles.Writing(
        **said, bring=tuple(body.bring), subjects=tuple(body.subjects), office_code=body.office_code or None
    )


async def text_of_call(session: AsyncSession, linkedid: str) -> tuple[str, Order | None]:
    """What is known of the matter by now: what was said, then what the draft says; and the draft."""
    draft = await find_order_in_hand(session, linkedid)
    live = await spoken_so_far(session, linkedid)
    said = [segment.text for segment in live.segments]
    recordings = (await recordings_of(session, [linkedid]))[linkedid]
    said += [recording.transcript.text for recording in recordings if recording.transcript is not None]
    if draft is not None:
        said += [draft.matter, draft.title]
    return "\n".join(said), draft


async def proposed(session: AsyncSession, city: City, linkedid: str, day: dt.date) -> list[ArticleVersion]:
    said, draft = await text_of_call(session, linkedid)
    spoken_of = {code for code, subject in city.subjects.items() if any(word in said for word in subject.words)}
    if draft is not None and draft.subject:
        spoken_of = {draft.subject}
    return [one.article for one in await finding.propose(session, said, subjects=spoken_of, day=day)]


async def answer_by_article(
    session: AsyncSession, policy: Policy, me: Me, linkedid: str, article_id: int, version: int
) -> Order:
    """The article becomes the public answer and the order is closed as answered on the spot.

    Kind, title and matter are taken from the article only where nobody has filled them in. Raises Conflict where there
    is no draft, or the article is another one meanwhile.
    """
    draft = await find_order_in_hand(session, linkedid)
    if draft is None or draft.state is not State.DRAFT:
        raise Conflict("电话还没有接通，或者工单已经登记，不能再当场答复。")
    latest = await articles.get_version(session, article_id)
    if latest.version != version:
        raise Conflict("这篇文章刚刚更新过，请看过新的内容再答复。")
    if not articles.is_valid(latest, in_city(clock.now()).date()):
        raise Conflict("这篇文章不在有效期内，不能作为答复的依据。")
    fields = {
        "public_answer": answer_text(latest.body, latest.bring),
        "article": f"知识库 {latest.article_id} 号文章第{latest.version}版《{latest.title}》",
    }
    defaults = {
        "kind": None if draft.kind else Kind.CONSULTATION,
        "subject": None if draft.subject else next(iter(latest.subjects), None),
        "title": None if draft.title else f"咨询：{latest.title}",
        "matter": None if draft.matter else f"来电咨询：{latest.title}。",
    }
    fields |= {name: str(value) for name, value in defaults.items() if value}
    return await take_on(session, policy, me, draft, Step.ANSWER, fields)
