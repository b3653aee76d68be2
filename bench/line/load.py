"""Real calls through real Asterisk with all of our program attached, against the same Asterisk alone.

`call-rate`: short calls one after the other, a fixed number at once, as fast as they go. `concurrent-calls`: many that
speak at the same time; what counts is the sound that was recorded. Both in turns within one installation: our processes
run, or are stopped. Before each turn everything of the turn before is known and archived.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import psycopg

from bench.line.callers import BenchInstallation, Callers, bench_installation
from bench.row import Row, make_row

RUNS = 5
SHORT = Callers(calls=60, at_once=8, a_second=100, hold_seconds=0.4, speak=False)
LONG = Callers(calls=24, at_once=24, a_second=24, hold_seconds=6)
WHERE = "SIPp, Asterisk, PostgreSQL and we on one machine"


def measure_call_rate() -> Row:
    with bench_installation() as installation:
        return asyncio.run(_call_rate(installation))


def measure_concurrent_calls() -> Row:
    with bench_installation() as installation:
        return asyncio.run(_concurrent(installation))


async def _call_rate(installation: BenchInstallation) -> Row:
    async def once() -> float:
        return SHORT.calls / await installation.call(SHORT)

    ours, floor = await _in_turns(installation, once, SHORT.calls)
    return make_row(
        name="call-rate",
        what="recorded calls a second with line, web, live transcripts and worker attached, against bare Asterisk",
        unit="calls a second",
        ours=ours,
        floor=floor,
        note=f"{SHORT.calls} calls a run, {SHORT.at_once} at once, {SHORT.hold_seconds:g} s each; {WHERE}",
    )


async def _concurrent(installation: BenchInstallation) -> Row:
    async def once() -> float:
        before = await _recorded(installation)
        await installation.call(LONG)
        return before

    ours, floor = await _in_turns(installation, once, LONG.calls)
    # What was recorded is known only when it is archived: each turn's is the difference to the next one's.
    seen = [one for pair in zip(floor, ours, strict=True) for one in pair]
    seen.append(await _recorded(installation))
    took = [later - earlier for earlier, later in itertools.pairwise(seen)]
    whole = LONG.calls * LONG.hold_seconds
    return make_row(
        name="concurrent-calls",
        what="seconds of sound recorded of calls that speak at the same time, all attached, against bare Asterisk",
        unit="recorded seconds for each second spoken",
        ours=[one / whole for one in took[1::2]],
        floor=[one / whole for one in took[0::2]],
        note=f"{LONG.calls} calls at once, {LONG.hold_seconds:g} s each; {WHERE}",
    )


async def _in_turns(
    installation: BenchInstallation, once: Callable[[], Awaitable[float]], calls: int
) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    floor: list[float] = []
    await installation.call(Callers(2, 2, 2, 1))
    known = 2
    for _ in range(RUNS):
        for attached, found in ((False, floor), (True, ours)):
            await installation.until_quiet(known)
            if not attached:
                installation.stand_still()
            try:
                found.append(await once())
            finally:
                installation.go_on()
            known += calls
    await installation.until_quiet(known)
    return ours, floor


async def _recorded(installation: BenchInstallation) -> float:
    """Seconds of all conversations that are archived."""
    async with await psycopg.AsyncConnection.connect(installation.installation.database_url) as connection:
        total = "SELECT coalesce(sum(duration_seconds), 0) FROM recordings WHERE part = 'conversation'"
        row = await (await connection.execute(total)).fetchone()
    return float(row[0]) if row else 0.0
