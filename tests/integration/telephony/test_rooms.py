"""Transfer, consultation, three-way, hold, listening in, calls of our own: on the real Asterisk, as phones meet it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core.channel_ids import call_of, guest_id, is_guest, spy_id
from core.errors import BadInput, Conflict
from core.tasks import spawn
from recordings.recognition.conversation_spans import MARGIN_SECONDS, held_spans, talk_spans
from telephony.calls.call import fold
from telephony.calls.call_state import CallPicture, CallState, Direction, Outcome
from telephony.calls.events import Fact, FactKind, fact_from_line
from telephony.control.conference import Rooms, Spying, Third, outgoing_of
from telephony.control.dial_results import DialResult
from telephony.control.hold_tracker import Holds
from telephony.phone import AsyncPhone, CallEnded, CallStage, PhoneCall
from tests.support.crew_line import Line, line
from tests.support.exchange import PROMPTS, Exchange, tone
from tests.support.hearing import heard_seconds, samples_of, spans
from tests.unit.telephony.invariants import assert_sound

CITIZEN, AGENT, THIRD = 440, 1300, 1700
LATE_SEQUENCE = 40_000
"""Half of all telephones begin to number their packets above 32,767: a translator that is not new takes them as old."""
command_id = itertools.count(1)


@pytest.fixture(scope="module", name="pbx")
def started_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    exchange = Exchange(tmp_path_factory.mktemp("rooms"), trunk_host="127.0.0.3")
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
class Talk:
    """A citizen who talks with agent 1001, whoever called whom, and what can be done about it."""

    pbx: Exchange
    rooms: Rooms
    until: Any
    linkedid: str
    citizen: AsyncPhone
    theirs: PhoneCall
    ours: PhoneCall
    skip: int
    ids: Any = field(default_factory=lambda: command_id)

    async def invite(self, number: str, *, alone: bool = False) -> DialResult:
        return await self.rooms.invite(self.linkedid, "1001", number, command_id=next(self.ids), alone=alone)

    async def hears(self, ear: PhoneCall, mouth: PhoneCall, hertz: float) -> None:
        before = heard_seconds(ear.heard(), hertz)
        mouth.media.say(tone(hertz, 60))
        await self.until(lambda: heard_seconds(ear.heard(), hertz) - before > 1, 30)
        mouth.media.hush()

    async def all_hear(self, third: PhoneCall) -> None:
        voices = ((self.theirs, CITIZEN), (self.ours, AGENT), (third, THIRD))
        for mouth, hertz in voices:
            ears = [ear for ear, _ in voices if ear is not mouth]
            before = {ear: heard_seconds(ear.heard(), hertz) for ear in ears}
            mouth.media.say(tone(hertz, 60))
            for ear in ears:
                await self.until(
                    lambda ear=ear, hertz=hertz, before=before: heard_seconds(ear.heard(), hertz) - before[ear] > 1,
                    30,
                )
            mouth.media.hush()

    def facts(self) -> list[Fact]:
        every = [fact_from_line(line.encode()) for line in self.pbx.cel_lines()[self.skip :]]
        return [fact for fact in every if fact.linkedid == self.linkedid]

    async def over(self) -> CallPicture:
        """The whole call, once it is over, as the facts show it."""
        await asyncio.to_thread(self.pbx.wait_over, self.skip, 1, 30)
        await self.until(lambda: any(f.kind == "LINKEDID_END" and not is_guest(f.uniqueid) for f in self.facts()), 30)
        picture, _, unexpected = fold(self.facts())
        assert picture is not None
        assert not unexpected
        assert_sound(picture)
        return picture

    def recorded(self, leg: str) -> Any:
        return samples_of(self.pbx.recording([r for r in self.pbx.cel_rows(skip=self.skip)], leg))


@asynccontextmanager
async def phone(pbx: Exchange, user: str, *, rings: bool = False) -> AsyncIterator[AsyncPhone]:
    async with AsyncPhone(pbx.account(user), (lambda call: None) if rings else None) as one:
        await one.register()
        yield one


@pytest.fixture
async def talk(pbx: Exchange, rig: Line, until: Any) -> AsyncIterator[Talk]:
    skip = await asyncio.to_thread(pbx.begin)
    rooms = Rooms(rig.control, outgoing_of(pbx.settings))
    async with (
        phone(pbx, "1001") as agent,
        AsyncPhone(pbx.account("citizen-1", number="13900000001")) as citizen,
    ):
        await citizen.register()
        await rig.control.queue_add("1001")
        theirs = await citizen.call("12345")
        ours = await agent.wait_call(20)

        async def bridged() -> str:
            rows = [row for row in await rig.control.live_channels() if row.bridge_id]
            return rows[0].linkedid if len(rows) == 2 else ""

        linkedid = await until(bridged, 20)
        yield Talk(pbx, rooms, until, linkedid, citizen, theirs, ours, skip)
        await rig.control.queue_remove("1001")


@pytest.fixture
async def our_talk(pbx: Exchange, rig: Line, until: Any) -> AsyncIterator[Talk]:
    """We have called the citizen about an order: agent 1001's telephone rang first."""
    skip = await asyncio.to_thread(pbx.begin)
    rooms = Rooms(rig.control, outgoing_of(pbx.settings))
    linkedid = f"out-{next(command_id)}"
    async with phone(pbx, "1001") as agent, phone(pbx, "citizen-1", rings=True) as citizen:
        target = Third("13900000001", "PJSIP/citizen-1", outside=True)
        assert await rooms.call_out("1001", target, channel_id=linkedid) is DialResult.ANSWERED
        ours, theirs = await agent.wait_call(20), await citizen.wait_call(20)
        assert (ours.caller_number, theirs.caller_number) == ("12345", "12345"), "both see the line's number only"
        with pytest.raises(Conflict, match="还没有接听"):
            await rooms.transfer(linkedid, "1002", by="1001")
        theirs.media.sequence = LATE_SEQUENCE
        await citizen.answer(theirs)

        async def bridged() -> bool:
            return len([row for row in await rig.control.live_channels() if row.bridge_id]) == 2

        await until(bridged, 20)
        yield Talk(pbx, rooms, until, linkedid, citizen, theirs, ours, skip)


def connected(picture: CallPicture) -> list[str]:
    return [leg.endpoint for leg in picture.legs.values() if leg.connected_at]


async def test_three_talk_the_agent_leaves_and_the_colleague_ends_it_with_the_survey(talk: Talk, pbx: Exchange) -> None:
    async with phone(pbx, "1002") as colleague:
        assert await talk.invite("1002") is DialResult.ANSWERED
        third = await colleague.wait_call(20)
        assert third.caller_number == "12345", "whose number it is, the desk says"
        await talk.all_hear(third)
        talk.ours.hang_up()
        await talk.hears(talk.theirs, third, THIRD)
        third.hang_up()
        await talk.until(lambda: heard_seconds(talk.theirs.heard(), PROMPTS["survey-intro"]) > 0.2, 30)
        talk.theirs.press("5")
        picture = await talk.over()
    assert (picture.outcome, picture.survey_key, picture.transferred_to) == (Outcome.ANSWERED, "5", "")
    assert connected(picture) == ["citizen-1", "1001", "1002"]
    city = talk.recorded("tx")
    assert heard_seconds(city, AGENT) > 0.6
    assert heard_seconds(city, THIRD) > 1.2
    assert heard_seconds(talk.recorded("rx"), CITIZEN) > 0.6


async def test_110_joins_the_agent_leaves_and_that_is_transferred_out(talk: Talk, pbx: Exchange) -> None:
    async with phone(pbx, "emergency-110", rings=True) as police:
        inviting = spawn(talk.invite("110"), name="invite")
        third = await police.wait_call(20)
        third.media.sequence = 1_000
        await police.answer(third)
        assert await inviting is DialResult.ANSWERED
        await talk.all_hear(third)
        await talk.rooms.hand_over(talk.linkedid, "1001")
        await talk.until(lambda: talk.ours.ended is CallEnded.BY_FAR_END)
        await talk.hears(third, talk.theirs, CITIZEN)
        third.hang_up()
        picture = await talk.over()
    assert (picture.outcome, picture.transferred_to, picture.survey_key) == (Outcome.TRANSFERRED_OUT, "110", "")
    assert heard_seconds(talk.theirs.heard(), PROMPTS["survey-intro"]) == 0
    assert heard_seconds(talk.theirs.heard(), PROMPTS["goodbye"]) > 0.6


async def test_110_does_not_answer_and_the_citizen_talks_with_his_agent_all_the_while(
    talk: Talk, pbx: Exchange
) -> None:
    async with AsyncPhone(pbx.account("emergency-110"), PhoneCall.refuse) as police:
        await police.register()
        assert await talk.invite("110") is DialResult.BUSY
    assert await talk.invite("119") is DialResult.UNREACHABLE
    await talk.hears(talk.theirs, talk.ours, AGENT)
    talk.theirs.hang_up()
    await talk.until(lambda: talk.ours.ended is CallEnded.BY_FAR_END)
    assert (await talk.over()).outcome is Outcome.ANSWERED


async def test_the_agent_leaves_while_120_still_rings_and_the_citizen_waits_for_it(
    talk: Talk, pbx: Exchange, rig: Line
) -> None:
    async def waits() -> bool:
        rows = await rig.control.live_channels()
        return any((row.uniqueid, row.application) == (talk.linkedid, "MusicOnHold") for row in rows)

    async with phone(pbx, "emergency-120", rings=True) as ambulance:
        inviting = spawn(talk.invite("120"), name="invite")
        third = await ambulance.wait_call(20)
        talk.ours.hang_up()
        await talk.until(waits)
        await ambulance.answer(third)
        assert await inviting is DialResult.ANSWERED
        await talk.hears(third, talk.theirs, CITIZEN)
        talk.theirs.hang_up()
        await talk.until(lambda: third.ended is CallEnded.BY_FAR_END)
    assert (await talk.over()).outcome is Outcome.TRANSFERRED_OUT


async def test_the_citizen_hangs_up_in_the_middle_and_everybody_is_let_go(talk: Talk, pbx: Exchange) -> None:
    async with phone(pbx, "unit-01") as crew:
        await talk.invite("unit-01")
        third = await crew.wait_call(20)
        await talk.hears(talk.theirs, third, THIRD)
        talk.theirs.hang_up()
        await talk.until(lambda: third.ended is CallEnded.BY_FAR_END)
        await talk.until(lambda: talk.ours.ended is CallEnded.BY_FAR_END)
    picture = await talk.over()
    assert picture.outcome is Outcome.ANSWERED
    assert connected(picture) == ["citizen-1", "1001", "unit-01"]


async def test_agent_and_colleague_consult_alone_then_he_hands_over(talk: Talk, pbx: Exchange) -> None:
    async with phone(pbx, "1002") as colleague:
        assert await talk.invite("1002", alone=True) is DialResult.ANSWERED
        third = await colleague.wait_call(20)
        await talk.hears(third, talk.ours, AGENT)
        await talk.hears(talk.ours, third, THIRD)
        assert heard_seconds(talk.theirs.heard(), THIRD) == 0, "the citizen hears music"
        await talk.rooms.hand_over(talk.linkedid, "1001")
        await talk.hears(talk.theirs, third, THIRD)
        talk.theirs.hang_up()
        picture = await talk.over()
    [consultation] = [leg.recording for leg in picture.legs.values() if leg.recording]
    alone = pbx.closed(pbx.settings.recordings_directory / f"{consultation.stem}-rx.wav")
    assert heard_seconds(samples_of(alone), THIRD) > 1.2
    assert heard_seconds(talk.recorded("tx"), THIRD) > 0.5


async def test_a_consultation_becomes_a_three_way_conversation_and_the_third_is_sent_back(
    talk: Talk, pbx: Exchange
) -> None:
    async with phone(pbx, "1002") as colleague:
        await talk.invite("1002", alone=True)
        third = await colleague.wait_call(20)
        await talk.rooms.bring_in(talk.linkedid, "1001")
        await talk.until(lambda: heard_seconds(talk.theirs.heard(), PROMPTS["greeting"]) > 0)
        await talk.all_hear(third)
        await talk.rooms.send_back(talk.linkedid, "1001")
        await talk.until(lambda: third.ended is CallEnded.BY_FAR_END)
        await talk.hears(talk.theirs, talk.ours, AGENT)
        talk.theirs.hang_up()
        await talk.over()


async def test_a_colleague_who_does_not_answer_a_consultation_costs_the_citizen_some_music(talk: Talk) -> None:
    assert await talk.invite("1003", alone=True) is DialResult.UNREACHABLE
    await talk.hears(talk.theirs, talk.ours, AGENT)
    talk.theirs.hang_up()
    await talk.over()


async def test_who_is_held_by_an_agent_who_hangs_up_is_queued_again(talk: Talk, rig: Line) -> None:
    await talk.rooms.hold(talk.linkedid, "1001")
    await talk.rooms.bring_in(talk.linkedid, "1001")
    await talk.hears(talk.theirs, talk.ours, AGENT)
    await talk.rooms.hold(talk.linkedid, "1001")
    await rig.control.queue_pause("1001", "so that he stays in the queue")

    async def held() -> bool:
        rows = await rig.control.live_channels()
        return any(row.application == "MusicOnHold" for row in rows)

    await talk.until(held)
    talk.ours.hang_up()

    async def waiting() -> int:
        return len((await rig.control.queue_status()).waiting)

    await talk.until(waiting, 20)
    talk.theirs.hang_up()
    picture = await talk.over()
    assert picture.outcome is Outcome.ANSWERED


async def test_keys_pressed_one_upon_the_other_are_all_done_and_the_last_one_holds(talk: Talk) -> None:
    for _ in range(3):
        await talk.rooms.hold(talk.linkedid, "1001")
        await talk.rooms.bring_in(talk.linkedid, "1001")
    await talk.hears(talk.theirs, talk.ours, AGENT)
    for press in (talk.rooms.hold, talk.rooms.bring_in, talk.rooms.hold):
        await press(talk.linkedid, "1001")
    music = len(talk.theirs.heard())
    talk.ours.media.say(tone(AGENT, 60))
    await talk.until(lambda: len(talk.theirs.heard()) > music + 4 * 16_000, 20)
    assert heard_seconds(talk.theirs.heard()[music:], AGENT) == 0, "the citizen is on hold"
    talk.ours.media.hush()
    together = talk.rooms.bring_in, talk.rooms.hold, talk.rooms.bring_in
    await asyncio.gather(*(press(talk.linkedid, "1001") for press in together))
    await talk.hears(talk.theirs, talk.ours, AGENT)
    talk.theirs.hang_up()
    assert (await talk.over()).outcome is Outcome.ANSWERED


async def test_a_citizen_on_the_way_to_one_place_can_be_sent_to_another(talk: Talk, rig: Line) -> None:
    await talk.rooms.hold(talk.linkedid, "1001")
    citizen = next(row for row in await rig.control.live_channels() if row.uniqueid == talk.linkedid)
    for place in ("join", "hold", "join", "hold", "join"):
        await rig.control.redirect(citizen.channel, "room-citizen", place)
    await talk.hears(talk.theirs, talk.ours, AGENT)
    talk.theirs.hang_up()
    assert (await talk.over()).outcome is Outcome.ANSWERED


async def test_an_agent_who_asks_for_hold_in_the_moment_of_answering_keeps_the_citizen(
    pbx: Exchange, rig: Line, until: Any
) -> None:
    rooms = Rooms(rig.control, outgoing_of(pbx.settings))
    async with (
        phone(pbx, "1001", rings=True) as agent,
        AsyncPhone(pbx.account("citizen-1", number="13900000001")) as citizen,
    ):
        await citizen.register()
        await rig.control.queue_add("1001")
        theirs = await citizen.call("12345")
        ours = await agent.wait_call(20)
        linkedid = next(row.uniqueid for row in await rig.control.live_channels() if row.endpoint == "citizen-1")
        await agent.answer(ours)

        async def held() -> bool:
            with suppress(Conflict):
                await rooms.hold(linkedid, "1001")
                return True
            return False

        await until(held, every=0)
        await rooms.bring_in(linkedid, "1001")
        theirs.media.say(tone(CITIZEN, 60))
        await until(lambda: heard_seconds(ours.heard(), CITIZEN) > 0.7, 20)
        assert theirs.stage is ours.stage is CallStage.TALKING
        theirs.hang_up()
        await until(lambda: ours.ended is CallEnded.BY_FAR_END, 20)
        await rig.control.queue_remove("1001")


@pytest.mark.parametrize("where", ["hold", "room"])
async def test_an_agent_who_hangs_up_in_the_moment_of_his_wish_leaves_nobody_alone_with_music(
    talk: Talk, rig: Line, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.control.queue_pause("1001", "so that he stays in the queue")
    move = rig.control.redirect_both

    async def move_and_hang_up(*places: Any) -> None:
        await move(*places)
        talk.ours.hang_up()

    monkeypatch.setattr(rig.control, "redirect_both", move_and_hang_up)
    if where == "hold":
        await talk.rooms.hold(talk.linkedid, "1001")
    else:
        await talk.rooms._enter(talk.linkedid, "1001", citizen_to="join")

    async def helped() -> bool:
        """Queued again, or asked how it was."""
        waiting = (await rig.control.queue_status()).waiting
        return bool(waiting) or heard_seconds(talk.theirs.heard(), PROMPTS["survey-intro"]) > 0.3

    await talk.until(helped, 20)
    talk.theirs.hang_up()
    assert (await talk.over()).outcome is Outcome.ANSWERED


async def test_a_blind_transfer_ends_with_the_survey_and_one_whom_nobody_takes_is_queued_again(
    talk: Talk, pbx: Exchange
) -> None:
    async with phone(pbx, "1002", rings=True) as colleague:
        await talk.rooms.transfer(talk.linkedid, "1002", by="1001")
        third = await colleague.wait_call(20)
        third.media.sequence = LATE_SEQUENCE
        await colleague.answer(third)
        await talk.hears(talk.theirs, third, THIRD)
        await talk.until(lambda: talk.ours.ended is CallEnded.BY_FAR_END)
        third.hang_up()
        await talk.until(lambda: heard_seconds(talk.theirs.heard(), PROMPTS["survey-intro"]) > 0.2, 30)
        talk.theirs.press("4")
        picture = await talk.over()
    assert (picture.outcome, picture.survey_key) == (Outcome.ANSWERED, "4")
    assert connected(picture) == ["citizen-1", "1001", "1002"]


@pytest.mark.parametrize("mode", [Spying.LISTEN, Spying.WHISPER, Spying.BARGE, Spying.TAKE_OVER])
async def test_a_supervisors_telephone_that_still_rings_is_let_go_and_the_two_talk_on(
    talk: Talk, pbx: Exchange, mode: Spying
) -> None:
    """The citizen has just asked to stay unnamed (hotline.bridges.line.call_control.end_listening)."""
    number = next(command_id)
    async with phone(pbx, "1003", rings=True) as supervisor:
        spying = spawn(talk.rooms.spy(talk.linkedid, "1003", mode, command_id=number), name="spy")
        ringing = await supervisor.wait_call(20)
        listens = mode in (Spying.LISTEN, Spying.WHISPER)
        await talk.rooms.hang_up(spy_id(number) if listens else guest_id(number, talk.linkedid))
        await talk.until(lambda: ringing.ended is not None)
        assert await spying is not DialResult.ANSWERED
        await talk.hears(talk.ours, talk.theirs, CITIZEN)
        await talk.hears(talk.theirs, talk.ours, AGENT)
        talk.theirs.hang_up()
        picture = await talk.over()
    assert connected(picture) == ["citizen-1", "1001"]


@pytest.mark.parametrize("way", ["conference", "attended", "transfer"])
@pytest.mark.parametrize("number", ["unit-01", "1002"])
async def test_whoever_is_called_in_sees_the_lines_number_and_not_the_citizens(
    talk: Talk, pbx: Exchange, way: str, number: str
) -> None:
    """A crew, a colleague and a supervisor need a reason to see a citizen's number, and of some may never see it."""
    async with phone(pbx, number, rings=True) as other:
        if way == "transfer":
            await talk.rooms.transfer(talk.linkedid, number, by="1001")
        else:
            inviting = spawn(talk.invite(number, alone=way == "attended"), name="invite")
        third = await other.wait_call(20)
        assert third.caller_number == "12345"
        assert "13900000001" not in (third.caller_name, third.caller_number)
        await other.answer(third)
        if way != "transfer":
            assert await inviting is DialResult.ANSWERED
        talk.theirs.hang_up()
        picture = await talk.over()
    assert picture.caller_number == "13900000001", "the call's own facts keep it"


async def test_a_transfer_to_a_phone_that_is_not_there_brings_him_back_to_the_agent(
    talk: Talk, pbx: Exchange, rig: Line
) -> None:
    await talk.rooms.transfer(talk.linkedid, "1003", by="1001")
    await talk.until(lambda: talk.ours.ended is CallEnded.BY_FAR_END)

    async def again() -> bool:
        rows = await rig.control.live_channels()
        return len([row for row in rows if row.bridge_id and row.linkedid == talk.linkedid]) == 2

    await talk.until(again, 20)
    talk.theirs.hang_up()
    assert (await talk.over()).outcome is Outcome.ANSWERED


async def test_a_supervisor_listens_whispers_barges_in_and_takes_over(talk: Talk, pbx: Exchange) -> None:
    async with phone(pbx, "1003") as supervisor:
        spying = spawn(talk.rooms.spy(talk.linkedid, "1003", Spying.LISTEN, command_id=next(command_id)), name="spy")
        ear = await supervisor.wait_call(20)
        assert await spying is DialResult.ANSWERED
        await talk.hears(ear, talk.theirs, CITIZEN)
        await talk.hears(ear, talk.ours, AGENT)
        ear.hang_up()
        await talk.rooms.spy(talk.linkedid, "1003", Spying.WHISPER, command_id=next(command_id))
        mouth = await supervisor.wait_call(20)
        await talk.hears(mouth, talk.theirs, CITIZEN)
        await talk.hears(talk.ours, mouth, THIRD)
        assert heard_seconds(talk.theirs.heard(), THIRD) == 0, "the agent alone hears it"
        mouth.hang_up()
        await talk.rooms.spy(talk.linkedid, "1003", Spying.TAKE_OVER, command_id=next(command_id))
        taken = await supervisor.wait_call(20)
        await talk.until(lambda: talk.ours.ended is CallEnded.BY_FAR_END)
        await talk.hears(talk.theirs, taken, THIRD)
        talk.theirs.hang_up()
        picture = await talk.over()
    assert connected(picture) == ["citizen-1", "1001", "1003"]
    assert heard_seconds(talk.recorded("tx"), THIRD) > 0.5


async def test_whom_we_called_is_passed_on_to_a_colleague_and_recorded_whole(our_talk: Talk, pbx: Exchange) -> None:
    await our_talk.hears(our_talk.theirs, our_talk.ours, AGENT)
    await our_talk.hears(our_talk.ours, our_talk.theirs, CITIZEN)
    async with phone(pbx, "1002") as colleague:
        assert await our_talk.invite("1002", alone=True) is DialResult.ANSWERED
        third = await colleague.wait_call(20)
        assert third.caller_number == "12345", "whose number it is, the desk says"
        await our_talk.hears(third, our_talk.ours, AGENT)
        await our_talk.rooms.bring_in(our_talk.linkedid, "1001")
        await our_talk.all_hear(third)
        await our_talk.rooms.hand_over(our_talk.linkedid, "1001")
        await our_talk.until(lambda: our_talk.ours.ended is CallEnded.BY_FAR_END)
        await our_talk.hears(our_talk.theirs, third, THIRD)
        await our_talk.hears(third, our_talk.theirs, CITIZEN)
        third.hang_up()
        await our_talk.until(lambda: our_talk.theirs.ended is CallEnded.BY_FAR_END)
        picture = await our_talk.over()
    assert heard_seconds(our_talk.theirs.heard(), PROMPTS["survey-intro"]) == 0, "whom we called is asked nothing"
    assert (picture.direction, picture.outcome, picture.answered_by) == (
        Direction.OUTBOUND, Outcome.ANSWERED, "citizen-1",
    )  # fmt: skip
    assert (picture.called_number, connected(picture)) == ("13900000001", ["1001", "citizen-1", "1002"])
    city = our_talk.recorded("tx")
    assert heard_seconds(city, AGENT) > 1.2
    assert heard_seconds(city, THIRD) > 1.2
    assert heard_seconds(our_talk.recorded("rx"), CITIZEN) > 1.2


async def test_whom_we_called_and_nobody_takes_over_is_queued_and_talks_on(
    our_talk: Talk, pbx: Exchange, rig: Line
) -> None:
    async with phone(pbx, "1003") as other:
        await rig.control.queue_add("1003")
        await our_talk.rooms.transfer(our_talk.linkedid, "1002", by="1001")
        await our_talk.until(lambda: our_talk.ours.ended is CallEnded.BY_FAR_END)
        again = await other.wait_call(20)
        await our_talk.hears(our_talk.theirs, again, THIRD)
        picture, _, _ = fold(our_talk.facts())
        assert picture is not None
        assert picture.state is CallState.TALKING
        await rig.control.queue_remove("1003")
        our_talk.theirs.hang_up()
        await our_talk.over()
    assert heard_seconds(our_talk.recorded("tx"), THIRD) > 0.6


async def test_music_while_an_agents_own_telephone_holds_is_known_and_no_conversation(talk: Talk, rig: Line) -> None:
    await talk.hears(talk.theirs, talk.ours, AGENT)
    await asyncio.to_thread(talk.ours.hold)
    await talk.until(lambda: [one for one in rig.events if one.name == "Hold"], 20)
    music = len(talk.theirs.heard())
    await talk.until(lambda: len(talk.theirs.heard()) > music + 4 * 16_000, 20)
    await asyncio.to_thread(talk.ours.unhold)
    await talk.hears(talk.theirs, talk.ours, AGENT)
    talk.theirs.hang_up()
    picture = await talk.over()
    kept: list[Fact] = []

    async def keep(facts: Any) -> int:
        kept.extend(facts)
        return len(facts)

    holds = Holds(keep)
    for event in rig.events:
        holds.handle(event)
    await talk.until(lambda: len(kept) >= 2)
    assert [fact.kind for fact in kept if fact.linkedid == talk.linkedid] == [FactKind.HOLD, FactKind.UNHOLD]
    assert picture.recording is not None
    known = talk.facts() + kept
    [held] = held_spans(known, talk.linkedid, picture.recording.started_at)
    first, second = talk_spans(known, talk.linkedid, picture.recording.started_at)
    assert held == pytest.approx((first[1] - MARGIN_SECONDS, second[0] + MARGIN_SECONDS))
    assert held[1] - held[0] > 3.5
    city = talk.recorded("tx")
    # A recording's clock is off by what stalls of this machine have cost it: by so much it is shorter than the call.
    assert picture.ended_at is not None
    call_seconds = (picture.ended_at - picture.recording.started_at).total_seconds()
    off = 0.3 + max(0, call_seconds - len(city) / 16_000)
    for start, end in spans(city, AGENT):
        assert end < held[0] + off or start > held[1] - off
    assert heard_seconds(city[int(8000 * (held[1] - off)) * 2 :], AGENT) > 0.6


async def test_what_cannot_be_is_refused_and_changes_nothing(talk: Talk) -> None:
    for number in ("", "9", "1099", "; rm", "unit-99", "PJSIP/1001", "1" * 30):
        with pytest.raises(BadInput):
            await talk.invite(number) if number != "1099" else await talk.rooms.transfer(
                talk.linkedid, "x1099", by="1001"
            )
    with pytest.raises(Conflict):
        await talk.rooms.invite("qufu-0.0", "1001", "1002", command_id=next(command_id), alone=False)
    with pytest.raises(Conflict):
        await talk.rooms.invite(talk.linkedid, "1002", "1003", command_id=next(command_id), alone=False)
    with pytest.raises(Conflict):
        await talk.rooms.hand_over(talk.linkedid, "1001")
    await talk.hears(talk.theirs, talk.ours, AGENT)
    talk.theirs.hang_up()
    await talk.over()


def test_a_guests_linkedid_names_the_call_that_he_is_in() -> None:
    assert call_of("guest-12-qufu-1795260916.0") == "qufu-1795260916.0"
    assert call_of("qufu-1795260916.0") == "qufu-1795260916.0"
