"""The permission to open and hear a call, by the orders that it belongs to and by the crew that was called."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HALL
from access.accounts.sessions import Me
from access.visibility import rules
from access.visibility.rules import hears, sees_order
from core.privacy.redaction import CLEAR, Redactor
from core.texts.normal_form import normal_form
from dispatch.orders.assignment_models import Assignment, DispatchCall, RecipientKind
from dispatch.orders.models import CallPurpose, Order, OrderCall
from dispatch.workflow import Role
from recordings.transcripts.search import passages_saying
from telephony.calls.call_state import Direction
from telephony.calls.models import Call

AllLinked = dict[str, list[tuple[Order, CallPurpose]]]


async def orders_of(session: AsyncSession, linkedids: Sequence[str]) -> AllLinked:
    rows = await session.execute(
        select(OrderCall.linkedid, OrderCall.purpose, Order)
        .join(Order, Order.id == OrderCall.order_id)
        .where(OrderCall.linkedid.in_(linkedids))
        .order_by(OrderCall.id)
    )
    found: AllLinked = defaultdict(list)
    for linkedid, purpose, order in rows:
        found[linkedid].append((order, purpose))
    return found


def may_open(me: Me, linked: Iterable[tuple[Order, CallPurpose]]) -> bool:
    return me.role in HALL or any(sees_order(me, order) for order, _ in linked)


async def may_hear(session: AsyncSession, me: Me, call: Call, linked: rules.Linked) -> bool:
    """Whether both the sound and the words of a call are open to `me`."""
    return may_open(me, linked) and (hears(me, call.direction, linked) or await _was_called(session, me, call))


async def redactor_of_call(session: AsyncSession, me: Me, call: Call, linked: rules.Linked) -> Redactor:
    """What must be redacted in the words of a call that `me` may hear."""
    if await _was_called(session, me, call):
        # The machine speaks redacted texts; all else in the call is the crew's own words (rules.wrote).
        return CLEAR
    return rules.redactor_of_call(me, call, linked)


async def said_on_calls(session: AsyncSession, me: Me, text: str, linkedids: Sequence[str]) -> dict[str, str]:
    """By call, of those on which all words of `text` were said and that `me` may hear: the transcript in its normal
    form, without what is covered for everybody now; the index may be older."""
    said = await passages_saying(session, text, linkedids, among=[rules.may_be_heard(me)])
    linked = await orders_of(session, list(said))
    calls = (await session.scalars(select(Call).where(Call.linkedid.in_(said)))).all()

    def covered() -> dict[str, str]:
        redactors = {
            call.linkedid: rules.redactor_of_all([order for order, _ in linked[call.linkedid]], call) for call in calls
        }
        return {one: normal_form(redactors[one].without(words)) for one, words in said.items() if one in redactors}

    # In a thread, as all covering of long texts.
    return await asyncio.to_thread(covered)


async def _was_called(session: AsyncSession, me: Me, call: Call) -> bool:
    """Whether it is our call to the crew of `me`, to say an order aloud."""
    if me.role is not Role.UNIT or call.direction is not Direction.DISPATCH:
        return False
    mine = Assignment.recipient_kind == RecipientKind.UNIT, Assignment.recipient_code == me.unit_code
    own = select(DispatchCall.id).join(DispatchCall.assignment).where(DispatchCall.channel_id == call.linkedid, *mine)
    return await session.scalar(own) is not None
