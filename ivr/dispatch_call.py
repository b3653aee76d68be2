"""One call to a crew about one assignment: placed once, picked up again after a crash, over as soon as somebody
accepts.

What job `dispatch.call_unit` does, and `reachability.check_phone`, whose assignment is a test of the telephone. Either
may be run again at any moment: the attempt is a row before the phone rings, its channel's name is made of the attempt,
and a channel of that name that still lives is attended, never dialled twice. What the attempt is and what follows from
its result belongs to the orders; they hand it in as `Assignments`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.bus import RECONNECTED, Bus
from core.channel_ids import parse_channel_id
from core.tasks import cancel, spawn
from ivr.dispatch_flow import DISPATCH_FLOW, DispatchResult
from ivr.flows import Flow, Spoken
from ivr.session import AgiSession, AgiSessions
from telephony.ami.status import ManagerActionFailed, ManagerActionTimeout, ManagerUnavailable
from telephony.control.control import Control
from telephony.control.dial_results import DialResult, parse_dial_result
from telephony.control.placed_calls import DISPATCH_CONTEXT

log = structlog.get_logger()


class CallResult(StrEnum):
    """What became of one attempt to reach a crew; disjoint."""

    ACKNOWLEDGED = "acknowledged"
    DECLINED = "declined"
    """The crew said by key that it cannot go."""
    NO_KEY = "no_key"
    HUNG_UP = "hung_up"
    """The crew hung up before a key."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    """The phone is not registered, or the network is congested."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """We went away in the middle, and the call had ended when we came back."""
    ACKNOWLEDGED_ELSEWHERE = "acknowledged_elsewhere"
    """Somebody accepted in another way; the call was broken off."""


@dataclass(frozen=True)
class Attempt:
    """One call to one phone; a row before the phone rings."""

    assignment_id: int
    number: int
    """1 for the first attempt of this assignment."""
    channel_id: str
    """What Asterisk will call the channel (core.channel_ids); its first word is the context that it runs."""
    endpoint: str
    """PJSIP endpoint of the phone, e.g. `unit-07`."""
    says: Mapping[str, tuple[Spoken, ...]]
    """For the slots of the flow."""
    fresh: bool
    """Begun just now; False: it was begun by an earlier run of the job that did not finish it."""


class Assignments(Protocol):
    """What is needed of the orders. Each call is a transaction of its own, committed when it returns."""

    async def begin_attempt(self, assignment_id: int) -> Attempt | None:
        """The unfinished attempt of this assignment, else a new one; None: there is nobody to call any more."""
        ...

    async def finish_attempt(self, attempt: Attempt, result: CallResult) -> None:
        """Store the result; ACKNOWLEDGED acknowledges the assignment. The orders decide what follows a failed attempt.
        Called a second time for the same attempt it changes nothing.
        """
        ...

    async def note_answered(self, attempt: Attempt) -> None:
        """Somebody has picked up; for screens."""
        ...

    async def close_attempts(self, assignment_id: int) -> None:
        """The assignment was acknowledged or withdrawn while nobody attended its call: what is still open has ended."""
        ...

    async def is_acknowledged(self, assignment_id: int) -> bool: ...


@dataclass(frozen=True)
class CallPlan:
    """How long we wait. Data of the deployment."""

    ring_seconds: float = 25
    handover_seconds: float = 10
    """From picking up until the dialplan has handed the channel to us."""


@dataclass(frozen=True)
class CallDeps:
    control: Control
    sessions: AgiSessions
    assignments: Assignments
    bus: Bus
    caller_id: str
    """The line's own number, shown on the crew's phone. Digits."""
    plan: CallPlan = CallPlan()
    flow: Flow = DISPATCH_FLOW
    context: str = DISPATCH_CONTEXT
    """Of the dialplan."""


async def call_unit(deps: CallDeps, assignment_id: int) -> CallResult | None:
    """Call the assignment's phone once; at once again where we ourselves broke the call off. None: nothing was to be
    done.

    Raises ManagerUnavailable when there is no manager connection: let the job be tried again.
    """
    if await deps.assignments.is_acknowledged(assignment_id):
        await _end_calls_of(deps, assignment_id)
        await deps.assignments.close_attempts(assignment_id)
        return None
    attempt = await deps.assignments.begin_attempt(assignment_id)
    if attempt is None:
        return None
    with structlog.contextvars.bound_contextvars(assignment=assignment_id, channel=attempt.channel_id):
        with deps.sessions.attend(attempt.channel_id) as session:
            result = await _attend(deps, attempt, session)
        log.info("crew_called", endpoint=attempt.endpoint, result=result.value)
        await deps.assignments.finish_attempt(attempt, result)
    # A new attempt cannot be one that was interrupted before.
    return await call_unit(deps, assignment_id) if result is CallResult.INTERRUPTED else result


async def _end_calls_of(deps: CallDeps, assignment_id: int) -> None:
    """A call from before a crash may still ring or wait for us, though the assignment was acknowledged meanwhile."""
    for row in await deps.control.live_channels():
        named = parse_channel_id(row.uniqueid)
        if named is not None and (named.use.value, named.number) == (deps.context, assignment_id):
            await deps.control.hang_up(row.uniqueid)


async def until_acknowledged(bus: Bus, is_acknowledged: Callable[[int], Awaitable[bool]], assignment_id: int) -> None:
    """Return as soon as the assignment is acknowledged by whatever way. A database that is away is asked again
    later."""
    async with bus.subscribe() as changes:
        while True:
            try:
                if await is_acknowledged(assignment_id):
                    return
            except SQLAlchemyError as error:
                log.warning("assignment_not_readable", assignment=assignment_id, detail=str(error))
            change = await changes.get()
            while change.topic not in ("assignment", RECONNECTED.topic):
                change = await changes.get()


async def _attend(deps: CallDeps, attempt: Attempt, session: AgiSession) -> CallResult:
    acknowledged = spawn(
        until_acknowledged(deps.bus, deps.assignments.is_acknowledged, attempt.assignment_id),
        name=f"until-ack-{attempt.assignment_id}",
    )
    try:
        if (result := await _reach(deps, attempt, session, acknowledged)) is not None:
            return result
        await deps.assignments.note_answered(attempt)
        return await _talk(deps, attempt, session, acknowledged)
    finally:
        await cancel(acknowledged)


async def _reach(
    deps: CallDeps, attempt: Attempt, session: AgiSession, acknowledged: asyncio.Task[None]
) -> CallResult | None:
    """Have the phone ring until it is picked up and ours: None. Otherwise why not."""
    live = next((row for row in await deps.control.live_channels() if row.uniqueid == attempt.channel_id), None)
    if live is None and not attempt.fresh:
        return CallResult.INTERRUPTED
    session.resync(live)
    dialling = spawn(_dial(deps, attempt, place=live is None), name=f"dial-{attempt.channel_id}")
    try:
        await _first(session.started, session.gone, acknowledged, dialling)
        if session.started.done():
            return None
        if acknowledged.done():
            await deps.control.hang_up(attempt.channel_id)
            return CallResult.ACKNOWLEDGED_ELSEWHERE
        if session.gone.done() and not dialling.done():
            cause = session.gone.result()
            return CallResult(parse_dial_result(False, "", "" if cause is None else str(cause)).value)
        dialled = await dialling
        if dialled is not DialResult.ANSWERED:
            await deps.control.hang_up(attempt.channel_id)
            return CallResult(dialled.value)
        await _first(session.started, session.gone, seconds=deps.plan.handover_seconds)
        if session.started.done():
            return None
        if session.gone.done():
            return CallResult.HUNG_UP
        await deps.control.hang_up(attempt.channel_id)
        return CallResult.FAILED
    finally:
        await cancel(dialling)


async def _dial(deps: CallDeps, attempt: Attempt, *, place: bool) -> DialResult:
    """Place the call, or (it rings already) give it the time that it would have had. Says what became of it."""
    if not place:
        await asyncio.sleep(deps.plan.ring_seconds)
        return DialResult.NO_ANSWER
    try:
        return await deps.control.originate_dispatch(
            attempt.endpoint,
            attempt.channel_id,
            caller_id=deps.caller_id,
            ring_seconds=deps.plan.ring_seconds,
            context=deps.context,
        )
    except (ManagerActionFailed, ManagerActionTimeout) as error:
        log.warning("crew_not_dialled", endpoint=attempt.endpoint, detail=error.message)
        return DialResult.FAILED


async def _talk(deps: CallDeps, attempt: Attempt, session: AgiSession, acknowledged: asyncio.Task[None]) -> CallResult:
    accepted = asyncio.Event()

    async def decided(result: str) -> None:
        """The key counts from now on, even if the crew does not wait for our thanks."""
        if result == DispatchResult.ACKNOWLEDGED:
            accepted.set()
            await deps.assignments.finish_attempt(attempt, CallResult.ACKNOWLEDGED)

    talking = spawn(session.run(deps.flow, attempt.says, decided), name=f"talk-{attempt.channel_id}")
    try:
        await _first(talking, acknowledged)
        if not talking.done() and not accepted.is_set() and acknowledged.done():
            await deps.control.hang_up(attempt.channel_id)
            return CallResult.ACKNOWLEDGED_ELSEWHERE
        return CallResult(await talking)
    finally:
        await cancel(talking)
        await _hang_up_at_last(deps, session)


async def _hang_up_at_last(deps: CallDeps, session: AgiSession) -> None:
    """The dialplan hangs up when it has the channel back; should it not, we do."""
    await _first(session.gone, seconds=3)
    if not session.gone.done():
        try:
            await deps.control.hang_up(session.channel_id)
        except (ManagerUnavailable, ManagerActionTimeout, ManagerActionFailed) as error:
            log.warning("crew_not_hung_up", channel=session.channel_id, detail=error.message)


async def _first(*awaited: "asyncio.Future[Any]", seconds: float | None = None) -> None:
    await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
