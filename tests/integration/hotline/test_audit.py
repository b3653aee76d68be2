"""What does not fit together is found and named, and the safe part of it repaired: real rows, real files."""

import datetime as dt
import os
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from core import clock
from core.database import Sessions, transaction
from dispatch.city.records import City
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import OrderCall
from hotline.operations.audit import AuditFinding, Misfit, audit
from hotline.pipeline import keep_recordings
from recordings.archive.archiving import archive
from recordings.models import Recording, RecordingState
from telephony.calls.call_state import CallState, Direction, LegRole, Outcome
from telephony.calls.models import Call, Leg
from telephony.pbx.cel import CDR_COLUMNS
from tests.support.sound import noise, put_original, wav_bytes

HOUR_AGO = clock.now() - dt.timedelta(hours=1)
SECONDS = 2.0


def ended_call(linkedid: str, outcome: Outcome = Outcome.ABANDONED, *, recorded: bool = True) -> Call:
    ended_at = HOUR_AGO + dt.timedelta(seconds=SECONDS)
    leg = Leg(
        uniqueid=linkedid, channel="PJSIP/trunk-00000001", endpoint="trunk", role=LegRole.CALLER,
        started_at=HOUR_AGO, ended_at=ended_at,
    )  # fmt: skip
    return Call(
        linkedid=linkedid, pbx="qufu", direction=Direction.INBOUND, state=CallState.ENDED, outcome=outcome,
        caller_number="", caller_name="", called_number="12345", started_at=HOUR_AGO, ended_at=ended_at,
        answered_at=HOUR_AGO if outcome is Outcome.ANSWERED else None,
        recorded_uniqueid=linkedid if recorded else None,
        recording_started_at=HOUR_AGO if recorded else None, acted_on=[], legs=[leg],
    )  # fmt: skip


def put_both(recordings: Path, uniqueid: str) -> None:
    for side, seed in (("rx", 1), ("tx", 2)):
        put_original(
            recordings, uniqueid, side, wav_bytes(noise(SECONDS, seed)), HOUR_AGO, changed_at=HOUR_AGO.timestamp()
        )


async def add(sessions: Sessions, *rows: object) -> None:
    async with transaction(sessions) as session:
        session.add_all(rows)


async def audited(sessions: Sessions, recordings: Path, *, mend: bool = False) -> list[AuditFinding]:
    return await audit(sessions, recordings, recordings / "cdr.csv", at=clock.now(), mend=mend)


def kinds(found: list[AuditFinding]) -> list[tuple[Misfit, str]]:
    return sorted((one.what, one.which) for one in found)


@pytest.fixture(autouse=True)
async def empty(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        for kind in (OrderCall, Recording, Leg, Call):
            await session.execute(delete(kind))


async def test_orphans_of_a_known_call_are_expected_again_and_archived(sessions: Sessions, tmp_path: Path) -> None:
    await add(sessions, ended_call("qufu-1.1"))
    put_both(tmp_path, "qufu-1.1")
    put_both(tmp_path, "qufu-9.9")
    day = f"incoming/{HOUR_AGO:%Y/%m/%d}"
    seen = await audited(sessions, tmp_path)
    files = [
        (Misfit.ORPHAN_FILE, f"{day}/{name}-{leg}.wav") for name in ("qufu-1.1", "qufu-9.9") for leg in ("rx", "tx")
    ]
    assert kinds(seen) == sorted([*files, (Misfit.CALL_UNRECORDED, "qufu-1.1")])
    assert not any(one.mended for one in seen)

    mended = await audited(sessions, tmp_path, mend=True)
    assert {one.which for one in mended if not one.mended} == {f"{day}/qufu-9.9-rx.wav", f"{day}/qufu-9.9-tx.wav"}
    async with sessions() as session:
        recording = (await session.scalars(select(Recording))).one()
    assert await archive(sessions, tmp_path, recording.id) is RecordingState.SAVED
    assert {one.what for one in await audited(sessions, tmp_path)} == {Misfit.ORPHAN_FILE}


async def test_a_saved_file_that_is_gone_or_cut_and_one_that_nobody_knows_are_named(
    sessions: Sessions, tmp_path: Path
) -> None:
    call = ended_call("qufu-2.1")
    put_both(tmp_path, "qufu-2.1")
    async with transaction(sessions) as session:
        session.add(call)
        await session.flush()
        await keep_recordings(session, call)
        recording = (await session.scalars(select(Recording))).one()
    await archive(sessions, tmp_path, recording.id)
    async with transaction(sessions) as session:
        await session.execute(update(Recording).values(archived_at=HOUR_AGO))
        saved = (await session.scalars(select(Recording))).one()
    assert await audited(sessions, tmp_path) == []
    file = tmp_path / str(saved.path)
    stray = file.with_name("stray.flac")
    stray.write_bytes(file.read_bytes())
    os.utime(stray, (HOUR_AGO.timestamp(),) * 2)
    file.write_bytes(b"cut")
    found = await audited(sessions, tmp_path)
    assert kinds(found) == sorted(
        [(Misfit.FILE_LOST, str(saved.path)), (Misfit.ORPHAN_ARCHIVE, stray.relative_to(tmp_path).as_posix())]
    )
    assert "3 bytes" in next(one.detail for one in found if one.what is Misfit.FILE_LOST)
    file.unlink()
    assert "not there" in next(one.detail for one in await audited(sessions, tmp_path) if one.what is Misfit.FILE_LOST)


async def test_calls_and_drafts_that_miss_each_other_are_named(sessions: Sessions, tmp_path: Path, city: City) -> None:
    await add(sessions, ended_call("qufu-3.1", Outcome.ANSWERED, recorded=False))
    async with transaction(sessions) as session:
        order = await draft_for_call(session, city, linkedid="qufu-8.8", citizen_phone="", at=HOUR_AGO)
    assert kinds(await audited(sessions, tmp_path, mend=True)) == sorted(
        [
            (Misfit.CALL_UNRECORDED, "qufu-3.1"),
            (Misfit.CALL_WITHOUT_ORDER, "qufu-3.1"),
            (Misfit.DRAFT_WITHOUT_CALL, order.number),
        ]
    )


async def test_a_call_that_only_asterisks_call_details_know_is_named(sessions: Sessions, tmp_path: Path) -> None:
    await add(sessions, ended_call("qufu-5.1", recorded=False))

    def line(linkedid: str, end: dt.datetime) -> str:
        listed = {"linkedid": linkedid, "end": end.astimezone().strftime("%Y-%m-%d %H:%M:%S")}
        return ",".join(f'"{listed.get(name, "")}"' for name in CDR_COLUMNS) + "\n"

    known, lost, now = line("qufu-5.1", HOUR_AGO), line("qufu-5.2", HOUR_AGO), line("qufu-5.3", clock.now())
    (tmp_path / "cdr.csv-20261120").write_text(lost + line("guest-7-qufu-5.1", HOUR_AGO))
    (tmp_path / "cdr.csv").write_bytes(f"{known}{now}{lost}".encode() + b'"torn\x00')
    found = [one.which for one in await audited(sessions, tmp_path) if one.what is Misfit.CALL_UNKNOWN]
    assert found == ["qufu-5.2"]


async def test_what_goes_on_now_is_left_alone(sessions: Sessions, tmp_path: Path) -> None:
    call = ended_call("qufu-4.1", Outcome.ANSWERED)
    call.ended_at = clock.now()
    await add(sessions, call)
    put_original(tmp_path, "qufu-4.1", "rx", wav_bytes(noise(1, 1)), clock.now())
    assert [one for one in await audited(sessions, tmp_path) if "qufu-4.1" in one.which] == []
