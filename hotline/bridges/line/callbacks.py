"""The line's side of call-backs: the agent's telephone rings, then the citizen's; the result comes from the call's
own events.

The job `callbacks.dial` may be run again at any moment: the try is a row with its channel's name before anything rings,
and a call of that name that lives, or has lived, is never placed a second time.
"""

import datetime as dt

import structlog
from sqlalchemy import exists, select

from core import clock
from core.database import transaction
from core.errors import HotlineError
from core.numbers.phone import number_key
from core.numbers.plan import dial_form
from dispatch.callbacks.models import Callback, CallbackTry
from dispatch.callbacks.queue import finish_try
from dispatch.callbacks.rules import TryResult
from hotline.runtime.job_tools import LineTools
from hotline.runtime.runtime import Runtime
from telephony.calls.call_state import LegRole
from telephony.calls.models import Call
from telephony.control.arguments import OUTGOING_BY
from telephony.control.control import Control
from telephony.control.dial_results import DialResult
from telephony.control.rows import DeviceState

log = structlog.get_logger()

CONTEXT = "call-back"
AGENT_RINGS_SECONDS = 20.0
TOO_LATE = dt.timedelta(seconds=60)
"""A click of so long ago rings nobody any more."""
STUCK = dt.timedelta(minutes=5)
"""After this long, a try without any call has failed, whatever happened to its job."""
RELEASE = "callbacks.release"

_THERE = (DeviceState.NOT_IN_USE, DeviceState.IN_USE, DeviceState.BUSY, DeviceState.RINGING, DeviceState.RING_IN_USE)


def try_result(call: Call) -> TryResult:
    """Of a call-back that was answered or has ended."""
    if call.answered_at is not None:
        return TryResult.REACHED
    mine = next((leg for leg in call.legs if leg.uniqueid == call.linkedid), None)
    if mine is None or mine.answered_at is None:
        return TryResult.AGENT_AWAY
    theirs = [leg for leg in call.legs if leg.role is LegRole.OUTSIDE]
    if not theirs:
        return TryResult.FAILED
    return TryResult.BUSY if any(leg.hangup_cause in (17, 21) for leg in theirs) else TryResult.NO_ANSWER


async def ring_back(runtime: Runtime, control: Control, try_id: int) -> None:
    """Raises ManagerUnavailable when there is no connection to the exchange: let the job be tried again."""
    async with runtime.sessions() as session:
        begun = await session.get_one(CallbackTry, try_id)
        callback = await session.get_one(Callback, begun.callback_id)
        known = await session.get(Call, begun.channel_id)
    if begun.result is not None or known is not None:
        return
    if clock.now() - begun.begun_at > TOO_LATE:
        await _finish(runtime, begun.channel_id, TryResult.FAILED)
        return
    if any(row.uniqueid == begun.channel_id for row in await control.live_channels()):
        return
    try:
        dialled = await control.ring(
            await _address(control, begun.extension),
            begun.channel_id,
            (CONTEXT, "s"),
            caller_id=runtime.settings.pbx.line_number,
            ring_seconds=AGENT_RINGS_SECONDS,
            variables={
                "NUMBER": dial_form(number_key(callback.number)),
                "RING": str(runtime.policy.callbacks.ring_seconds),
                OUTGOING_BY: begun.extension,
            },
        )
    except HotlineError as error:
        log.warning("callback_not_dialled", channel=begun.channel_id, detail=error.message)
        raise
    if dialled is not DialResult.ANSWERED:
        await _finish(runtime, begun.channel_id, TryResult.AGENT_AWAY)


async def release_stuck(runtime: Runtime) -> None:
    """Tries whose job was lost: nothing rang, and the citizen must not wait for ever."""
    old = clock.now() - STUCK
    has_call = exists().where(Call.linkedid == CallbackTry.channel_id)
    async with runtime.sessions() as session:
        stuck = (
            await session.scalars(
                select(CallbackTry.channel_id).where(
                    CallbackTry.result.is_(None), CallbackTry.begun_at < old, ~has_call
                )
            )
        ).all()
    for channel_id in stuck:
        log.warning("callback_released", channel=channel_id)
        await _finish(runtime, channel_id, TryResult.FAILED)


async def _address(control: Control, extension: str) -> str:
    """The agent's telephone, or the browser's where only that is registered."""
    states = await control.device_states()
    web = f"{extension}-web"
    use_web = states.get(extension) not in _THERE and states.get(web) in _THERE
    return f"PJSIP/{web if use_web else extension}"


async def _finish(runtime: Runtime, channel_id: str, result: TryResult) -> None:
    async with transaction(runtime.sessions) as session:
        await finish_try(session, runtime.policy.callbacks, channel_id, result, at=clock.now())


async def dial(line: LineTools, try_id: int) -> None:
    """The job `callbacks.dial`."""
    await ring_back(line.runtime, line.control, try_id)
