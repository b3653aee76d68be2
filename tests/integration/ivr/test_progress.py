"""A caller who waits presses `*` and asks how an order stands: the real Asterisk, our program there, gone, going."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from ivr.progress import ProgressDesk
from ivr.progress_flow import NoOrderFound, OrderProgress
from telephony.ami.framing import ManagerEvent
from telephony.calls.call import fold
from telephony.calls.call_state import Outcome
from telephony.calls.events import fact_from_line
from telephony.phone import PhoneCall
from tests.conftest import until as soon
from tests.support.city_prompts import of_the_sample_city
from tests.support.crew_line import Line, running
from tests.support.exchange import Exchange, tone, until, write_wav

KEYS = "2026112100422"
ORDER = OrderProgress("QF20261121-0042-2", "in-progress", dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC))


class ProgressLine(Line):
    """As the line process wires it; the orders are one order."""

    def __init__(self, exchange: Exchange, recorded: Path) -> None:
        super().__init__(exchange.settings.ami_port, exchange.secrets.ami, recorded.parents[1], recorded)
        self.asked: list[str] = []
        self.progress = ProgressDesk(self.connection, self.sessions, self._find)

    async def _find(self, keyed: str) -> OrderProgress | NoOrderFound:
        self.asked.append(keyed)
        return ORDER if keyed == KEYS else NoOrderFound.MISTYPED

    async def _on_event(self, event: ManagerEvent) -> None:
        await super()._on_event(event)
        self.progress.handle(event)

    def commands(self) -> list[str]:
        """What Asterisk has begun to do for us: the commands' own words."""
        return [event.get("Command") for event in tuple(self.events) if event.name == "AGIExecStart"]

    def asks(self) -> int:
        return sum(command.startswith("GET DATA") for command in self.commands())


@asynccontextmanager
async def program(exchange: Exchange, short: Path) -> AsyncIterator[ProgressLine]:
    async with running(ProgressLine(exchange, short)) as one:
        await soon(lambda: one.logins)
        try:
            yield one
        finally:
            await one.progress.close()


@contextmanager
def waiting(exchange: Exchange) -> Iterator[tuple[PhoneCall, Callable[[], int]]]:
    """A citizen in the queue, and how often they have entered it."""
    skip = exchange.begin()

    def joined() -> int:
        return sum(
            row["event"] == "APP_START" and row["application"] == "Queue" for row in exchange.cel_rows(skip=skip)
        )

    with exchange.agent("1001", rings=True), exchange.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        until(lambda: joined() == 1, 20, "the queue")
        yield call, joined
        call.hang_up()
    exchange.wait_over(skip)
    picture, _, unexpected = fold(fact_from_line(line.encode()) for line in of_first_call(exchange.cel_lines()[skip:]))
    assert picture is not None
    assert (picture.outcome, unexpected) == (Outcome.ABANDONED, ())


def of_first_call(lines: list[str]) -> list[str]:
    first = fact_from_line(lines[0].encode()).linkedid
    return [line for line in lines if fact_from_line(line.encode()).linkedid == first]


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample city's prompts, each a sound of a tenth of a second: what they say is read elsewhere."""
    folder = of_the_sample_city(tmp_path_factory.mktemp("progress") / "prompts/zh")
    for prompt in folder.glob("*.wav"):
        prompt.unlink()
        write_wav(prompt, tone(500, 0.1))
    return folder


async def test_the_right_number_is_told_and_the_caller_is_back_in_the_queue(asterisk: Exchange, short: Path) -> None:
    async with program(asterisk, short) as one:

        def scenario() -> None:
            with waiting(asterisk) as (call, joined):
                call.press("*")
                until(one.asks, 20, "the question")
                call.press(f"{KEYS}#")
                until(lambda: joined() == 2, 30, "the queue again")

        await asyncio.to_thread(scenario)
        assert one.asked == [KEYS]
        assert [command.split(" ")[0] for command in one.commands()] == ["GET", "STREAM", "STREAM", "ASYNCAGI"]


async def test_a_mistyped_number_is_asked_again_and_three_times_at_most(asterisk: Exchange, short: Path) -> None:
    async with program(asterisk, short) as one:

        def scenario() -> None:
            with waiting(asterisk) as (call, joined):
                call.press("*")
                for time in (1, 2, 3):
                    until(lambda time=time: one.asks() == time, 20, "the question")
                    call.press("2026112100423#")
                until(lambda: joined() == 2, 30, "the queue again")

        await asyncio.to_thread(scenario)
        assert one.asked == ["2026112100423"] * 3


async def test_who_hangs_up_while_he_is_asked_is_let_go(asterisk: Exchange, short: Path) -> None:
    async with program(asterisk, short) as one:

        def scenario() -> None:
            with waiting(asterisk) as (call, _):
                call.press("*")
                until(one.asks, 20, "the question")

        await asyncio.to_thread(scenario)
        await soon(lambda: not one.sessions._sessions)
        assert one.asked == []


def test_without_our_program_he_is_back_in_the_queue_after_a_few_seconds(asterisk: Exchange) -> None:
    with waiting(asterisk) as (call, joined):
        call.press("*")
        until(lambda: joined() == 2, 20, "the queue again")


async def test_when_our_program_dies_in_the_middle_he_is_back_in_the_queue_after_a_few_seconds(
    asterisk: Exchange, short: Path
) -> None:
    async with program(asterisk, short) as one:
        loop = asyncio.get_running_loop()

        def scenario() -> None:
            with waiting(asterisk) as (call, joined):
                call.press("*")
                until(one.asks, 20, "the question")
                asyncio.run_coroutine_threadsafe(one.connection.close(), loop).result(30)
                until(lambda: joined() == 2, 20, "the queue again")

        await asyncio.to_thread(scenario)


def test_who_has_asked_has_kept_his_place(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with waiting(asterisk) as (call, joined), asterisk.phone("citizen-2", number="13900000002") as other:
        second = other.call("12345")
        until(lambda: joined() == 2, 20, "the second caller in the queue")
        call.press("*")
        until(lambda: joined() == 3, 30, "the queue again")
        with asterisk.manager() as manager:

            def places() -> dict[str, str]:
                listed = manager.collect("QueueStatus", Queue=asterisk.settings.queue)
                return {one["CallerIDNum"]: one["Position"] for one in listed if one["Event"] == "QueueEntry"}

            # That a channel runs Queue is reported a moment before it stands in the queue.
            until(lambda: len(places()) == 2, what="both in the queue")
            assert places() == {"13900000001": "1", "13900000002": "2"}
        second.hang_up()
    asterisk.wait_over(skip, 2)
