"""Calls in hand, stored as the line stores them."""

import uuid
from typing import Any

from core import clock
from core.database import transaction
from dispatch.intake.hearing import CITIZEN, MatterHeard
from dispatch.intake.proposals import propose_for_call
from dispatch.orders.drafts import draft_for_call
from telephony.calls.call_state import CallState, Direction, LegRole
from telephony.calls.models import Call, Leg
from tests.support.orders import fill_in
from tests.support.web_rig import WebRig


async def ring(web_rig: WebRig, linkedid: str, number: str, *, answered: bool = False, **fields: Any) -> str:
    """A citizen's call that goes on; answered, it has its draft."""
    at = clock.now()
    async with transaction(web_rig.context.sessions) as session:
        session.add(
            Call(
                linkedid=linkedid,
                pbx="qufu",
                direction=Direction.INBOUND,
                state=CallState.TALKING if answered else CallState.RINGING,
                caller_number=number,
                caller_name="",
                called_number="12345",
                started_at=at,
                queued_at=at,
                answered_at=at if answered else None,
                answered_by="1001" if answered else None,
                **fields,
            )
        )
        await session.flush()
        session.add(
            Leg(
                uniqueid=f"{linkedid}-1", linkedid=linkedid, channel="PJSIP/1001-1", endpoint="1001",
                role=LegRole.AGENT, started_at=at,
                answered_at=at if answered else None, connected_at=at if answered else None,
            )
        )  # fmt: skip
        if answered:
            order = await draft_for_call(session, web_rig.context.city, linkedid=linkedid, citizen_phone=number, at=at)
            return order.number
    return ""


async def begin_call(web_rig: WebRig) -> tuple[str, str]:
    """A call that goes on, with its draft: linkedid and the order's number."""
    linkedid = f"qufu-{uuid.uuid4()}"
    async with transaction(web_rig.context.sessions) as session:
        at = clock.now()
        call = Call(
            linkedid=linkedid, pbx="qufu", direction=Direction.INBOUND, state=CallState.TALKING,
            caller_number="13800000042", caller_name="", called_number="12345", started_at=at, queued_at=at,
            answered_at=at, answered_by="1001",
        )  # fmt: skip
        session.add(call)
        await session.flush()
        session.add(
            Leg(
                uniqueid=f"{linkedid}-1", linkedid=linkedid, channel="PJSIP/1001-1", endpoint="1001",
                role=LegRole.AGENT, started_at=at, answered_at=at, connected_at=at,
            )
        )  # fmt: skip
        order = await draft_for_call(
            session, web_rig.context.city, linkedid=linkedid, citizen_phone="13800000042", at=clock.now()
        )
        return linkedid, order.number


async def draft(web_rig: WebRig, linkedid: str, caller: str, **fields: Any) -> str:
    number = await ring(web_rig, linkedid, caller, answered=True)
    if fields:
        await fill_in(web_rig, number, **fields)
    return number


async def hear(web_rig: WebRig, linkedid: str, *said: str) -> bool:
    """All that the citizen has said so far; whether any proposal changed."""
    heard = [MatterHeard(CITIZEN, 6.0 * at, 6.0 * at + 5, text) for at, text in enumerate(said)]
    context = web_rig.context
    async with transaction(context.sessions) as session:
        return await propose_for_call(
            session, context.city, context.policy.hearing, context.policy.urgency, linkedid, heard, at=clock.now()
        )
