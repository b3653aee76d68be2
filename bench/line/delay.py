"""How soon a person sees what happens on the line: five calls a second, a real WebSocket client, real Asterisk.

`event-to-browser`: from the instant that Asterisk gives its event to the message that has the page read that call
again. `hang-up-to-order`: from the end of a call that left a message to the message that its draft order is there. The
floor of both is the same event on a bare manager connection, in the same calls.
"""

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
import psycopg

from bench.line.callers import BenchInstallation, Callers, bench_installation
from bench.row import Row, make_row
from core.tasks import cancel, spawn
from demo.accounts import sample_accounts, store_accounts
from demo.people import Api
from dispatch.workflow import Role
from telephony.calls.events import Fact, FactKind, UnreadableFact, fact_from_line
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import pbx_settings

CALLERS = Callers(calls=50, at_once=50, a_second=5, hold_seconds=4)
PARTS = 5
LESS = "ms at the median; less is better"


@dataclass
class ManagerHeard:
    """Arrivals, by this machine's clock, seconds since 1970."""

    announced: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    """(topic, id) of the browser's messages."""
    bare: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    """(event, uniqueid) on the bare connection."""


@dataclass(frozen=True)
class Measured:
    facts: list[Fact]
    orders: Mapping[str, str]
    """linkedid → id of its order."""
    heard: ManagerHeard


def measure_event_to_browser() -> Row:
    return _row("event-to-browser")


def measure_hang_up_to_order() -> Row:
    return _row("hang-up-to-order")


def _row(name: str) -> Row:
    with bench_installation() as installation:
        measured = asyncio.run(_measure(installation))
    pairs = list(_event_delays(measured) if name == "event-to-browser" else _order_delays(measured))
    ours, floor = [1000 * one for one, _ in pairs], [1000 * one for _, one in pairs]
    what = {
        "event-to-browser": "Asterisk's event to the browser's message, against the event on a bare manager connection",
        "hang-up-to-order": "hang-up to the draft order stored and sent to the browser, against the bare event",
    }
    return make_row(
        name=name,
        what=what[name],
        unit=LESS,
        ours=[statistics.median(part) for part in parts_of(ours)],
        floor=[statistics.median(part) for part in parts_of(floor)],
        note=f"{len(pairs)} events of {CALLERS.calls} calls, {CALLERS.a_second} a second; "
        f"ours p50 {at_share(ours, 0.5):.0f} ms, p99 {at_share(ours, 0.99):.0f} ms, "
        f"bare p50 {at_share(floor, 0.5):.1f} ms, p99 {at_share(floor, 0.99):.1f} ms; all on one machine",
    )


async def _measure(installation: BenchInstallation) -> Measured:
    (account,) = [one for one in sample_accounts(0, [], []) if one.role is Role.COORDINATOR]
    await store_accounts(installation.installation.database_url, [account])
    heard = ManagerHeard()
    async with Api(installation.installation.web_url, account) as api, api.client.ws_connect("/ws/live") as socket:
        listening = [
            spawn(_browser(socket, heard), name="browser"),
            spawn(listen_to_manager(installation, heard), name="manager"),
        ]
        try:
            await installation.call(Callers(2, 2, 2, 2))
            await installation.until_quiet(2)
            begun = time.time()
            await installation.call(CALLERS)
            await installation.until_quiet(2 + CALLERS.calls)
        finally:
            for task in listening:
                await cancel(task)
    facts = [fact for fact in facts_of(installation) if fact.at.timestamp() > begun]
    async with await psycopg.AsyncConnection.connect(installation.installation.database_url) as connection:
        linked = await (await connection.execute("SELECT linkedid, order_id::text FROM order_calls")).fetchall()
    return Measured(facts, dict(linked), heard)


async def _browser(socket: aiohttp.ClientWebSocketResponse, heard: ManagerHeard) -> None:
    async for message in socket:
        said = message.json()
        if said.get("type") == "changed":
            heard.announced[said["topic"], said["id"]].append(time.time())


async def listen_to_manager(installation: BenchInstallation, heard: ManagerHeard) -> None:
    pbx = pbx_settings(installation.installation.settings)
    reader, writer = await asyncio.open_connection("127.0.0.1", pbx.ami_port)
    try:
        writer.write(f"Action: Login\r\nUsername: hotline\r\nSecret: {load_secrets(pbx).ami}\r\n\r\n".encode())
        while True:
            frame = await reader.readuntil(b"\r\n\r\n")
            if b"Event: CEL\r\n" in frame:
                at = time.time()
                keys = dict(line.split(": ", 1) for line in frame.decode().split("\r\n") if ": " in line)
                heard.bare[keys["EventName"], keys["UniqueID"]].append(at)
    finally:
        writer.close()


def facts_of(installation: BenchInstallation) -> Iterator[Fact]:
    for line in pbx_settings(installation.installation.settings).cel_file.read_bytes().splitlines(keepends=True):
        with suppress(UnreadableFact):
            yield fact_from_line(line)


def _event_delays(measured: Measured) -> Iterator[tuple[float, float]]:
    """Of each event: until the browser was notified of its call, until the bare connection had it."""
    for fact in measured.facts:
        announced = first_after(measured.heard.announced["call", fact.linkedid], fact.at.timestamp())
        bare = first_after(measured.heard.bare[fact.kind.name, fact.uniqueid], fact.at.timestamp())
        if announced is not None and bare is not None:
            yield announced, bare


def _order_delays(measured: Measured) -> Iterator[tuple[float, float]]:
    for fact in measured.facts:
        if fact.kind is not FactKind.LINKEDID_END or fact.linkedid not in measured.orders:
            continue
        announced = first_after(measured.heard.announced["order", measured.orders[fact.linkedid]], fact.at.timestamp())
        bare = first_after(measured.heard.bare["LINKEDID_END", fact.uniqueid], fact.at.timestamp())
        if announced is not None and bare is not None:
            yield announced, bare


def first_after(arrivals: Sequence[float], at: float) -> float | None:
    return next((one - at for one in arrivals if one >= at), None)


def parts_of(values: Sequence[float]) -> list[Sequence[float]]:
    size = max(1, len(values) // PARTS)
    return [values[size * number : size * (number + 1)] for number in range(min(PARTS, len(values)))]


def at_share(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
