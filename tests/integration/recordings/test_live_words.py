"""The words of a call that goes on: stored once whichever process stores them, published to those who may read them,
heard again.
"""

import datetime as dt
import io
import itertools
from dataclasses import asdict
from typing import cast

import numpy as np
import pytest
import soundfile
from sqlalchemy import select, text

from access.accounts.sessions import Me
from access.calls.command_requests import SPYING, ask_command
from core import clock
from core.channel_ids import guest_id
from core.database import Sessions, transaction
from core.errors import Conflict, NotAllowed
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.families.further_matters import begin_further_matter
from dispatch.steps.take import get_order, take_step
from dispatch.workflow import Role, Step
from hotline.bridges.line.call_control import perform
from hotline.bridges.recordings.search_covers import citizen_changed
from recordings.archive.models import HowHeard, Listening
from recordings.models import Recording, RecordingPart, RecordingState, Speaker
from recordings.recognition.vosk_result import Utterance, Word
from recordings.transcripts.live_store import (
    Speaking,
    forget_live,
    open_voice,
    publish_speaking,
    set_behind,
    spoken_so_far,
    store_heard,
)
from recordings.transcripts.models import LiveSegment, LiveVoice
from telephony.calls.call_state import CallState, Direction, LegRole
from telephony.calls.models import Call, Leg
from telephony.control.commands import CommandKind, CommandState
from telephony.control.conference import Rooms
from telephony.control.models import CallCommand
from tests.support.orders import take
from tests.support.sample import AGENT, LAMP
from tests.support.sockets import hear, inbox
from tests.support.sound import put_original, wav_bytes
from tests.support.web_rig import WebRig
from web.http.sockets.pace import A_SECOND, BURST, Pace

_numbers = itertools.count(1)
RATE = 8000


def utterance(text: str, start: float) -> Utterance:
    return Utterance((Word(text, start, start + 1, 0.9),))


async def talking(web_rig: WebRig, *, extension: str = "1001") -> str:
    """The linkedid of a call that was answered a moment ago and goes on; each second of its sound is one loudness."""
    linkedid = f"qufu-8800.{next(_numbers)}"
    at = clock.now() - dt.timedelta(seconds=10)
    async with transaction(web_rig.context.sessions) as session:
        call = Call(
            linkedid=linkedid, pbx="qufu", direction=Direction.INBOUND, state=CallState.TALKING,
            caller_number="13900000008", caller_name="", called_number="12345", started_at=at, queued_at=at,
            answered_at=at, answered_by=extension, recorded_uniqueid=linkedid,
            recording_started_at=at, acted_on=[],
        )  # fmt: skip
        call.legs.append(
            Leg(
                uniqueid=f"{linkedid}-a", channel=f"PJSIP/{extension}-1", endpoint=extension, role=LegRole.AGENT,
                started_at=at, connected_at=at,
            )
        )  # fmt: skip
        session.add(call)
    seconds = np.repeat(np.arange(1, 6) * 1000, RATE).astype(np.int16)
    put_original(web_rig.context.settings.recordings, linkedid, "rx", wav_bytes(seconds), at)
    put_original(web_rig.context.settings.recordings, linkedid, "tx", wav_bytes(seconds // 10), at)
    return linkedid


async def store(sessions: Sessions, linkedid: str, said: Utterance, before: int, after: int) -> None:
    async with transaction(sessions) as session:
        await store_heard(
            session, linkedid, Speaker.CALLER, [said], before=before, after=after, at=clock.now()
        )  # fmt: skip


async def begin(sessions: Sessions, linkedid: str) -> int:
    async with transaction(sessions) as session:
        return await open_voice(session, linkedid, Speaker.CALLER, begin=80, at=clock.now())


async def test_two_that_hear_the_same_voice_store_it_once(sessions: Sessions) -> None:
    assert await begin(sessions, "qufu-8701.1") == 80
    await store(sessions, "qufu-8701.1", utterance("路灯", 1), 80, 16000)
    with pytest.raises(Conflict):
        await store(sessions, "qufu-8701.1", utterance("路灯", 1), 80, 16000)
    assert await begin(sessions, "qufu-8701.1") == 16000
    async with sessions() as session:
        assert [one.text for one in (await spoken_so_far(session, "qufu-8701.1")).segments] == ["路灯"]


async def test_the_recordings_transcript_takes_the_place_of_what_was_heard_live(sessions: Sessions) -> None:
    await begin(sessions, "qufu-8702.1")
    await store(sessions, "qufu-8702.1", utterance("路灯", 1), 80, 16000)
    at = clock.now()
    recording = Recording(
        linkedid="qufu-8702.1", uniqueid="qufu-8702.1", part=RecordingPart.CONVERSATION, state=RecordingState.SAVED,
        far_side=Speaker.CALLER, started_at=at, ended_at=at,
    )  # fmt: skip
    async with transaction(sessions) as session:
        session.add(recording)
        await forget_live(session, recording)
    async with sessions() as session:
        for rows in (LiveSegment, LiveVoice):
            assert (await session.scalars(select(rows).where(rows.linkedid == "qufu-8702.1"))).all() == []


async def test_the_state_says_in_words_what_the_reader_should_know(web_rig: WebRig) -> None:
    sessions, linkedid = web_rig.context.sessions, await talking(web_rig)
    path = f"/api/calls/{linkedid}/transcript"
    assert (await web_rig.get(Role.AGENT, path))["state"] == "starting"
    await begin(sessions, linkedid)
    await store(sessions, linkedid, utterance("停水", 1), 80, 16000)
    answer = await web_rig.get(Role.AGENT, path)
    assert (answer["state"], answer["note"], [one["text"] for one in answer["segments"]]) == ("live", "", ["停水"])
    async with transaction(sessions) as session:
        await set_behind(session, linkedid, Speaker.CALLER, 12.4)
    answer = await web_rig.get(Role.AGENT, path)
    assert (answer["state"], answer["note"]) == ("behind", "识别落后约12秒，正在追赶。")
    async with transaction(sessions) as session:
        voice = await session.get_one(LiveVoice, (linkedid, Speaker.CALLER))
        voice.alive_at -= dt.timedelta(minutes=1)
    assert (await web_rig.get(Role.AGENT, path))["state"] == "interrupted"
    part = await (await web_rig.ask(Role.AGENT, "GET", f"/desk/calls/{linkedid}/transcript")).text()
    assert "停水" in part
    assert "恢复后会从中断处补上" in part


async def test_only_its_agents_and_who_watches_over_the_line_hear_it_again_and_each_listening_is_noted(
    web_rig: WebRig,
) -> None:
    linkedid = await talking(web_rig)
    path = f"/api/calls/{linkedid}/sound?start=1.5&end=2.5"
    answer = await web_rig.ask(Role.AGENT, "GET", path)
    samples, rate = soundfile.read(io.BytesIO(await answer.read()), dtype="int16")
    assert (rate, len(samples)) == (RATE, RATE)
    assert (samples[0], samples[-1]) == (2200, 3300)
    assert (await web_rig.ask(Role.SUPERVISOR, "GET", path)).status == 200
    assert (await web_rig.ask(Role.LEADER, "GET", path)).status == 403
    assert (await web_rig.ask(Role.OFFICE, "GET", path)).status == 403
    assert (await web_rig.ask(Role.AGENT, "GET", f"/api/calls/{linkedid}/sound?start=60&end=61")).status == 404
    others = await talking(web_rig, extension="1002")
    assert (await web_rig.ask(Role.AGENT, "GET", f"/api/calls/{others}/sound?start=1&end=2")).status == 403
    async with web_rig.context.sessions() as session:
        noted = (await session.scalars(select(Listening).where(Listening.linkedid.in_([linkedid, others])))).all()
    assert sorted((row.role, row.how) for row in noted) == [("agent", HowHeard.LIVE), ("supervisor", HowHeard.LIVE)]


async def test_words_come_to_those_who_asked_for_this_call_and_may_read_it(web_rig: WebRig) -> None:
    sessions, linkedid, other = web_rig.context.sessions, await talking(web_rig), await talking(web_rig)
    await begin(sessions, linkedid)
    async with inbox(web_rig, await web_rig.token(Role.SUPERVISOR), "/ws/live") as socket:
        await socket.send_json({"type": "speech", "call": linkedid})
        for topic in ("speech", "proposals"):
            await hear(socket, topic=topic, id=linkedid)
        speaking = Speaking(linkedid, Speaker.CALLER, "我要反映", 0)
        async with transaction(sessions) as session:
            await publish_speaking(session, Speaking(other, Speaker.CALLER, "别的电话", 0))
            await publish_speaking(session, speaking)
        said = await hear(socket, type="speaking")
        assert said == {"type": "speaking"} | asdict(speaking)
        await store(sessions, linkedid, utterance("我要反映", 1), 80, 16000)
        await hear(socket, topic="speech", id=linkedid)
        await socket.send_json({"type": "speech", "call": "qufu-0.0"})
        assert (await hear(socket, type="error"))["slug"] == "not_found"
        await socket.send_str("[]")
        assert (await hear(socket, type="error"))["slug"] == "bad_input"


async def speak(web_rig: WebRig, linkedid: str, words: str) -> None:
    async with transaction(web_rig.context.sessions) as session:
        await publish_speaking(session, Speaking(linkedid, Speaker.CALLER, words, 0))


async def fill_in(web_rig: WebRig, order_id: int, **fields: object) -> None:
    agent = Actor(1, Role.AGENT, "林示例")
    async with transaction(web_rig.context.sessions) as session:
        await take_step(
            session, web_rig.context.policy, order_id, Step.FILL_IN, actor=agent, at=clock.now(), fields=fields
        )


async def test_an_open_socket_hears_nothing_more_once_the_citizen_wishes_to_stay_unnamed(web_rig: WebRig) -> None:
    linkedid, rig = await talking(web_rig), web_rig.context
    async with transaction(rig.sessions) as session:
        order = await draft_for_call(session, rig.city, linkedid=linkedid, citizen_phone="13900000008", at=clock.now())
    async with inbox(web_rig, await web_rig.token(Role.SUPERVISOR), "/ws/live") as socket:
        await socket.send_json({"type": "speech", "call": linkedid})
        await hear(socket, topic="speech", id=linkedid)
        await speak(web_rig, linkedid, "我要反映")
        assert (await hear(socket, type="speaking"))["text"] == "我要反映"
        await fill_in(web_rig, order.id, citizen_name="改名示例")
        await speak(web_rig, linkedid, "我叫改名示例")
        assert (await hear(socket, type="speaking"))["text"] == "我叫改**"
        await fill_in(web_rig, order.id, confidential=True)
        await speak(web_rig, linkedid, "请保密")
        while (said := await socket.receive_json(timeout=60))["type"] == "changed":
            pass
        assert (said["type"], said["slug"]) == ("error", "not_found")


@pytest.mark.parametrize("matter", ["the first one, registered", "the further one, a draft"])
async def test_the_wish_for_one_matter_of_a_call_that_goes_on_closes_the_whole_call(
    web_rig: WebRig, matter: str
) -> None:
    linkedid, rig = await talking(web_rig), web_rig.context
    order_id = await answered(web_rig, linkedid)
    async with rig.sessions() as session:
        first = await get_order(session, order_id)
    first = await take(web_rig, first, Step.REGISTER, AGENT, **LAMP)
    async with transaction(rig.sessions) as session:
        further = await begin_further_matter(session, rig.city, linkedid, actor=AGENT, at=clock.now())
    async with inbox(web_rig, await web_rig.token(Role.SUPERVISOR), "/ws/live") as socket:
        await socket.send_json({"type": "speech", "call": linkedid})
        await hear(socket, topic="speech", id=linkedid)
        if matter.startswith("the first"):
            shown = await web_rig.get(Role.AGENT, f"/api/orders/{first.number}")
            asked = {"version": shown["version"], "reason": "本人要求"}
            path = f"/api/orders/{first.number}/steps/promise_secrecy"
            assert (await web_rig.ask(Role.AGENT, "POST", path, json=asked)).status == 200
        else:
            await fill_in(web_rig, further.id, confidential=True)
        await speak(web_rig, linkedid, "请保密")
        while (said := await socket.receive_json(timeout=60))["type"] == "changed":
            pass
        assert (said["type"], said["slug"]) == ("error", "not_found")
    for path in (f"/api/calls/{linkedid}/transcript", f"/api/calls/{linkedid}/sound?start=0&end=1"):
        assert (await web_rig.ask(Role.SUPERVISOR, "GET", path)).status == 404


async def test_an_agents_socket_from_before_his_call_hears_his_own_caller_uncovered(web_rig: WebRig) -> None:
    async with inbox(web_rig, await web_rig.token(Role.AGENT), "/ws/live") as socket:
        linkedid = await talking(web_rig)
        await socket.send_json({"type": "speech", "call": linkedid})
        await hear(socket, topic="speech", id=linkedid)
        await speak(web_rig, linkedid, "我的电话13900000008")
        assert (await hear(socket, type="speaking"))["text"] == "我的电话13900000008"


async def test_the_words_of_a_citizen_who_stays_unnamed_are_not_the_supervisors(web_rig: WebRig) -> None:
    linkedid, rig = await talking(web_rig), web_rig.context
    async with transaction(rig.sessions) as session:
        order = await draft_for_call(session, rig.city, linkedid=linkedid, citizen_phone="13900000008", at=clock.now())
        order.confidential = True
    for path in (f"/api/calls/{linkedid}/transcript", f"/api/calls/{linkedid}/sound?start=1&end=2"):
        assert (await web_rig.ask(Role.SUPERVISOR, "GET", path)).status == 404
        assert (await web_rig.ask(Role.AGENT, "GET", path)).status == 200


async def test_nobody_listens_in_on_one_who_wishes_to_stay_unnamed_and_who_does_already_is_hung_up_on(
    web_rig: WebRig,
) -> None:
    linkedid, rig = await talking(web_rig), web_rig.context
    me = Me(6, "supervisor", "许示例", Role.SUPERVISOR, "1003")
    async with transaction(rig.sessions) as session:
        order = await draft_for_call(session, rig.city, linkedid=linkedid, citizen_phone="13900000008", at=clock.now())
        begun = {mode: await ask_command(session, me, linkedid, CommandKind(mode)) for mode in SPYING}
        over = await ask_command(session, me, linkedid, CommandKind.LISTEN)
        waiting = await ask_command(session, me, linkedid, CommandKind.LISTEN)
        for row in (*begun.values(), over):
            row.state, row.begun_at = CommandState.DONE, clock.now()
        at = clock.now()
        session.add(
            Call(
                linkedid=f"spy-{over.id}", pbx="qufu", direction=Direction.SPY, state=CallState.ENDED,
                caller_number="", caller_name="", called_number="", started_at=at, ended_at=at, acted_on=[],
            )
        )  # fmt: skip
    await fill_in(web_rig, order.id, confidential=True)
    for mode in SPYING:
        with pytest.raises(NotAllowed, match="要求保密"):
            async with transaction(rig.sessions) as session:
                await ask_command(session, me, linkedid, CommandKind(mode))
    # What was asked before the citizen said so, and is done only now.
    await perform(rig.sessions, cast(Rooms, None), waiting.id)
    async with transaction(rig.sessions) as session:
        waited = await session.get_one(CallCommand, waiting.id)
        assert (waited.state, "要求保密" in waited.result) == (CommandState.FAILED, True)
        await citizen_changed(session, order.id)
    async with rig.sessions() as session:
        ended = await session.scalars(select(CallCommand.linkedid).where(CallCommand.command == CommandKind.HANG_UP))
        assert set(ended) == {f"spy-{begun[mode].id}" for mode in (CommandKind.LISTEN, CommandKind.WHISPER)}
        jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE args->>'command_id' = ANY(:ids)")
        ids = [
            str(one)
            for one in await session.scalars(select(CallCommand.id).where(CallCommand.command == CommandKind.HANG_UP))
        ]
        assert await session.scalar(jobs, {"ids": ids}) == 2


async def answered(web_rig: WebRig, linkedid: str) -> int:
    """Its agent has it in hand; the id of its draft."""
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        leg = (await session.scalars(select(Leg).where(Leg.linkedid == linkedid))).one()
        leg.answered_at = leg.connected_at
        order = await draft_for_call(session, rig.city, linkedid=linkedid, citizen_phone="13900000008", at=clock.now())
    return order.id


SUPERVISOR = Me(6, "supervisor", "许示例", Role.SUPERVISOR, "1003")
_CALLS_IN = (CommandKind.CONFERENCE, CommandKind.ATTENDED, CommandKind.TRANSFER)


@pytest.mark.parametrize("command", _CALLS_IN)
async def test_who_may_not_listen_brings_no_telephone_into_the_call_either(
    web_rig: WebRig, command: CommandKind
) -> None:
    """A supervisor steers anybody's call with its agent's telephone, and called in it would be as good as listening."""
    linkedid, rig = await talking(web_rig), web_rig.context
    order_id = await answered(web_rig, linkedid)
    async with transaction(rig.sessions) as session:
        waiting = await ask_command(session, SUPERVISOR, linkedid, command, "1003")
    async with transaction(rig.sessions) as session:
        await take_step(
            session, rig.policy, order_id, Step.FILL_IN, actor=Actor(1, Role.AGENT, "林示例"), at=clock.now(),
            fields={"confidential": True},
        )  # fmt: skip
    for to in ("1003", "unit-01", "13900000111"):
        with pytest.raises(NotAllowed, match="要求保密"):
            async with transaction(rig.sessions) as session:
                await ask_command(session, SUPERVISOR, linkedid, command, to)
    # Asked before the citizen said so, and done only now.
    await perform(rig.sessions, cast(Rooms, None), waiting.id)
    async with rig.sessions() as session:
        waited = await session.get_one(CallCommand, waiting.id)
        assert (waited.state, "要求保密" in waited.result) == (CommandState.FAILED, True)
    # The police are called in by whoever sees the need, and the agent by own choice calls in anybody.
    agent = Me(1, "agent1", "林示例", Role.AGENT, "1001")
    async with transaction(rig.sessions) as session:
        await ask_command(session, SUPERVISOR, linkedid, CommandKind.CONFERENCE, "110")
        await ask_command(session, SUPERVISOR, linkedid, CommandKind.EMERGENCY_TRANSFER, "119")
        await ask_command(session, SUPERVISOR, linkedid, CommandKind.HANG_UP)
        await ask_command(session, agent, linkedid, command, "1003")


@pytest.mark.parametrize("command", [CommandKind.BARGE, CommandKind.TAKE_OVER, CommandKind.CONFERENCE])
async def test_a_supervisors_telephone_that_still_rings_to_step_in_is_not_rung_any_longer(
    web_rig: WebRig, command: CommandKind
) -> None:
    linkedid, rig = await talking(web_rig), web_rig.context
    order_id = await answered(web_rig, linkedid)
    target = "1003" if command is CommandKind.CONFERENCE else ""
    async with transaction(rig.sessions) as session:
        rings = await ask_command(session, SUPERVISOR, linkedid, command, target)
        rings.state, rings.begun_at = CommandState.BEGUN, clock.now()
        agent = Me(1, "agent1", "林示例", Role.AGENT, "1001")
        by_agent = await ask_command(session, agent, linkedid, CommandKind.CONFERENCE, "1002")
        by_agent.state, by_agent.begun_at = CommandState.BEGUN, clock.now()
    await fill_in(web_rig, order_id, confidential=True)
    async with transaction(rig.sessions) as session:
        await citizen_changed(session, order_id)
    async with rig.sessions() as session:
        ended = select(CallCommand.linkedid).where(CallCommand.command == CommandKind.HANG_UP)
        ours = await session.scalars(ended.where(CallCommand.linkedid.like(f"%{linkedid}")))
        assert list(ours) == [guest_id(rings.id, linkedid)]


async def test_who_asks_for_words_as_fast_as_the_network_carries_it_is_answered_at_a_set_pace(
    web_rig: WebRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for all windows of the account; the line at which others hear is not kept busy by it."""
    waited: list[float] = []

    async def wait(pace: Pace) -> None:
        waited.append(pace.seconds(0))

    monkeypatch.setattr(Pace, "wait", wait)
    linkedid, token = await talking(web_rig), await web_rig.token(Role.SUPERVISOR)
    async with inbox(web_rig, token, "/ws/live") as one, inbox(web_rig, token, "/ws/live") as other:
        for socket in (one, other):
            for _ in range(BURST // 2 + 5):
                await socket.send_json({"type": "speech", "call": linkedid})
                await hear(socket, topic="proposals", id=linkedid)
    assert waited == [0] * BURST + [number / A_SECOND for number in range(1, 11)]
