"""Days of absence: the calls of all kinds that came and went meanwhile are known once each, with true times, outcome,
recording and order, as the bench `gap-recovery` has it with thousands."""

import datetime as dt
from pathlib import Path

from sqlalchemy import delete, func, select

from bench.line.gap import PBX, known, recover, write_missed
from core.clock import now
from core.database import Sessions, transaction
from dispatch.orders.models import OrderCall
from hotline.operations.audit import Misfit, audit
from recordings.archive.archiving import archive
from recordings.models import Recording, RecordingState
from telephony.calls.events import FactKind, fact_from_line
from telephony.calls.models import Call, CelPosition
from tests.support.sound import noise, put_original, wav_bytes
from tests.support.web_rig import QUFU

CALLS = 60


async def test_calls_of_days_without_us_are_known_once_each_with_their_recordings(
    sessions: Sessions, tmp_path: Path
) -> None:
    missed = write_missed(tmp_path / "cel.csv", CALLS)
    await recover(sessions, missed, QUFU)
    await known(sessions, missed)
    first: dict[str, dt.datetime] = {}
    for line in missed.file.read_bytes().splitlines(keepends=True):
        fact = fact_from_line(line)
        if fact.kind is FactKind.CHAN_START:
            first.setdefault(fact.linkedid, fact.at)
    async with sessions() as session:
        times = {call.linkedid: call.started_at for call in await session.scalars(select(Call))}
        recordings = list(await session.scalars(select(Recording).order_by(Recording.id)))
        orders = await session.scalar(select(func.count(OrderCall.id)))
    assert times == {linkedid: first[linkedid] for linkedid in missed.outcomes}
    assert len(recordings) >= CALLS // 2
    assert len({(one.linkedid, one.part) for one in recordings}) == len(recordings)
    # What Asterisk left on the disk becomes the archive's; what it did not leave is said.
    folder = tmp_path / "recordings"
    kept = recordings[::3]
    for one in kept:
        for side in ("rx", "tx") if one.part == "conversation" else ("message",):
            put_original(folder, one.uniqueid, side, wav_bytes(noise(1, one.id)), one.started_at)
    for one in recordings[:9]:
        wanted = RecordingState.SAVED if one in kept else RecordingState.FAILED
        # Seconds after the call Asterisk may still write; these calls are old enough or are looked at again.
        assert await archive(sessions, folder, one.id) in (wanted, RecordingState.EXPECTED)
    # Read once more from the beginning, as after a restored backup: nothing comes twice.
    async with transaction(sessions) as session:
        await session.execute(delete(CelPosition))
    await recover(sessions, missed, QUFU)
    async with sessions() as session:
        assert await session.scalar(select(func.count(OrderCall.id))) == orders
        assert await session.scalar(select(func.count(Recording.id))) == len(recordings)
        assert await session.scalar(select(func.count()).where(Call.pbx == PBX)) == len(missed.outcomes)
    misfits = await audit(sessions, folder, folder / "cdr.csv", at=now() + dt.timedelta(days=1), mend=False)
    assert {Misfit.CALL_WITHOUT_ORDER, Misfit.DRAFT_WITHOUT_CALL}.isdisjoint(one.what for one in misfits)
