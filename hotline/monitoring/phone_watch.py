"""Which telephones are there for the exchange, and whether the carrier takes our registration: since when. Looked at by
the line process; what changed is stored.
"""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.database import Sessions, transaction
from core.errors import HotlineError
from hotline.monitoring.registration import REGISTRATION, registration_trouble
from telephony.control.control import Control
from telephony.control.rows import AWAY
from telephony.monitoring.models import PhoneRegistration
from telephony.pbx.accounts.names import PROBE_ACCOUNT
from telephony.pbx.settings import PbxSettings

log = structlog.get_logger()

_CHECK_SECONDS = 5.0


class PhoneWatch:
    """One per PBX."""

    def __init__(self, sessions: Sessions, control: Control, pbx: PbxSettings) -> None:
        self._sessions = sessions
        self._control = control
        self._pbx = pbx

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.check()
            except (HotlineError, SQLAlchemyError, OSError) as error:
                log.info("phones_not_looked_at", reason=str(error) or type(error).__name__)
            await asyncio.sleep(_CHECK_SECONDS)

    async def check(self) -> None:
        """Once. Raises what the connection and the database raise."""
        states = await self._control.device_states()
        others = {PROBE_ACCOUNT, REGISTRATION, *self._pbx.citizens(), *self._pbx.emergency_phones()}
        seen = {name: (state not in AWAY, str(state)) for name, state in states.items() if name not in others}
        if self._pbx.trunk_register:
            word = (await self._control.registrations()).get(REGISTRATION)
            seen[REGISTRATION] = not registration_trouble(word), word or ""
        await store_registrations(self._sessions, self._pbx.systemname, seen, clock.now())


async def store_registrations(
    sessions: Sessions, pbx: str, seen: Mapping[str, tuple[bool, str]], at: dt.datetime
) -> None:
    """`seen`: account → whether it is there, and Asterisk's word for it. A call changes the word, not since when."""
    async with transaction(sessions) as session:
        known = {row.name: row for row in await session.scalars(select(PhoneRegistration).filter_by(pbx=pbx))}
        for name in _unknown(known, seen):
            await session.delete(known[name])
        for name, (present, word) in seen.items():
            row = known.get(name)
            if row is None:
                session.add(PhoneRegistration(pbx=pbx, name=name, present=present, word=word, since=at))
            elif row.present != present:
                row.present, row.word, row.since = present, word, at
            elif not present:
                row.word = word


def _unknown(known: Iterable[str], seen: Mapping[str, object]) -> list[str]:
    """Accounts that the exchange has no more."""
    return [name for name in known if name not in seen]
