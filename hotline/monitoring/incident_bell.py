"""Raises incidents from the line's process, where they are noticed outside any transaction, and far too often."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.database import Sessions, transaction
from core.tasks import spawn
from telephony.monitoring.incidents import raise_incident
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()


class IncidentBell:
    """One per PBX. `ring` never waits, and writes one at a time; what rings meanwhile is the newest word of it."""

    def __init__(self, sessions: Sessions, pbx: str) -> None:
        self._sessions = sessions
        self._pbx = pbx
        self._waiting: dict[TroubleKind, str] = {}
        self._writing = False

    def ring(self, kind: TroubleKind, detail: str) -> None:
        """`kind` and `detail` as for telephony.monitoring.incidents.raise_incident."""
        self._waiting[kind] = detail
        if not self._writing:
            self._writing = True
            spawn(self._write(), name="incident")

    async def _write(self) -> None:
        try:
            while self._waiting:
                kind, detail = self._waiting.popitem()
                async with transaction(self._sessions) as session:
                    await raise_incident(session, self._pbx, kind, detail, clock.now())
        except (SQLAlchemyError, OSError) as error:
            log.error("incident_not_stored", reason=str(error) or type(error).__name__)
        finally:
            self._writing = False
