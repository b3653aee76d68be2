"""Every listening is a row, written before the first sound is sent.

A player asks for one recording in many pieces, and again for each seek. Requests of one person for one recording are
one listening as long as no more than `ONE_PLAY` lies between two of them; after that it is another.
"""

import datetime as dt
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from recordings.archive.models import HowHeard, Listening
from recordings.models import Recording

ONE_PLAY = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class SoundListener:
    account_id: int
    name: str
    display_name: str
    role: str
    address: str
    """Masked (`mask_address`)."""


async def note_listening(
    session: AsyncSession, listener: SoundListener, recordings: Iterable[Recording], *, how: HowHeard, at: dt.datetime
) -> None:
    """Write in this transaction that `listener` gets the sound of these. An export is always a row of its own."""
    for recording in sorted(recordings, key=lambda one: one.id):
        going_on = await _going_on(session, listener, recording, at) if how is HowHeard.PLAYER else None
        if going_on is not None:
            going_on.last_at = max(at, going_on.last_at)
            continue
        session.add(
            Listening(
                account_id=listener.account_id,
                account_name=listener.name,
                display_name=listener.display_name,
                role=listener.role,
                recording_id=recording.id,
                linkedid=recording.linkedid,
                at=at,
                last_at=at,
                how=how,
                address=listener.address,
            )
        )


async def note_live_listening(
    session: AsyncSession, listener: SoundListener, linkedid: str, *, at: dt.datetime
) -> None:
    """Write in this transaction that `listener` gets some seconds of a call that goes on: no recording is a row yet."""
    going_on = await _going_on(session, listener, None, at, linkedid=linkedid)
    if going_on is not None:
        going_on.last_at = max(at, going_on.last_at)
        return
    session.add(
        Listening(
            account_id=listener.account_id,
            account_name=listener.name,
            display_name=listener.display_name,
            role=listener.role,
            recording_id=None,
            linkedid=linkedid,
            at=at,
            last_at=at,
            how=HowHeard.LIVE,
            address=listener.address,
        )
    )


async def _going_on(
    session: AsyncSession, listener: SoundListener, recording: Recording | None, at: dt.datetime, *, linkedid: str = ""
) -> Listening | None:
    """The play of this recording, or of the call `linkedid` where there is no recording yet."""
    # Two pieces are asked for at once when a player starts: without the lock both would write a row.
    key = f"listening:{listener.account_id}:{recording.id if recording else linkedid}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    if recording is not None:
        sound = (Listening.recording_id == recording.id, Listening.how == HowHeard.PLAYER)
    else:
        sound = (Listening.linkedid == linkedid, Listening.how == HowHeard.LIVE)
    return await session.scalar(
        select(Listening)
        .where(Listening.account_id == listener.account_id, *sound, Listening.last_at > at - ONE_PLAY)
        .order_by(Listening.id.desc())
        .limit(1)
    )


async def listenings_of(session: AsyncSession, linkedids: Sequence[str]) -> Sequence[Listening]:
    """Of all recordings of these calls, latest first."""
    wanted = (
        select(Listening).where(Listening.linkedid.in_(linkedids)).order_by(Listening.at.desc(), Listening.id.desc())
    )
    return (await session.scalars(wanted.limit(1000))).all()


def mask_address(address: str) -> str:
    """An address without the part that names one machine: /24 of IPv4, /64 of IPv6; empty where it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return f"{ipaddress.ip_network((parsed, 64), strict=False).network_address}x"
        parsed = parsed.ipv4_mapped
    return str(parsed).rsplit(".", 1)[0] + ".x"
