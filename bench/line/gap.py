"""How fast calls are known that came and went while nobody listened.

Ours is `hotline reconcile`'s own way: Asterisk's file of call events read from its beginning, every fact stored, every
call folded, its row, legs, draft order, expected recordings and their jobs written, a transaction a call. The floor
reads and splits the same lines and copies them into a table (COPY), and knows no call. Recovered calls are proven: each
once, with the outcome that follows from its facts.
"""

import asyncio
import csv
import datetime as dt
import io
import itertools
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from sqlalchemy import func, select

from bench.line.events import TRACES, renamed
from bench.row import Row, make_row
from core.clock import now
from core.database import Sessions
from core.settings import Settings
from dispatch.policy import load_policy
from hotline.pipeline import react
from telephony.calls.call import fold
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.cel_reader import Follower
from telephony.calls.events import Fact, fact_from_line
from telephony.calls.models import Call

CALLS = 1_000
"""Ten times as many take ten times as long, and a row of the bench two minutes at most."""
RUNS = 5
PBX = "bench"


@dataclass(frozen=True)
class Missed:
    """A file as Asterisk leaves it, and what follows from it."""

    file: Path
    lines: int
    outcomes: dict[str, str | None]
    """linkedid → outcome of each call in it."""


def write_missed(file: Path, calls: int, *, first: int = 0) -> Missed:
    """About `calls` calls of all kinds under names of their own (from number `first` on), as real Asterisk wrote them.

    The last lines are of the last call: calls follow one another as in the fixtures.
    """
    cases = sorted(path for path in TRACES.glob("*.csv") if path.stat().st_size)
    outcomes: dict[str, str | None] = {}
    lines = 0
    with file.open("wb") as written:
        for number in itertools.count(first):
            for case in cases:
                content = renamed(case.read_bytes(), number)
                written.write(content)
                records = content.splitlines(keepends=True)
                lines += len(records)
                outcomes |= _outcomes(records)
                if len(outcomes) >= calls:
                    return Missed(file, lines, outcomes)
    raise AssertionError("not reached")


def _outcomes(lines: list[bytes]) -> dict[str, str | None]:
    by_call: dict[str, list[Fact]] = {}
    for fact in map(fact_from_line, lines):
        by_call.setdefault(fact.linkedid, []).append(fact)
    pictures = {linkedid: fold(facts)[0] for linkedid, facts in by_call.items()}
    return {linkedid: picture.outcome for linkedid, picture in pictures.items() if picture is not None}


async def recover(sessions: Sessions, missed: Missed, city: Path) -> float:
    """Seconds until every call is known."""
    listener = CallRecorder(PBX, sessions, partial(react, load_policy(city)))
    follower = Follower(listener, sessions, pbx=PBX, file=missed.file)
    started = time.perf_counter()
    found = await follower.reconcile(set(), asked_at=now() + dt.timedelta(days=1))
    took = time.perf_counter() - started
    assert found.lines_read == missed.lines
    return took


async def known(sessions: Sessions, missed: Missed) -> None:
    """Raises AssertionError unless each call is there with its own outcome."""
    async with sessions() as session:
        rows = await session.execute(select(Call.linkedid, Call.outcome).where(Call.pbx == PBX))
        stored = {linkedid: outcome for linkedid, outcome in rows if linkedid in missed.outcomes}
        open_calls = await session.scalar(select(func.count()).where(Call.pbx == PBX, Call.ended_at.is_(None)))
    assert stored == missed.outcomes
    assert not open_calls


def copy_lines(url: str, missed: Missed) -> float:
    """Seconds that storing the same lines takes, split but not understood."""
    started = time.perf_counter()
    rows = csv.reader(io.StringIO(missed.file.read_text("utf-8")))
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE heard (fields text[])")
        with cursor.copy("COPY heard FROM STDIN") as copy:
            for fields in rows:
                copy.write_row([fields])
    return time.perf_counter() - started


async def measure_gap(sessions: Sessions, url: str, *, calls: int = CALLS, runs: int = RUNS) -> Row:
    """`runs` parts of the calls, each by ours and by the floor in turns; the note says the whole."""
    city = Settings().city
    ours: list[float] = []
    floor: list[float] = []
    seconds = 0.0
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        for run in range(runs):
            missed = write_missed(Path(folder) / f"cel-{run}.csv", calls // runs, first=100_000 * (run + 1))
            took_floor = await asyncio.to_thread(copy_lines, url, missed)
            took_ours = await recover(sessions, missed, city)
            await known(sessions, missed)
            seconds += took_ours
            ours.append(len(missed.outcomes) / took_ours)
            floor.append(len(missed.outcomes) / took_floor)
    return make_row(
        name="gap-recovery",
        what="missed calls known (facts, row, legs, draft, recording, jobs) against COPY of the same lines",
        unit="calls a second",
        ours=ours,
        floor=floor,
        note=f"{calls} missed calls of all kinds in {seconds:.0f} s: 10,000 in {seconds * 10_000 / calls:.0f} s; "
        "a database without fsync; by the clock",
    )
