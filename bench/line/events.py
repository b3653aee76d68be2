"""How many of Asterisk's statements we take in a second: the manager's messages, and the call events of the file.

The input is what a real Asterisk said of 26 real calls of all kinds (samples/cel), many times over under new
names, the lines of a hundred calls running through one another as they do in a busy hour.
"""

import asyncio
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.row import Row, in_turns, make_row
from core.errors import ConfigurationError
from telephony.ami.framing import END_OF_MESSAGE, Framer, ManagerEvent, decode
from telephony.calls.call import step
from telephony.calls.call_state import CallPicture, CallState
from telephony.calls.events import fact_from_line

TRACES = Path(__file__).parents[2] / "samples/cel"
GREETING = b"Asterisk Call Manager/11.0.0\r\n"
PACKET_BYTES = 64 * 1024
COPIES = 40
COPIES_AT_ONCE = 4
UNIT = "events a second of processor time, one core"


@dataclass(frozen=True)
class EventStream:
    """The same calls as the manager reports them and as they stand in the file."""

    packets: list[bytes]
    """As a socket gives them: cut anywhere."""
    messages: int
    file: bytes
    lines: int
    calls: int


@cache
def busy_hour(copies: int = COPIES) -> EventStream:
    """Raises ConfigurationError where the traces are not there (they are not part of an installed package)."""
    cases = sorted(path.stem for path in TRACES.glob("*.csv") if path.stat().st_size)
    if not cases:
        raise ConfigurationError(f"the bench plays the real calls of {TRACES}: run it from the source tree")
    messages: list[bytes] = []
    written: list[bytes] = []
    for first in range(0, copies, COPIES_AT_ONCE):
        numbers = range(first, min(first + COPIES_AT_ONCE, copies))
        calls = list(itertools.product(cases, numbers))
        messages += _through_one_another(_messages(case, number) for case, number in calls)
        written += _through_one_another(_lines(case, number) for case, number in calls)
    manager = GREETING + b"".join(messages)
    packets = [manager[at : at + PACKET_BYTES] for at in range(0, len(manager), PACKET_BYTES)]
    return EventStream(packets, len(messages), b"".join(written), len(written), len(cases) * copies)


def _messages(case: str, number: int) -> list[bytes]:
    text = renamed((TRACES / f"{case}.ami").read_bytes(), number)
    return [message.replace(b"\n", b"\r\n") + END_OF_MESSAGE for message in text.split(b"\n\n") if message]


def _lines(case: str, number: int) -> list[bytes]:
    return renamed((TRACES / f"{case}.csv").read_bytes(), number).splitlines(keepends=True)


def renamed(text: bytes, number: int) -> bytes:
    """The case's calls under ids of their own."""
    return text.replace(b"qufu-", b"qufu-%d" % number).replace(b"dispatch-", b"dispatch-%d" % number)


def _through_one_another(calls: Iterable[list[bytes]]) -> list[bytes]:
    return [said for moment in itertools.zip_longest(*calls) for said in moment if said is not None]


def measure_ami_decode(*, runs: int = 7) -> Row:
    stream = busy_hour()
    ours, floor = in_turns(lambda: _decode(stream), lambda: _read_and_split(stream), amount=stream.messages, runs=runs)
    return make_row(
        name="ami-decode",
        what=(
            "every key of every manager message: our Framer and decode (any packets, odd lines, repeated keys) "
            "against StreamReader.readuntil and split into lines"
        ),
        unit=UNIT,
        ours=ours,
        floor=floor,
        note=f"{stream.messages} messages, {sum(map(len, stream.packets)) // 1024} KiB in packets of 64 KiB, no socket",
    )


def measure_call_events(*, runs: int = 7) -> Row:
    stream = busy_hour()
    ours, floor = in_turns(
        lambda: _follow(stream), lambda: _read_and_split_both(stream), amount=stream.lines, runs=runs
    )
    return make_row(
        name="call-events",
        what=(
            "a call event from both sources: the manager's message framed, decoded and looked at (the bell), the "
            "file's line through CSV into a fact, and the call's step; against reading and splitting both"
        ),
        unit=UNIT,
        ours=ours,
        floor=floor,
        note=f"{stream.lines} events of {stream.calls} calls; no socket, and no database: storing is not in it",
    )


def _decode(stream: EventStream) -> None:
    framer = Framer()
    count = 0
    for packet in stream.packets:
        for frame in framer.feed(packet):
            message = decode(frame)
            if message is not None and message.keys:
                count += 1
    assert count == stream.messages


def _follow(stream: EventStream) -> None:
    framer = Framer()
    rang = 0
    for packet in stream.packets:
        for frame in framer.feed(packet):
            message = decode(frame)
            if isinstance(message, ManagerEvent) and message.name == "CEL":
                rang += 1
    assert rang == stream.lines
    calls: dict[str, CallPicture | None] = {}
    for line in stream.file.splitlines(keepends=True):
        fact = fact_from_line(line)
        calls[fact.linkedid], _ = step(calls.get(fact.linkedid), fact)
    assert len(calls) == stream.calls
    assert all(call is not None and call.state is CallState.ENDED for call in calls.values())


def _read_and_split(stream: EventStream) -> None:
    assert asyncio.run(_read_messages(stream)) == stream.messages


def _read_and_split_both(stream: EventStream) -> None:
    _read_and_split(stream)
    assert sum(len(line.split(",")) > 1 for line in stream.file.decode().splitlines()) == stream.lines


async def _read_messages(stream: EventStream) -> int:
    reader = asyncio.StreamReader(limit=1 << 30)
    for packet in stream.packets:
        reader.feed_data(packet)
    reader.feed_eof()
    count = 0
    await reader.readline()
    while not reader.at_eof():
        message = await reader.readuntil(END_OF_MESSAGE)
        count += len(message.decode().split("\r\n")) > 1
    return count
