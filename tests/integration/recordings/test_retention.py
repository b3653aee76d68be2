"""Recordings go when their time is over and not before; what is gone stands in the ledger, wherever we are killed."""

import asyncio
import datetime as dt
import itertools
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from core.clock import now
from core.database import Sessions, transaction
from core.errors import ConfigurationError, NotFound
from core.sections.recordings import RetentionSettings
from core.settings import load_settings
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import Order
from dispatch.workflow import Role, State
from hotline.bridges.recordings.retention import WORDS, look_up, retention_rules
from recordings.archive.archiving import archive, expect_recording, recheck
from recordings.archive.models import Destruction
from recordings.archive.retention import DueForRemoval, Rules, destroy_due, find_due
from recordings.audio.archived_sound import archived_sound
from recordings.audio.keys import NO_KEYS
from recordings.models import Recording, RecordingPart, RecordingState, Speaker
from telephony.calls.call_state import CallState, Direction, Outcome
from telephony.calls.models import Call
from tests.support.sound import noise, put_original, wav_bytes
from tests.support.web_rig import WebRig

_numbers = itertools.count(1)
LONG = dt.timedelta(days=200)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture(scope="module", autouse=True)
async def organisation(sessions: Sessions, city: City) -> None:
    async with transaction(sessions) as session:
        await import_city(session, city)


async def saved(sessions: Sessions, recordings: Path, *, ago: dt.timedelta = LONG, **facts: Any) -> Recording:
    """A real FLAC of an ended call."""
    linkedid = f"qufu-1763712000.{next(_numbers)}"
    started_at = now() - ago
    spans = {"started_at": started_at, "ended_at": started_at + dt.timedelta(seconds=1)}
    async with transaction(sessions) as session:
        session.add(
            Call(
                linkedid=linkedid,
                pbx="qufu",
                caller_number="13800000001",
                caller_name="",
                called_number="12345",
                direction=Direction.INBOUND,
                state=CallState.ENDED,
                outcome=facts.get("outcome", Outcome.ANSWERED),
                **spans,
            )
        )
        recording = await expect_recording(
            session,
            linkedid=linkedid,
            uniqueid=linkedid,
            part=RecordingPart.CONVERSATION,
            far_side=Speaker.CALLER,
            **spans,
        )
    for side in ("rx", "tx"):
        put_original(recordings, linkedid, side, wav_bytes(noise(1, 1)), started_at)
    assert await archive(sessions, recordings, recording.id) is RecordingState.SAVED
    return await row(sessions, recording)


async def row(sessions: Sessions, recording: Recording) -> Recording:
    async with sessions() as session:
        return await session.get_one(Recording, recording.id)


async def order_of(sessions: Sessions, city: City, recording: Recording, **facts: Any) -> int:
    async with transaction(sessions) as session:
        order = await draft_for_call(
            session, city, linkedid=recording.linkedid, citizen_phone="", at=recording.started_at
        )
        for name, value in facts.items():
            setattr(order, name, value)
        return order.id


async def ledger(sessions: Sessions, recording: Recording) -> Destruction | None:
    async with sessions() as session:
        found = await session.scalars(select(Destruction).where(Destruction.recording_id == recording.id))
        return found.one_or_none()


async def destroy(
    sessions: Sessions, recordings: Path, rules: Rules, at: dt.datetime | None = None
) -> list[DueForRemoval]:
    return await destroy_due(sessions, recordings, rules, look_up, at=at or now(), by="test")


async def assert_destroyed(sessions: Sessions, recordings: Path, before: Recording) -> None:
    assert before.path is not None
    found, noted = await row(sessions, before), await ledger(sessions, before)
    assert found.state is RecordingState.DESTROYED
    assert str(found.reason).startswith("保存期限已满")
    assert noted is not None
    assert (noted.sha256, noted.size_bytes, noted.linkedid, noted.path) == (
        before.sha256,
        before.size_bytes,
        before.linkedid,
        before.path,
    )
    assert noted.removed_at is not None
    assert not (recordings / before.path).exists()


async def test_what_is_over_goes_and_what_is_young_or_kept_for_ever_stays(sessions: Sessions, recordings: Path) -> None:
    old, young = await saved(sessions, recordings), await saved(sessions, recordings, ago=dt.timedelta(days=20))
    lost = await saved(sessions, recordings, outcome=Outcome.ABANDONED)
    rules = Rules(0, {"outcome.answered": 3})
    due = [one async for one in find_due(sessions, rules, look_up, now())]
    assert [one.recording_id for one in due] == [old.id]
    assert await ledger(sessions, old) is None
    assert await destroy(sessions, recordings, Rules()) == []
    assert await destroy(sessions, recordings, rules) == due
    await assert_destroyed(sessions, recordings, old)
    for kept in (young, lost):
        assert (await row(sessions, kept)).state is RecordingState.SAVED
        assert (recordings / str(kept.path)).is_file()
    assert await destroy(sessions, recordings, rules) == []
    async with sessions() as session:
        with pytest.raises(NotFound, match="保存期限已满"):
            archived_sound(recordings, await session.get_one(Recording, old.id), NO_KEYS)


async def test_an_open_order_keeps_its_recording_whatever_the_rule_and_however_it_was_merged(
    sessions: Sessions, city: City, recordings: Path
) -> None:
    draft, merged, closed, reopened = [await saved(sessions, recordings) for _ in range(4)]
    long_ago = now() - LONG
    open_id = await order_of(sessions, city, draft)
    await order_of(sessions, city, merged, state=State.MERGED, closed_at=long_ago, merged_into_id=open_id)
    await order_of(sessions, city, closed, state=State.CLOSED, closed_at=long_ago)
    await order_of(sessions, city, reopened, state=State.REOPENED, closed_at=None)
    rules = Rules(1, {word: 1 for word in WORDS})
    mine = {draft.id, merged.id, closed.id, reopened.id}
    assert mine & {one.recording_id for one in await destroy(sessions, recordings, rules)} == {closed.id}
    async with transaction(sessions) as session:
        (await session.get_one(Order, open_id)).closed_at = now() - dt.timedelta(days=10)
    assert await destroy(sessions, recordings, rules) == []
    later = now() + dt.timedelta(days=40)
    gone = await destroy(sessions, recordings, rules, later)
    assert {draft.id, merged.id} <= {one.recording_id for one in gone}
    assert reopened.id not in {one.recording_id for one in gone}


async def test_a_call_of_which_nothing_is_known_or_that_goes_on_keeps_its_recording(
    sessions: Sessions, recordings: Path
) -> None:
    unknown, going_on = await saved(sessions, recordings), await saved(sessions, recordings)
    async with transaction(sessions) as session:
        await session.execute(text("DELETE FROM calls WHERE linkedid = :it"), {"it": unknown.linkedid})
        await session.execute(text("UPDATE calls SET ended_at = NULL WHERE linkedid = :it"), {"it": going_on.linkedid})
    gone = {one.recording_id for one in await destroy(sessions, recordings, Rules(1))}
    assert not gone & {unknown.id, going_on.id}


async def test_what_is_destroyed_never_comes_back(sessions: Sessions, recordings: Path) -> None:
    old = await saved(sessions, recordings)
    await destroy(sessions, recordings, Rules(1))
    # Reported again by the gap's recovery, with an original that was restored from somewhere.
    put_original(recordings, old.uniqueid, "rx", wav_bytes(noise(1, 1)), old.started_at)
    async with transaction(sessions) as session:
        await expect_recording(
            session,
            linkedid=old.linkedid,
            uniqueid=old.uniqueid,
            part=old.part,
            far_side=old.far_side,
            started_at=old.started_at,
            ended_at=old.ended_at,
        )
        await recheck(session)
    assert await archive(sessions, recordings, old.id) is RecordingState.DESTROYED
    await assert_destroyed(sessions, recordings, old)


@pytest.mark.parametrize("point", ["stored", "committed", "removed"])
async def test_killed_in_the_middle_ledger_and_file_agree_after_the_next_run(
    sessions: Sessions, database_url: str, recordings: Path, point: str
) -> None:
    old = await saved(sessions, recordings)
    child = [sys.executable, "-m", "tests.support.retention_child", database_url, str(recordings), point]
    process = await asyncio.create_subprocess_exec(*child)
    assert await process.wait() == -9
    found, noted = await row(sessions, old), await ledger(sessions, old)
    there = (recordings / str(old.path)).is_file()
    if point == "stored":
        assert (found.state, noted, there) == (RecordingState.SAVED, None, True)
    else:
        assert found.state is RecordingState.DESTROYED
        assert noted is not None
        assert (noted.removed_at, there) == (None, point == "committed")
    # Also where meanwhile nothing is to be destroyed any more: what the ledger says is gone must be gone.
    await destroy(sessions, recordings, Rules(1) if point == "stored" else Rules())
    await assert_destroyed(sessions, recordings, old)


async def test_by_hand_a_dry_run_names_what_a_real_one_destroys(
    sessions: Sessions, database_url: str, tmp_path: Path
) -> None:
    old = await saved(sessions, tmp_path / "recordings")
    more = {"DATABASE_URL": database_url, "HOTLINE_VAR": str(tmp_path), "HOTLINE_RETENTION__MONTHS": "1"}

    async def retention(*options: str) -> str:
        command = [sys.executable, "-m", "hotline", "recordings", "retention", *options]
        process = await asyncio.create_subprocess_exec(
            *command, env=os.environ | more, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    said = await retention("--dry-run")
    assert f"{old.id} {old.linkedid} 其他：1个月 since" in said
    assert "would be destroyed" in said
    assert (await row(sessions, old)).state is RecordingState.SAVED
    assert f"{old.id} {old.linkedid}" in await retention()
    await assert_destroyed(sessions, tmp_path / "recordings", old)


async def test_two_runs_at_once_write_one_row(sessions: Sessions, recordings: Path) -> None:
    old = await saved(sessions, recordings)
    gone = await asyncio.gather(*(destroy(sessions, recordings, Rules(1)) for _ in range(3)))
    assert [one.recording_id for some in gone for one in some].count(old.id) == 1
    await assert_destroyed(sessions, recordings, old)


async def test_a_file_that_cannot_be_removed_does_not_stop_the_others(sessions: Sessions, recordings: Path) -> None:
    stuck, old = await saved(sessions, recordings), await saved(sessions, recordings)
    file = recordings / str(stuck.path)
    file.unlink()
    file.mkdir()  # unlink refuses a folder, also root's
    await destroy(sessions, recordings, Rules(1))
    noted = await ledger(sessions, stuck)
    assert noted is not None
    assert noted.removed_at is None
    await assert_destroyed(sessions, recordings, old)
    file.rmdir()
    await destroy(sessions, recordings, Rules())
    await assert_destroyed(sessions, recordings, stuck)


async def test_the_page_says_what_became_of_it(web_rig: WebRig) -> None:
    async with transaction(web_rig.context.sessions) as session:
        recording = await session.get_one(Recording, web_rig.sample.recording_id)
        recording.state, recording.reason = RecordingState.DESTROYED, "保存期限已满（其他：1个月），2026-11-21销毁"
    for path in (f"/orders/{web_rig.sample.lamp}", f"/calls/{web_rig.sample.linkedid}"):
        page = await (await web_rig.ask(Role.AGENT, "GET", path)).text()
        assert "录音已按保存期限销毁：保存期限已满（其他：1个月），2026-11-21销毁" in page
        assert "data-transcript" in page
    audio = await web_rig.ask(Role.AGENT, "GET", f"/api/recordings/{recording.id}/audio")
    assert audio.status == 404


def test_rules_come_from_the_settings_and_a_mistyped_word_stops_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in [key for key in os.environ if key.startswith("HOTLINE_")]:
        monkeypatch.delenv(key)
    assert retention_rules(load_settings().retention).shortest_months is None
    monkeypatch.setenv("HOTLINE_RETENTION__MONTHS", "36")
    monkeypatch.setenv("HOTLINE_RETENTION__BY_WORD", '{"outcome.abandoned": 6, "kind.report": 0}')
    rules = retention_rules(load_settings().retention)
    assert (rules.months, rules.by_word) == (36, {"outcome.abandoned": 6, "kind.report": 0})
    with pytest.raises(ConfigurationError, match=r"kind\.complaints"):
        retention_rules(RetentionSettings(months=12, by_word={"kind.complaints": 60}))
