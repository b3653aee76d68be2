"""Facts are stored once, calls follow from them, and nothing is lost when an action fails."""

import csv
import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
import structlog
from psycopg.errors import DiskFull
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Sessions
from core.tasks import cancel, spawn
from hotline.monitoring import vanished
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.call_state import CallState, Happening, HappeningAt, Outcome
from telephony.calls.cel_reader import Follower
from telephony.calls.events import Fact, FactKind
from telephony.calls.models import Call, CallEvent
from telephony.control.rows import LiveChannel
from telephony.pbx.cel import CEL_COLUMNS

LATER = dt.datetime(2026, 11, 21, 4, 0, tzinfo=dt.UTC)
START = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)


def fact(kind: FactKind, second: float, linkedid: str, leg: str = "", channel: str = "", **said: object) -> Fact:
    return Fact(
        kind,
        START + dt.timedelta(seconds=second),
        linkedid,
        leg or linkedid,
        channel or "PJSIP/trunk-00000001",
        **said,  # type: ignore[arg-type]
    )


def answered_call(linkedid: str) -> list[Fact]:
    agent = {"leg": linkedid + "a", "channel": "PJSIP/1001-00000002"}
    hung_up = {"hangupcause": 16, "hangupsource": "PJSIP/trunk-00000001"}
    return [
        fact(FactKind.CHAN_START, 0, linkedid, caller_number="05370000001", exten="12345"),
        fact(FactKind.ANSWER, 0.1, linkedid),
        fact(FactKind.USER_DEFINED, 0.2, linkedid, user_kind="RECORDING_STARTED", extra={"extra": "2026/11/21/x"}),
        fact(FactKind.APP_START, 4, linkedid, application="Queue"),
        fact(FactKind.CHAN_START, 4.1, linkedid, **agent),
        fact(FactKind.ANSWER, 9, linkedid, **agent),
        fact(FactKind.BRIDGE_ENTER, 9.1, linkedid, **agent, extra={"bridge_id": "b"}),
        fact(FactKind.BRIDGE_ENTER, 9.2, linkedid, extra={"bridge_id": "b"}),
        fact(FactKind.BRIDGE_EXIT, 60, linkedid, extra={"bridge_id": "b"}),
        fact(FactKind.HANGUP, 60, linkedid, extra=hung_up),
        fact(FactKind.CHAN_END, 60, linkedid),
        fact(FactKind.HANGUP, 60.1, linkedid, **agent),
        fact(FactKind.CHAN_END, 60.1, linkedid, **agent),
        fact(FactKind.LINKEDID_END, 60.1, linkedid, **agent),
    ]


class Handlers:
    def __init__(self) -> None:
        self.done: list[tuple[str, Happening]] = []
        self.failures = 0
        self.failure: Exception = RuntimeError("the command failed")

    async def __call__(self, session: AsyncSession, call: Call, happening: HappeningAt) -> None:
        if self.failures:
            self.failures -= 1
            raise self.failure
        self.done.append((call.linkedid, happening.what))


async def stored_call(sessions: Sessions, linkedid: str) -> Call:
    async with sessions() as session:
        return (await session.execute(select(Call).where(Call.linkedid == linkedid))).scalar_one()


WHOLE_LIFE = [Happening.ARRIVED, Happening.QUEUED, Happening.RANG, Happening.ANSWERED, Happening.ENDED]


async def test_a_call_told_fact_by_fact_becomes_one_row(sessions: Sessions) -> None:
    handlers = Handlers()
    listener = CallRecorder("qufu", sessions, handlers)
    for one in answered_call("qufu-1.1"):
        await listener.store([one])
        await listener.quiet()
    call = await stored_call(sessions, "qufu-1.1")
    assert (call.state, call.outcome, call.answered_by) == (CallState.ENDED, Outcome.ANSWERED, "1001")
    assert call.answered_at == START + dt.timedelta(seconds=9.2)
    assert [what for _, what in handlers.done] == WHOLE_LIFE
    assert [leg.endpoint for leg in call.legs] == ["trunk", "1001"]


async def test_facts_told_twice_are_stored_once_and_acted_on_once(sessions: Sessions) -> None:
    handlers = Handlers()
    listener = CallRecorder("qufu", sessions, handlers)
    facts = answered_call("qufu-2.1")
    assert await listener.store(facts[:9]) == 9
    assert await listener.store(facts) == len(facts) - 9
    await listener.quiet()
    assert [what for _, what in handlers.done] == WHOLE_LIFE


async def test_a_action_that_fails_is_tried_again_and_its_facts_are_kept(sessions: Sessions) -> None:
    handlers = Handlers()
    handlers.failures = 1
    listener = CallRecorder("qufu", sessions, handlers)
    await listener.store(answered_call("qufu-3.1"))
    await listener.quiet()
    assert [what for _, what in handlers.done] == WHOLE_LIFE
    async with sessions() as session:
        unfolded = await session.scalar(select(func.count()).where(~CallEvent.folded))
    assert unfolded == 0


def write_cel(file: Path, facts: list[Fact]) -> None:
    ours = {"event": "kind", "extension": "exten", "application_data": "app_data", "user_event": "user_kind"}
    with file.open("a", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        for one in facts:
            row = []
            for column in CEL_COLUMNS:
                if column.name == "event_time":
                    row.append(f"{one.at.timestamp():.6f}")
                elif column.name == "extra":
                    row.append(str(dict(one.extra)).replace("'", '"') if one.extra else "")
                else:
                    row.append(str(getattr(one, ours.get(column.name, column.name), "")))
            writer.writerow(row)


def follow(sessions: Sessions, pbx: str, file: Path, handlers: Handlers) -> Follower:
    return Follower(CallRecorder(pbx, sessions, handlers), sessions, pbx=pbx, file=file)


async def test_a_call_that_came_and_went_while_nobody_listened_is_read_from_the_file(
    sessions: Sessions, tmp_path: Path
) -> None:
    handlers = Handlers()
    file = tmp_path / "cel.csv"
    facts = answered_call("qufu-4.1")
    write_cel(file, facts[:5])
    await follow(sessions, "gap", file, Handlers()).read_on()
    write_cel(file, [*facts[5:], *answered_call("qufu-4.2")])
    follower = follow(sessions, "gap", file, handlers)
    found = await follower.reconcile((), asked_at=LATER)
    assert (found.lines_read, found.facts_recovered, found.calls_vanished) == (2 * len(facts) - 5,) * 2 + (0,)
    for linkedid in ("qufu-4.1", "qufu-4.2"):
        assert (await stored_call(sessions, linkedid)).outcome is Outcome.ANSWERED
    assert [what for id, what in handlers.done if id == "qufu-4.2"] == WHOLE_LIFE
    assert await follower.read_on() == (0, 0)


async def test_a_full_database_is_one_line_and_not_a_stack_for_each_call(sessions: Sessions) -> None:
    handlers = Handlers()
    handlers.failures, handlers.failure = 1, OperationalError("INSERT", {}, DiskFull("No space left on device"))
    listener = CallRecorder("qufu", sessions, handlers)
    with structlog.testing.capture_logs() as logged:
        await listener.store(answered_call("qufu-12.1"))
        await listener.quiet()
    (said,) = [line for line in logged if line["event"] == "call_not_folded"]
    assert "No space left on device" in said["reason"]
    assert not said["exc_info"]
    assert (await stored_call(sessions, "qufu-12.1")).outcome is Outcome.ANSWERED


async def test_a_line_that_is_half_written_waits_for_its_end(sessions: Sessions, tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    write_cel(file, answered_call("qufu-6.1")[:2])
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    follower = follow(sessions, "half", file, Handlers())
    assert await follower.read_on() == (1, 1)
    file.write_bytes(whole)
    assert await follower.read_on() == (1, 1)


async def test_a_rotated_file_is_read_to_its_end_before_the_new_one(sessions: Sessions, tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    facts = answered_call("qufu-7.1")
    write_cel(file, facts[:3])
    follower = follow(sessions, "rotated", file, Handlers())
    await follower.read_on()
    write_cel(file, facts[3:6])
    file.rename(tmp_path / "cel.csv.1")
    write_cel(file, facts[6:])
    assert await follower.read_on() == (len(facts) - 3, len(facts) - 3)
    assert await follower.read_on() == (0, 0)


async def test_files_rotated_while_we_were_away_are_all_read_in_turn(sessions: Sessions, tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    facts = answered_call("qufu-7.2")
    write_cel(file, facts[:2])
    await follow(sessions, "twice", file, Handlers()).read_on()
    write_cel(file, facts[2:5])
    file.rename(tmp_path / "cel.csv.2")
    write_cel(file, facts[5:9])
    file.rename(tmp_path / "cel.csv.1")
    os.utime(tmp_path / "cel.csv.2", (1, 1))
    (tmp_path / "cel.csv.3.gz").write_bytes(b"not to be read\n")
    follower = follow(sessions, "twice", file, Handlers())
    # The exchange makes the new file with its next line only.
    assert await follower.read_on() == (7, 7)
    write_cel(file, facts[9:])
    assert await follower.read_on() == (len(facts) - 9, len(facts) - 9)
    assert (await stored_call(sessions, "qufu-7.2")).outcome is None
    await follower._listener.quiet()
    assert (await stored_call(sessions, "qufu-7.2")).outcome is Outcome.ANSWERED
    assert await follower.read_on() == (0, 0)


async def test_a_file_that_is_gone_with_what_we_had_read_is_no_end(sessions: Sessions, tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    facts = answered_call("qufu-7.3")
    write_cel(file, facts[:5])
    follower = follow(sessions, "gone", file, Handlers())
    await follower.read_on()
    file.rename(tmp_path / "elsewhere")
    write_cel(file, facts[3:])
    assert await follower.read_on() == (len(facts) - 3, len(facts) - 5)


@pytest.mark.parametrize("garbage", [b"\x00" * 200_000, b'"half a line', b"\xff\r\xfe,", b'""""', b"\n\n"])
async def test_garbage_in_the_file_costs_at_most_its_own_line(
    sessions: Sessions, tmp_path: Path, garbage: bytes, request: pytest.FixtureRequest
) -> None:
    linkedid = f"qufu-{abs(hash(request.node.name))}.1"
    file = tmp_path / "cel.csv"
    write_cel(file, answered_call(linkedid)[:3])
    with file.open("ab") as stream:
        stream.write(garbage + b"\n")
    write_cel(file, answered_call(linkedid)[3:])
    listener = CallRecorder("garbage", sessions, Handlers())
    follower = Follower(listener, sessions, pbx=f"garbage {linkedid}", file=file)
    await follower.read_on()
    await listener.quiet()
    call = await stored_call(sessions, linkedid)
    assert (call.state, call.outcome) == (CallState.ENDED, Outcome.ANSWERED)


async def test_the_bell_makes_a_new_line_known_at_once(sessions: Sessions, tmp_path: Path, until: Any) -> None:
    file = tmp_path / "cel.csv"
    handlers = Handlers()
    follower = follow(sessions, "bell", file, handlers)
    running = spawn(follower.run(), name="follower")
    write_cel(file, answered_call("qufu-8.1"))
    follower.ring()
    await until(lambda: len(handlers.done) == len(WHOLE_LIFE), 20)
    await cancel(running)


async def test_a_bell_without_a_line_shows_that_asterisk_cannot_write(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cel.csv"
    follower = follow(sessions, "mute", file, Handlers())
    write_cel(file, answered_call("qufu-8.2"))
    await follower.read_on()
    at = clock.now()
    follower.ring(at)
    monkeypatch.setattr(clock, "now", lambda: at + dt.timedelta(minutes=1))
    await follower.read_on()
    assert follower.read_at == clock.now(), "the bell of what was read already"
    follower.ring(clock.now())
    rang_at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: rang_at + dt.timedelta(seconds=11))
    await follower.read_on()
    assert follower.read_at == rang_at
    write_cel(file, answered_call("qufu-8.3"))
    await follower.read_on()
    assert follower.read_at == clock.now()


@pytest.mark.parametrize("known_facts", [1, 4, 6, 8])
async def test_a_call_that_the_exchange_forgot_ends(sessions: Sessions, tmp_path: Path, known_facts: int) -> None:
    linkedid = f"qufu-5.{known_facts}"
    file = tmp_path / "cel.csv"
    write_cel(file, answered_call(linkedid)[:known_facts])
    follower = follow(sessions, f"dead{known_facts}", file, Handlers())
    found = await follower.reconcile({"qufu-9.9"}, asked_at=LATER)
    assert found.calls_vanished == 1
    call = await stored_call(sessions, linkedid)
    assert call.state is CallState.ENDED
    assert call.outcome is (Outcome.ANSWERED if known_facts == 8 else Outcome.FAILED)
    assert all(leg.ended_at for leg in call.legs)


async def test_a_call_whose_end_a_full_disk_swallowed_ends_while_the_connection_lasts(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cel.csv"
    write_cel(file, [*answered_call("qufu-11.1")[:6], *answered_call("qufu-11.2")[:6]])
    follower = follow(sessions, "swallowed", file, Handlers())
    await follower.read_on()
    live = ["qufu-11.1", "qufu-11.2"]

    async def live_channels() -> list[LiveChannel]:
        said = ("trunk", "Up", *[""] * 7, 0)
        return [LiveChannel(f"PJSIP/trunk-{id}", id, id, *said) for id in live]  # type: ignore[arg-type]

    look_at = iter([LATER + dt.timedelta(minutes=minute) for minute in range(9)])
    monkeypatch.setattr(clock, "now", lambda: next(look_at))
    calls = vanished.VanishedCalls(live_channels, follower.reconcile)
    await calls.check()
    live.remove("qufu-11.1")
    await calls.check()
    # Its end may just be written.
    assert (await stored_call(sessions, "qufu-11.1")).state is not CallState.ENDED
    await calls.check()
    call = await stored_call(sessions, "qufu-11.1")
    assert call.state is CallState.ENDED
    assert all(leg.ended_at for leg in call.legs)
    assert (await stored_call(sessions, "qufu-11.2")).state is not CallState.ENDED


async def test_a_call_that_began_after_the_exchange_was_asked_is_left_alone(sessions: Sessions, tmp_path: Path) -> None:
    file = tmp_path / "cel.csv"
    write_cel(file, answered_call("qufu-10.1")[:4])
    follower = follow(sessions, "young", file, Handlers())
    assert (await follower.reconcile((), asked_at=START)).calls_vanished == 0
    assert (await stored_call(sessions, "qufu-10.1")).state is CallState.QUEUED


async def test_a_line_folds_only_what_stood_in_its_own_exchanges_file(sessions: Sessions) -> None:
    other = CallRecorder("other-exchange", sessions, Handlers())
    await other.store(answered_call("other-1.1"))
    await other.quiet()
    async with sessions() as session:
        await session.execute(update(CallEvent).where(CallEvent.linkedid == "other-1.1").values(folded=False))
        await session.commit()
    handlers = Handlers()
    mine = CallRecorder("my-exchange", sessions, handlers)
    await mine.fold_unfinished()
    await mine.quiet()
    assert handlers.done == []
    assert (await stored_call(sessions, "other-1.1")).pbx == "other-exchange"
