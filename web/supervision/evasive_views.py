"""神回复: the replies that were marked as evasive, by office and period, with what the coordinator did."""

import datetime as dt
from collections import Counter

from aiohttp import web
from pydantic import Field

from access.visibility.rules import redactor_of_order
from core.clock import CITY_ZONE
from core.errors import BadInput
from dispatch.supervision.evasive_replies import EvasiveReply, JudgedReply, evasive_replies
from dispatch.supervision.labels import JUDGED, MARKS
from web.http.answers.pages import page
from web.http.routes import Route, context_of, query_of
from web.http.schemas import Code, Day, Message
from web.orders.schemas import MarkAnswer
from web.supervision.views import WATCHERS

SHOWN = 500


class EvasiveQuery(Message):
    first: Day | None = Field(None, alias="from")
    """The reply's day in the city; None: from the beginning."""
    last: Day | None = Field(None, alias="to")
    """Counted in; None: until now."""
    office: Code | None = None
    judged: JudgedReply | None = None


class EvasiveReplyAnswer(Message):
    order: str
    title: str
    at: dt.datetime
    """When the reply was given."""
    office_code: str
    """The lead office at that time."""
    unit_code: str | None
    """The crew, where it wrote the reply."""
    marks: list[MarkAnswer]
    judged: JudgedReply
    judged_at: dt.datetime | None
    judged_by: str
    reason: str
    """The coordinator's note; never empty where the reply was sent back."""


class EvasiveRepliesAnswer(Message):
    replies: list[EvasiveReplyAnswer]


async def api_evasive_replies(request: web.Request) -> EvasiveRepliesAnswer:
    query = query_of(request, EvasiveQuery)
    since = _midnight(query.first) if query.first else None
    before = _midnight(query.last + dt.timedelta(days=1)) if query.last else None
    if since and before and since >= before:
        raise BadInput(fields={"to": "结束日期不能早于开始日期。"})
    async with context_of(request).sessions() as session:
        found = await evasive_replies(
            session, office=query.office, since=since, before=before, judged=query.judged, limit=SHOWN
        )
    return EvasiveRepliesAnswer(replies=list(map(_answer, found)))


async def show_evasive_replies(request: web.Request) -> web.StreamResponse:
    query = query_of(request, EvasiveQuery)
    replies = (await api_evasive_replies(request)).replies
    context = {
        "query": query,
        "replies": replies,
        "counts": Counter(one.judged for one in replies),
        "JUDGED": JUDGED,
        "shown": SHOWN,
    }
    return page(request, "supervision/supervision_evasive.html", context)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), CITY_ZONE)


def _answer(found: EvasiveReply) -> EvasiveReplyAnswer:
    reply, order, judgement = found.reply, found.order, found.judgement
    redactor = redactor_of_order(order)
    return EvasiveReplyAnswer(
        order=order.number,
        title=redactor.text(order.title),
        at=reply.at,
        office_code=found.office_code,
        unit_code=reply.unit_code,
        marks=[
            MarkAnswer(name=MARKS[mark["kind"]], **{**mark, "text": redactor.text(mark["text"])})
            for mark in reply.marks
        ],
        judged=found.judged,
        judged_at=judgement.at if judgement else None,
        judged_by=judgement.actor_name if judgement else "",
        reason=redactor.text(judgement.reason) if judgement else "",
    )


ROUTES = [
    Route("GET", "/supervision/evasive-replies", "evasive_replies", show_evasive_replies, WATCHERS, query=EvasiveQuery),
    Route(
        "GET", "/api/supervision/evasive-replies", "list_evasive_replies", api_evasive_replies, WATCHERS,
        says="被标记为疑似神回复的答复，新的在前", query=EvasiveQuery, answer=EvasiveRepliesAnswer,
    ),
]  # fmt: skip
