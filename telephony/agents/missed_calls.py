"""Pauses an agent after two missed or declined calls in a row.

Each ring at an empty chair costs a citizen as long as the queue rings one agent. Known to this process only: a restart
forgets a first miss.
"""

from collections import Counter

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.database import Sessions
from core.errors import HotlineError
from core.tasks import spawn
from telephony.agents.queue import take_event
from telephony.agents.state import AgentEvent, AgentEventKind
from telephony.ami.framing import ManagerEvent
from telephony.calls.channel_names import person_of
from telephony.control.control import Control

log = structlog.get_logger()

MOST_MISSED = 2


class MissedRings:
    def __init__(self, sessions: Sessions, control: Control) -> None:
        self._sessions = sessions
        self._control = control
        self._missed: Counter[str] = Counter()

    def handle(self, event: ManagerEvent) -> None:
        """Any manager event. The pause is made in the background: the event loop must not wait for the PBX's answer."""
        if extension := self.missed_enough(event):
            spawn(self._pause(extension), name="missed rings")

    def missed_enough(self, event: ManagerEvent) -> str:
        """The agent who has just missed the second call; empty: none. A caller who gives up is no miss."""
        extension = person_of(event.get("Interface"))
        if event.name == "AgentConnect":
            del self._missed[extension]
        elif event.name == "AgentRingNoAnswer":
            self._missed[extension] += 1
            if self._missed[extension] >= MOST_MISSED:
                del self._missed[extension]
                return extension
        return ""

    async def _pause(self, extension: str) -> None:
        try:
            missed = AgentEvent(AgentEventKind.CALLS_MISSED)
            if await take_event(self._sessions, self._control, extension, missed) is not None:
                log.info("paused_for_missed_rings", extension=extension)
        except (HotlineError, SQLAlchemyError) as error:
            log.warning("not_paused_for_missed_rings", extension=extension, error=str(error))
