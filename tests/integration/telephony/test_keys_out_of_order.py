"""What an agent presses at the wrong moment leaves the conversation as it is: on the real Asterisk."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.errors import Conflict
from telephony.control.conference import Rooms, outgoing_of
from telephony.control.dial_results import DialResult
from telephony.phone import AsyncPhone, PhoneCall
from tests.support.crew_line import Line, line
from tests.support.exchange import Exchange, tone
from tests.support.hearing import heard_seconds

CITIZEN, AGENT = 440, 1300


@pytest.fixture(scope="module", name="pbx")
def started_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    exchange = Exchange(tmp_path_factory.mktemp("keys"))
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="module")
async def rig(pbx: Exchange, tmp_path_factory: pytest.TempPathFactory, until: Any) -> AsyncIterator[Line]:
    made: Path = tmp_path_factory.mktemp("speech")
    async with line(pbx, made) as one:
        await until(lambda: one.logins)
        yield one


@dataclass
class Conversation:
    rooms: Rooms
    until: Any
    linkedid: str
    theirs: PhoneCall
    ours: PhoneCall

    async def goes_on(self) -> None:
        """Both hear each other."""
        for ear, mouth, hertz in ((self.theirs, self.ours, AGENT), (self.ours, self.theirs, CITIZEN)):
            before = heard_seconds(ear.heard(), hertz)
            mouth.media.say(tone(hertz, 60))
            await self.until(lambda ear=ear, hertz=hertz, n=before: heard_seconds(ear.heard(), hertz) - n > 0.7, 20)
            mouth.media.hush()


@pytest.fixture
async def talk(pbx: Exchange, rig: Line, until: Any) -> AsyncIterator[Conversation]:
    rooms = Rooms(rig.control, outgoing_of(pbx.settings))
    async with (
        AsyncPhone(pbx.account("1001")) as agent,
        AsyncPhone(pbx.account("citizen-1", number="13900000001")) as citizen,
    ):
        await agent.register()
        await rig.control.queue_add("1001")
        theirs = await citizen.call("12345")
        ours = await agent.wait_call(20)

        async def bridged() -> str:
            rows = [row for row in await rig.control.live_channels() if row.bridge_id]
            return rows[0].linkedid if len(rows) == 2 else ""

        yield Conversation(rooms, until, await until(bridged), theirs, ours)
        await rig.control.queue_remove("1001")


async def test_who_is_not_on_hold_is_not_fetched_out_of_the_conversation(talk: Conversation) -> None:
    """Pressed twice, or on a page that lags behind."""
    await talk.rooms.bring_in(talk.linkedid, "1001")
    await talk.rooms.send_back(talk.linkedid, "1001")
    await talk.goes_on()
    await talk.rooms.hold(talk.linkedid, "1001")
    for _ in range(2):
        await talk.rooms.bring_in(talk.linkedid, "1001")
        await talk.goes_on()


@pytest.mark.parametrize("alone", [True, False])
async def test_nobody_is_called_into_the_call_that_they_are_in(talk: Conversation, pbx: Exchange, alone: bool) -> None:
    with pytest.raises(Conflict, match="1001已经在这通电话里"):
        await talk.rooms.invite(talk.linkedid, "1001", "1001", command_id=1, alone=alone)
    with pytest.raises(Conflict, match="1001已经在这通电话里"):
        await talk.rooms.transfer(talk.linkedid, "1001", by="1001")
    await talk.goes_on()
    async with AsyncPhone(pbx.account("1002")) as colleague:
        await colleague.register()
        invited = talk.rooms.invite(talk.linkedid, "1001", "1002", command_id=2 + alone, alone=False)
        assert await invited is DialResult.ANSWERED
        for again in (
            talk.rooms.invite(talk.linkedid, "1001", "1002", command_id=4 + alone, alone=alone),
            talk.rooms.transfer(talk.linkedid, "1002", by="1001"),
        ):
            with pytest.raises(Conflict, match="1002已经在这通电话里"):
                await again
        await talk.goes_on()
