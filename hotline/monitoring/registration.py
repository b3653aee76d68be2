"""Whether the carrier takes our registration: until it does, it sends no calls. Looked at by the line process.

The carrier forgets us when a registration has run out, and only the next one shows that it refuses or is silent: what
is said here may be as late as `expiration` (pjsip.conf).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.database import Sessions, transaction
from core.errors import HotlineError
from hotline.monitoring.alarms import note_troubles
from telephony.monitoring.line_health import Trouble
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()

_CHECK_SECONDS = 10.0
REGISTRATION = "trunk"
"""Its name in pjsip.conf."""
_TAKEN = "Registered"


def registration_trouble(status: str | None) -> str:
    """What is wrong, as a plain sentence; empty: nothing. `status`: Asterisk's word for it; None: it has none."""
    if status == _TAKEN:
        return ""
    return f"the carrier has not taken our registration ({status or 'Asterisk has none'})"


class RegistrationGuard:
    """One per PBX. Twice in a row it must be missing: when the exchange has just started it is still under way.
    `wanted`: whether the carrier wants us to register at all; if not, an alarm of former times ends."""

    def __init__(
        self, sessions: Sessions, pbx: str, registrations: Callable[[], Awaitable[Mapping[str, str]]], *, wanted: bool
    ) -> None:
        self._sessions = sessions
        self._pbx = pbx
        self._registrations = registrations
        self._wanted = wanted
        self._missing_before = False

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.check()
            except (HotlineError, SQLAlchemyError, OSError) as error:
                log.warning("registration_not_looked_at", reason=str(error) or type(error).__name__)
            await asyncio.sleep(_CHECK_SECONDS)

    async def check(self) -> None:
        """Once. Raises what the connection and the database raise."""
        why = registration_trouble((await self._registrations()).get(REGISTRATION)) if self._wanted else ""
        before, self._missing_before = self._missing_before, bool(why)
        if why and not before:
            return
        kind = TroubleKind.NOT_REGISTERED
        async with transaction(self._sessions) as session:
            await note_troubles(session, self._pbx, [Trouble(kind, why)] if why else [], clock.now(), kinds=[kind])
