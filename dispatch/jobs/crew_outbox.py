"""What a crew enters on its phone, taken exactly once however often the phone sends it: it may have had no network
meanwhile. An action is one row under the phone's own id, in the transaction of the steps that it leads to. One that can
never be done (the order went to another crew, is answered already …) is kept as refused, with the reason that the phone
shows.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.city_words import city_words
from core.errors import BadInput, Conflict, HotlineError, NotAllowed, NotFound
from dispatch.assignments.assign import Sign, seen
from dispatch.crews.models import CrewAction, CrewActionState
from dispatch.crews.rules import UnitStatus
from dispatch.crews.shifts import end_shift, set_status, start_shift, status_of
from dispatch.crews.status import IN_CREWS_HANDS
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.specs import steps_to_the_work
from dispatch.steps.take import take_step
from dispatch.workflow import State, Step


class CrewActionKind(StrEnum):
    START_SHIFT = "start_shift"
    END_SHIFT = "end_shift"
    ACCEPT = "accept"
    ON_THE_WAY = "on_the_way"
    THERE = "there"
    REPORT = "report"
    DONE = "done"
    DECLINE = "decline"
    """不能前往: the crew cannot go; its `note` is the reason."""


@dataclass(frozen=True)
class SentAction:
    """An action as the phone sent it."""

    client_id: str
    action: CrewActionKind
    done_at: dt.datetime
    """By the phone's clock."""
    order_number: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Of the step: note; done, public_answer, solved."""


def steps_of(action: CrewActionKind, state: State) -> tuple[Step, ...]:
    """The steps that the action means for an order in `state`; skipped statuses are filled in. Empty: the order is
    there already. The workflow decides whether each may be taken.
    """
    if action is CrewActionKind.REPORT:
        return (Step.REPORT,)
    if action is CrewActionKind.DECLINE:
        return (Step.DECLINE,)
    way = steps_to_the_work(state)
    if action is CrewActionKind.DONE:
        return (*way, Step.REPLY)
    if not way and state is not State.IN_PROGRESS:
        return (Step.ACCEPT if action is CrewActionKind.ACCEPT else Step.START,)
    return tuple(step for step in way if step is Step.ACCEPT) if action is CrewActionKind.ACCEPT else way


async def take_action(
    session: AsyncSession, policy: Policy, crew: Actor, sent: SentAction, *, at: dt.datetime
) -> CrewAction:
    """The action's row, new or as it was taken before. Raises NotAllowed where the id is another crew's."""
    if crew.unit_code is None or crew.account_id is None:
        raise NotAllowed(f"这个账号没有指明{city_words().crew}，请联系系统管理员。")
    row = {
        "client_id": sent.client_id, "unit_code": crew.unit_code, "account_id": crew.account_id, "action": sent.action,
        "order_number": sent.order_number, "done_at": sent.done_at, "received_at": at, "state": CrewActionState.DONE,
        "reason": "",
    }  # fmt: skip
    # Whoever sends the same id at the same time waits here until this transaction has ended.
    new = insert(CrewAction).values(row).on_conflict_do_nothing().returning(CrewAction)
    action = (await session.scalars(new)).one_or_none()
    if action is None:
        action = await session.get_one(CrewAction, sent.client_id)
        if action.account_id != crew.account_id:
            raise NotAllowed("这个编号已经被别人用过。")
        return action
    try:
        async with session.begin_nested():
            await _do(session, policy, crew, sent, at)
    except (BadInput, Conflict, NotAllowed, NotFound) as error:
        action.state, action.reason = CrewActionState.REFUSED, _said(error)
    return action


async def _do(session: AsyncSession, policy: Policy, crew: Actor, sent: SentAction, at: dt.datetime) -> None:
    if sent.action is CrewActionKind.START_SHIFT:
        return await start_shift(session, policy.crews, crew, at=min(sent.done_at, at))
    if sent.action is CrewActionKind.END_SHIFT:
        return await end_shift(session, policy.crews, crew, at=min(sent.done_at, at))
    # Locked, so that nobody's step in between looks like a refusal.
    wanted = select(Order).where(Order.number == sent.order_number).with_for_update()
    order = (await session.scalars(wanted.execution_options(populate_existing=True))).one_or_none()
    if order is None or order.unit_code != crew.unit_code:
        raise NotFound(f"这张工单现在不归您的{city_words().crew}办理，可能已经改派。")
    steps = steps_of(sent.action, order.state)
    for step in steps:
        fields = _fields_of(sent) if step is steps[-1] else {}
        await take_step(session, policy, order.id, step, actor=crew, at=at, fields=fields)
    if sent.action is CrewActionKind.DECLINE:
        return await _turn_to_the_next(session, crew, sent, order, at)
    # The order may be there already, so that no step says it.
    await seen(session, order.id, crew, Sign.ENTERED, at=at)
    await _climb(session, crew, sent, order, at)


def _fields_of(sent: SentAction) -> dict[str, Any]:
    """Of the last step that the action means."""
    if sent.action is CrewActionKind.DECLINE:
        return {"reason": sent.fields.get("note")}
    return dict(sent.fields) if sent.action in (CrewActionKind.REPORT, CrewActionKind.DONE) else {}


async def _turn_to_the_next(
    session: AsyncSession, crew: Actor, sent: SentAction, order: Order, at: dt.datetime
) -> None:
    """A crew that was on its way to this order is not any more."""
    now, about = await status_of(session, order.unit_code or "")
    if now in (UnitStatus.ON_THE_WAY, UnitStatus.THERE, UnitStatus.ACCEPTED) and about == order.id:
        status, following = await _following(session, crew, order.id)
        await set_status(session, crew, status, following, at=sent.done_at, received_at=at)


async def _following(session: AsyncSession, crew: Actor, but: int) -> tuple[UnitStatus, int | None]:
    """What the crew has in hand besides order `but`, the most pressing."""
    waiting = select(Order.id).where(Order.unit_code == crew.unit_code, Order.state.in_(IN_CREWS_HANDS))
    found = await session.scalar(waiting.where(Order.id != but).order_by(Order.finish_due_at, Order.id).limit(1))
    return (UnitStatus.ACCEPTED, found) if found else (UnitStatus.FREE, None)


async def _climb(session: AsyncSession, crew: Actor, sent: SentAction, order: Order, at: dt.datetime) -> None:
    """Set the crew's status as the action asks."""
    if sent.action is CrewActionKind.REPORT:
        return
    status: UnitStatus = UnitStatus.ACCEPTED
    about: int | None = order.id
    if sent.action is CrewActionKind.ACCEPT:
        now, _ = await status_of(session, order.unit_code or "")
        if now in (UnitStatus.ON_THE_WAY, UnitStatus.THERE):
            return  # It took one more while it is at work on another.
    elif sent.action is CrewActionKind.DONE:
        status, about = await _following(session, crew, order.id)
    else:
        status = UnitStatus(sent.action)
    await set_status(session, crew, status, about, at=sent.done_at, received_at=at)


def _said(error: HotlineError) -> str:
    fields = " ".join(error.fields.values()) if isinstance(error, BadInput) else ""
    return fields or error.message
