"""Which telephone has put its far side on hold (SIP): the one thing that Asterisk writes into no file.

It comes only over the manager, so the end of a hold may be lost; recordings.recognition.conversation_spans ignores a
hold without an end: better music in a transcript than words that are missing.
"""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.channel_ids import call_of
from core.tasks import spawn
from telephony.ami.framing import ManagerEvent
from telephony.calls.events import Fact, FactKind

log = structlog.get_logger()


class Holds:
    def __init__(self, store: Callable[[Sequence[Fact]], Awaitable[int]]) -> None:
        self._store = store
        self._held: dict[str, Fact] = {}
        """By the uniqueid of the leg that holds."""

    def handle(self, event: ManagerEvent) -> None:
        """Any manager event."""
        uniqueid = event.get("Uniqueid")
        if event.name == "Hold" and uniqueid not in self._held:
            linkedid = call_of(event.get("Linkedid"))
            self._held[uniqueid] = Fact(
                FactKind.HOLD, event.at or clock.now(), linkedid, uniqueid, event.get("Channel")
            )
            self._keep(self._held[uniqueid])
        elif event.name in ("Unhold", "Hangup") and (hold := self._held.pop(uniqueid, None)):
            self._keep(hold._replace(kind=FactKind.UNHOLD, at=event.at or clock.now()))

    def forget(self) -> None:
        """The connection was away: what was held may be no longer, and nobody knows since when."""
        for hold in self._held.values():
            self._keep(hold._replace(kind=FactKind.UNHOLD))
        self._held.clear()

    def _keep(self, fact: Fact) -> None:
        spawn(self._try_to_store(fact), name="hold")

    async def _try_to_store(self, fact: Fact) -> None:
        try:
            await self._store([fact])
        except (SQLAlchemyError, OSError) as error:
            log.warning("hold_not_stored", call=fact.linkedid, reason=str(error))
