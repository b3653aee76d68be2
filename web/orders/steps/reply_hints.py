"""While a reply is written: what in it the city's rules would mark, which demands it does not speak to, what is blank.

Advice to the writer, who may send the reply as it is; nothing of it is stored. What a sent reply was marked for is
shown only to those who judge it (docs/decisions/0036-hints-while-writing.md).
"""

import asyncio
from enum import StrEnum
from typing import Annotated

from aiohttp import web
from pydantic import Field

from access.accounts.roles import HANDS
from access.visibility.orders import get_visible_order
from access.visibility.rules import redactor_of_order
from core.texts.lines import MANY_LINES
from dispatch.orders.labels import FIELDS
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.life.replies import REPLY_TEXTS, marks_of, unfilled
from dispatch.supervision.demands import demands_in
from dispatch.supervision.labels import MARKS
from web.http.context import AppContext
from web.http.routes import Route, body_of, context_of, me_of
from web.http.schemas import Message

_Text = Annotated[str, Field(max_length=10_000), MANY_LINES]


class ReplyTexts(Message):
    """As far as they are written."""

    done: _Text = ""
    public_answer: _Text = ""


class HintKind(StrEnum):
    BLANK = "blank"
    """Of the template; a reply with one is refused."""
    MARK = "mark"
    DEMAND = "demand"
    """Of the matter: the public answer does not speak to it."""


class ReplyHint(Message):
    kind: HintKind
    field: str
    """done or public_answer."""
    name: str
    """Of the field with the blank, or of the mark: 推诿 …"""
    text: str
    """The marked passage, empty: all of it; or the demand."""
    reason: str


class ReplyHintsAnswer(Message):
    hints: list[ReplyHint]


async def hints_for(app_context: AppContext, order: Order, written: ReplyTexts) -> ReplyHintsAnswer:
    """None while nothing is written to the citizen: what is not there yet evades nothing."""
    policy, texts = app_context.policy, {name: getattr(written, name) for name in REPLY_TEXTS}
    hints = [
        ReplyHint(kind=HintKind.BLANK, field=name, name=FIELDS[name], text="", reason=reason)
        for name, reason in unfilled(policy, order, texts).items()
    ]
    if written.public_answer.strip():
        for mark in await marks_of(policy, order, written.done, written.public_answer):
            passage = "" if mark.text == written.public_answer else mark.text
            hints.append(_on_answer(HintKind.MARK, MARKS[mark.kind], passage, mark.reason))
        hints += [_on_answer(HintKind.DEMAND, "", demand, "") for demand in await _open_demands(policy, order, written)]
    return ReplyHintsAnswer(hints=hints)


def _on_answer(kind: HintKind, name: str, text: str, reason: str) -> ReplyHint:
    return ReplyHint(kind=kind, field="public_answer", name=name, text=text, reason=reason)


async def _open_demands(policy: Policy, order: Order, written: ReplyTexts) -> list[str]:
    """As the reviewer will see them. The matter is covered: its words are not found out by trying replies."""
    if policy.evasive is None:
        return []
    matter = redactor_of_order(order).text(order.matter)
    # In a thread: the patterns are the city's, and a matter may be long.
    demands = await asyncio.to_thread(demands_in, policy.evasive, matter, written.public_answer)
    return [one.text.strip() for one in demands if one.answered is False]


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
