"""The listener, as the archive's log keeps it; and the log as screens and programs read it."""

import datetime as dt
from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.workflow import Role
from recordings.archive.listening_log import SoundListener, listenings_of, mask_address
from recordings.archive.models import HowHeard
from web.http.requests.addresses import address_of
from web.http.routes import me_of
from web.http.schemas import Message

READS_THE_LOG = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})


class ListeningAnswer(Message):
    recording_id: int | None
    """None: heard while the call went on."""
    linkedid: str
    at: dt.datetime
    last_at: dt.datetime
    """When more of it was last asked for."""
    how: HowHeard
    account_id: int
    account_name: str
    display_name: str
    role: str
    address: str
    """Its last part left out; empty: unknown."""


class ListeningsAnswer(Message):
    listenings: list[ListeningAnswer]
    """Latest first, at most 1,000."""


def listener_of(request: web.Request) -> SoundListener:
    me = me_of(request)
    return SoundListener(me.account_id, me.name, me.display_name, me.role, mask_address(address_of(request)))


async def listenings_answer(session: AsyncSession, linkedids: Sequence[str]) -> ListeningsAnswer:
    return ListeningsAnswer(
        listenings=[
            ListeningAnswer(
                recording_id=row.recording_id,
                linkedid=row.linkedid,
                at=row.at,
                last_at=row.last_at,
                how=row.how,
                account_id=row.account_id,
                account_name=row.account_name,
                display_name=row.display_name,
                role=row.role,
                address=row.address,
            )
            for row in await listenings_of(session, linkedids)
        ]
    )
