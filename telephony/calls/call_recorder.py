"""Stores what Asterisk stated about calls and lets the actions follow. Two steps, so that no fact is lost when an
action fails or the process dies between them: first the facts are stored as they came (`store`), then each call that
they belong to is folded again from all its stored facts (`fold_call`): its row is brought up to date and what has
happened is acted on, in one transaction. One call is never folded by two tasks at once; calls do not wait for each
other.

What the happenings lead to is not known here: `react` is handed in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus, clock
from core.database import Sessions, transaction
from core.tasks import spawn
from telephony.calls.call import fold
from telephony.calls.call_state import CallPicture, HappeningAt
from telephony.calls.events import Fact, fact_from_fields
from telephony.calls.models import Call, CallEvent, CelPosition, Leg

log = structlog.get_logger()

React = Callable[[AsyncSession, Call, HappeningAt], Awaitable[None]]
"""Does what follows from one happening, inside the transaction that stores it. May be called twice for one."""

_FOLDS_AT_ONCE = 8
_FOLD_TRIES = 5


class CallRecorder:
    """One per PBX: `store` facts as they come; folding goes on beside."""

    def __init__(self, pbx: str, sessions: Sessions, react: React) -> None:
        self._pbx = pbx
        self._sessions = sessions
        self._react = react
        self._waiting: dict[str, bool] = {}
        """Calls being folded; True: new facts came meanwhile, fold once more."""
        self._gate = asyncio.Semaphore(_FOLDS_AT_ONCE)
        self._idle = asyncio.Event()
        self._idle.set()

    async def store(self, facts: Sequence[Fact], position: CelPosition | None = None) -> int:
        """Store facts, those already known cost nothing, and fold their calls. Returns how many were new.

        `position` is where the file is to be read on: stored in the same transaction.
        """
        if not facts and position is None:
            return 0
        stored_at = clock.now()
        rows = [
            {
                "pbx": self._pbx,
                "linkedid": fact.linkedid,
                "uniqueid": fact.uniqueid,
                "kind": fact.kind.value,
                "at": fact.at,
                "digest": fact.digest,
                "fields": fact.fields,
                "stored_at": stored_at,
                "folded": False,
            }
            for fact in facts
        ]
        statement = insert(CallEvent).on_conflict_do_nothing().returning(CallEvent.linkedid)
        async with transaction(self._sessions) as session:
            new = list((await session.execute(statement, rows)).scalars()) if rows else []
            if position is not None:
                await session.merge(position)
        for linkedid in dict.fromkeys(new):
            self._fold_soon(linkedid)
        return len(new)

    async def fold_unfinished(self) -> None:
        """Fold every call that has facts stored but not yet folded: what a killed process left."""
        async with self._sessions() as session:
            unfinished = await session.execute(
                select(CallEvent.linkedid).where(~CallEvent.folded, CallEvent.pbx == self._pbx).distinct()
            )
        for linkedid in unfinished.scalars():
            self._fold_soon(linkedid)

    async def quiet(self) -> None:
        """Returns once every call with stored facts is folded (or has failed as often as it may)."""
        await self._idle.wait()

    def _fold_soon(self, linkedid: str) -> None:
        if linkedid in self._waiting:
            self._waiting[linkedid] = True
            return
        self._waiting[linkedid] = False
        self._idle.clear()
        spawn(self._fold_until_done(linkedid), name=f"fold {linkedid}")

    async def _fold_until_done(self, linkedid: str) -> None:
        tries = 0
        while True:
            self._waiting[linkedid] = False
            try:
                async with self._gate:
                    structlog.contextvars.bind_contextvars(call=linkedid)
                    await fold_call(self._sessions, self._pbx, linkedid, self._react)
            except Exception as error:
                # The facts are safe in their table; the call is folded again with its next fact or at start.
                tries += 1
                # A database that is away or full fails every call, each second: a hundred lines of stack say no more.
                away = isinstance(error, OperationalError)
                log.error("call_not_folded", linkedid=linkedid, tries=tries, reason=str(error), exc_info=not away)
                if tries < _FOLD_TRIES:
                    self._waiting[linkedid] = True
                    await asyncio.sleep(0.2 * 2**tries)
            if not self._waiting[linkedid]:
                del self._waiting[linkedid]
                if not self._waiting:
                    self._idle.set()
                return


async def fold_call(sessions: Sessions, pbx: str, linkedid: str, react: React) -> None:
    """Bring one call's row up to date with all its stored facts and act on what is new, in one transaction."""
    async with transaction(sessions) as session:
        events = await session.execute(
            # In the order of the file: the machine's clock may have been set back in the midst.
            select(CallEvent).where(CallEvent.linkedid == linkedid).order_by(CallEvent.id)
        )
        stored = list(events.scalars())
        facts = [fact_from_fields(row.kind, row.at, row.linkedid, row.uniqueid, row.fields) for row in stored]
        picture, happenings, unexpected = fold(facts)
        fresh = [row.id for row in stored if not row.folded]
        for error in unexpected:
            log.error("unexpected_fact", linkedid=linkedid, reason=error.message)
        if picture is None:
            return
        call = await session.get(Call, linkedid) or Call(linkedid=linkedid, pbx=pbx, acted_on=[])
        _draw(call, picture)
        session.add(call)
        await session.flush()
        for happening in happenings:
            if happening.key not in call.acted_on:
                await react(session, call, happening)
                call.acted_on = [*call.acted_on, happening.key]
        await session.execute(update(CallEvent).where(CallEvent.id.in_(fresh)).values(folded=True))
        await bus.publish(session, "call", linkedid)


_SAME_IN_PICTURE = (
    *("direction", "state", "outcome", "caller_number", "caller_name", "called_number"),
    *("started_at", "queued_at", "answered_at", "ended_at", "message_started_at", "message_ended_at"),
    "survey_asked_at",
)
_EMPTY_IS_NONE = ("answered_by", "message_stem", "callback_number", "transferred_to", "survey_key")
_SAME_IN_LEG = (
    *("channel", "endpoint", "role", "hangup_cause"),
    *("started_at", "answered_at", "connected_at", "citizen_at", "ended_at"),
)


def _draw(call: Call, picture: CallPicture) -> None:
    """Put the picture on the row and its legs on theirs."""
    for name in _SAME_IN_PICTURE:
        setattr(call, name, getattr(picture, name))
    for name in _EMPTY_IS_NONE:
        setattr(call, name, getattr(picture, name) or None)
    call.hangup_cause = picture.first_leg.hangup_cause
    if picture.recording:
        call.recorded_uniqueid = picture.recording.uniqueid
        call.recording_started_at = picture.recording.started_at
    known = {leg.uniqueid: leg for leg in call.legs}
    for uniqueid, drawn in picture.legs.items():
        leg = known.get(uniqueid)
        if leg is None:
            leg = Leg(uniqueid=uniqueid)
            call.legs.append(leg)
        for name in _SAME_IN_LEG:
            setattr(leg, name, getattr(drawn, name))
        if drawn.recording:
            leg.recording_stem, leg.recording_started_at = drawn.recording.stem, drawn.recording.started_at
