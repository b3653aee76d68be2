"""While a reply is written: what in it the city's rules would mark, and what is not filled in yet.

Advice to the writer, who may send the reply as it is; nothing of it is stored. What a sent reply was marked for is
shown only to those who judge it (docs/decisions/0036-hints-while-writing.md).
"""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from access.accounts.roles import HANDS
from access.visibility.orders import get_visible_order
from core.texts.lines import MANY_LINES
from dispatch.orders.models import Order
from dispatch.steps.life.replies import REPLY_TEXTS, marks_of, unfilled
from dispatch.supervision.labels import MARKS
from web.http.context import AppContext
from web.http.routes import Route, body_of, context_of, me_of
from web.http.schemas import Message

_Text = Annotated[str, Field(max_length=10_000), MANY_LINES]


class ReplyTexts(Message):
    """As far as they are written."""

    done: _Text = ""
    public_answer: _Text = ""


class ReplyHint(Message):
    field: str
    """done or public_answer."""
    name: str
    """推诿 …; empty: a blank of the template."""
    text: str
    """The passage; empty: all of it."""
    reason: str


class ReplyHintsAnswer(Message):
    hints: list[ReplyHint]


async def hints_for(app_context: AppContext, order: Order, written: ReplyTexts) -> ReplyHintsAnswer:
    """None while nothing is written to the citizen: what is not there yet evades nothing."""
    policy, texts = app_context.policy, {name: getattr(written, name) for name in REPLY_TEXTS}
    hints = [
        ReplyHint(field=name, name="", text="", reason=reason)
        for name, reason in unfilled(policy, order, texts).items()
    ]
    if written.public_answer.strip():
        for mark in await marks_of(policy, order, written.done, written.public_answer):
            passage = "" if mark.text == written.public_answer else mark.text
            hints.append(ReplyHint(field="public_answer", name=MARKS[mark.kind], text=passage, reason=mark.reason))
    return ReplyHintsAnswer(hints=hints)


async def api_hints(request: web.Request) -> ReplyHintsAnswer:
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
    return await hints_for(context_of(request), order, body_of(request, ReplyTexts))


ROUTES = [
    Route(
        "POST", "/api/orders/{number}/reply-hints", "hint_reply", api_hints, HANDS,
        says="写回复时的提示：哪些话可能答非所问、推诿，哪些没有填", body=ReplyTexts, answer=ReplyHintsAnswer,
    ),
]  # fmt: skip
