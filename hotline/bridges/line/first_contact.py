"""An office or crew that called the citizen through the exchange has made contact: nobody has to type it too."""

import structlog
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import HotlineError
from dispatch.orders.actors import SYSTEM
from dispatch.orders.models import Order, OrderStep
from dispatch.policy import Policy
from dispatch.steps.take import take_step
from dispatch.workflow import Role, Step
from telephony.calls.call_state import Direction, Outcome
from telephony.calls.models import Call
from telephony.control.models import CallCommand

log = structlog.get_logger()

_HANDS = (Role.OFFICE.value, Role.UNIT.value)


async def note_contact(policy: Policy, session: AsyncSession, call: Call) -> None:
    """Such a call has ended. The call itself says whether the citizen was reached. Safe to repeat."""
    if call.direction is not Direction.OUTBOUND or call.ended_at is None:
        return
    mine = CallCommand.linkedid == call.linkedid, CallCommand.target.startswith("citizen"), CallCommand.role.in_(_HANDS)
    command = await session.scalar(select(CallCommand).where(*mine))
    if command is None:
        return
    # Locked: somebody's step at the same moment must not cost the office its contact.
    wanted = select(Order).where(Order.number == command.order_number).with_for_update()
    order = await session.scalar(wanted.execution_options(populate_existing=True))
    if order is None or await _noted(session, order, call):
        return
    reached = call.outcome is Outcome.ANSWERED
    said = f"{command.display_name}经热线{'与诉求人通话，有录音' if reached else '拨打，没有接通'}。"
    fields = {"contact_way": "phone", "reached": reached, "contact_note": said}
    try:
        async with session.begin_nested():
            await take_step(session, policy, order.id, Step.CONTACT, actor=SYSTEM, at=call.ended_at, fields=fields)
    except HotlineError as error:
        # The order has gone on meanwhile; the call hangs on it all the same.
        log.info("contact_not_noted", order=order.number, call=call.linkedid, reason=error.message)


async def _noted(session: AsyncSession, order: Order, call: Call) -> bool:
    once = OrderStep.order_id == order.id, OrderStep.step == Step.CONTACT, OrderStep.at == call.ended_at
    return bool(await session.scalar(select(exists().where(*once))))
