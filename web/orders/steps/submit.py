"""The one way in for a step: the order's page, the API, an office's link, the list of many, the screen pop and the
knowledge base all take steps here, with the same checks, in one session and one transaction.

Whoever sends a form is read by the fields that its step has now. They follow from state, step and role; no answer about
the order is built for them.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from multidict import MultiMapping
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from access.visibility.reporter_guesses import queue_guess_check
from access.visibility.rules import actor_of, knows, sees_order
from core import clock
from core.database import transaction
from core.errors import BadInput, Conflict, NotFound
from dispatch.citizens.redaction import stays_unnamed
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order, OrderStep
from dispatch.orders.unsent_texts import Writer, drop_text
from dispatch.policy import Policy
from dispatch.steps.permission import obstacle
from dispatch.steps.specs import SPECS
from dispatch.steps.take import take_step
from dispatch.workflow import Step
from web.http.context import AppContext
from web.orders.covering.covered_texts import COVERABLE, load_covered
from web.orders.presenter import history_answer, open_step
from web.orders.steps.changes import describe_changes, matters
from web.orders.steps.step_forms import read_fields, shown_names

_LONGEST_VERSION = 9
SAME_MATTER = "同一处、同一件事"
"""Why an order is joined to another, where nobody says more."""


@dataclass(frozen=True)
class Form:
    """A step's form as a browser sent it: its fields, the order's `version` and how far its history was `read`."""

    sent: MultiMapping[Any]


Given = Form | Mapping[str, Any]
"""A form, or fields by name, as a program or another page of ours gives them."""


async def take(
    app_context: AppContext, me: Me, number: str, step: Step, given: Given, *, version: int | None = None
) -> Order:
    """Take `step` on the order. Errors as `take_on`."""
    async with transaction(app_context.sessions) as session:
        order = await get_visible_order(session, me, number)
        return await take_on(session, app_context.policy, me, order, step, given, version=version)


async def join_typed(app_context: AppContext, me: Me, number: str, into: str, sent: MultiMapping[Any]) -> None:
    """The draft becomes one with the order `into`, and keeps what was typed into its form, so that its citizen is a
    follower by name and number. All of it or nothing. Errors as `take_on`."""
    async with transaction(app_context.sessions) as session:
        order, policy = await get_visible_order(session, me, number), app_context.policy
        version = await _settled_version(session, me, order, sent)
        typed = await _typed(session, policy, me, order, Step.REGISTER, sent)
        written = {name: value for name, value in typed.items() if name in SPECS[Step.FILL_IN].takes}
        order = await take_on(session, policy, me, order, Step.FILL_IN, written, version=version)
        joined = {"merged_into": into, "reason": SAME_MATTER}
        await take_on(session, policy, me, order, Step.MERGE, joined)
        await drop_text(session, order.id, Step.REGISTER, writer_of(me))


async def take_on(
    session: AsyncSession,
    policy: Policy,
    me: Me,
    order: Order,
    step: Step,
    given: Given,
    *,
    version: int | None = None,
    actor: Actor | None = None,
) -> Order:
    """Take `step` on an order that the caller found, in the caller's transaction.

    `version`: the one that the sender read; None: the form says it, or the present one. `actor`: as the history shall
    name the sender, where that is not `me`'s account.
    Raises NotFound for an order that `me` does not see, and what `take_step` raises.
    """
    if not sees_order(me, order):
        raise NotFound("没有这张工单，或者它没有派给您。")
    await queue_guess_check(session, me, order)
    if isinstance(given, Form):
        version = await _settled_version(session, me, order, given.sent)
        given = await _typed(session, policy, me, order, step, given.sent)
    actor, at = actor or actor_of(me), clock.now()
    if obstacle(order, step, actor, policy, at) is None and version in (None, order.version):
        await _ask_first(session, policy, order, step, given, at)
    taken = await take_step(session, policy, order.id, step, actor=actor, at=at, version=version, fields=given)
    # What was written for it has been sent.
    await drop_text(session, order.id, step, writer_of(me))
    return taken


async def _ask_first(
    session: AsyncSession, policy: Policy, order: Order, step: Step, given: Mapping[str, Any], at: dt.datetime
) -> None:
    """Raises BadInput with what a person has to say yes to first."""
    if question := await SPECS[step].asks_first(session, policy, order, given, at):
        raise BadInput(fields=dict(question))


async def _typed(
    session: AsyncSession, policy: Policy, me: Me, order: Order, step: Step, sent: MultiMapping[Any]
) -> Mapping[str, Any]:
    """What was typed into the fields that the step's form has for `me`. Raises Conflict or NotAllowed where there is no
    such form."""
    if (found := obstacle(order, step, actor_of(me), policy, clock.now())) is not None:
        raise found.error(found.sentence)
    one, confidential = open_step(me, order, step), stays_unnamed(order)
    names = shown_names(one, covered=(), confidential=confidential)
    if not COVERABLE.isdisjoint(names):
        names = shown_names(one, covered=await load_covered(session, me, order), confidential=confidential)
    return read_fields(step, names, sent)


async def _settled_version(session: AsyncSession, me: Me, order: Order, sent: MultiMapping[Any]) -> int:
    """The version that the sender may answer for: the one that was read, or the present one where nothing has happened
    since that matters to the step. Raises Conflict that says what has.
    """
    version = _read_number(str(sent.get("version", "")))
    if version == order.version:
        return version
    read = _read_number(str(sent.get("read", "")))
    later = select(OrderStep).where(OrderStep.order_id == order.id, OrderStep.seq > read).order_by(OrderStep.seq)
    rows, known = await session.scalars(later), knows(me, order)
    changes = [history_answer(row, known=known, judges=False) for row in rows]
    if matters(changes):
        raise Conflict(describe_changes(changes))
    return order.version


def _read_number(typed: str) -> int:
    if not typed.isdecimal() or len(typed) > _LONGEST_VERSION:
        raise Conflict()
    return int(typed)


def writer_of(me: Me) -> Writer:
    """Whose unsent texts `me` reads and writes."""
    return Writer(me.account_id, me.role, me.office_code or me.unit_code or "", me.link_id)


def step_in(request: web.Request) -> Step:
    try:
        return Step(request.match_info["step"])
    except ValueError as error:
        raise NotFound("没有这个办理步骤。") from error
