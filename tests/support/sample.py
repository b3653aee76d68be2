"""A day at the line, made for screens and their tests: calls, a recording with its transcript, orders at every stage.

All people and numbers are invented. Every order went through the ordinary steps.
"""

import asyncio
import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.manage import add_account
from core import clock
from core.database import Sessions, transaction
from core.texts.search import search_document
from dispatch.assignments.assign import inbox, mark_delivered
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.crews.calls import begin_call_attempt, finish_call_attempt
from dispatch.orders.actors import Actor
from dispatch.orders.assignment_models import DispatchCallState, RecipientKind
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.take import take_step
from dispatch.workflow import Role, Step
from recordings.models import Recording, RecordingPart, RecordingState, Segment, Speaker, Transcript, TranscriptState
from telephony.agents.models import Agent
from telephony.agents.state import AgentState
from telephony.calls.call_state import CallState, Direction, LegRole, Outcome
from telephony.calls.models import Call, Leg

PASSWORD = "示例密码-2026-Qufu"
ACCOUNTS: dict[Role, dict[str, Any]] = {
    Role.AGENT: {"name": "agent1", "display_name": "林示例", "extension": "1001"},
    Role.COORDINATOR: {"name": "coordinator", "display_name": "周示例"},
    Role.OFFICE: {"name": "street-lighting", "display_name": "路灯所 陈示例", "office_code": "street-lighting"},
    Role.UNIT: {"name": "unit-01", "display_name": "郑示例", "unit_code": "unit-01"},
    Role.SUPERVISOR: {"name": "supervisor", "display_name": "许示例"},
    Role.LEADER: {"name": "leader", "display_name": "何示例"},
    Role.ADMINISTRATOR: {"name": "admin", "display_name": "吕示例"},
}

AGENT = Actor(1, Role.AGENT, "林示例")
COORDINATOR = Actor(2, Role.COORDINATOR, "周示例")
LAMPS = Actor(3, Role.OFFICE, "路灯所 陈示例", office_code="street-lighting")
CREW = Actor(4, Role.UNIT, "郑示例", unit_code="unit-01")

SPEECH = Path(__file__).parents[2] / "deploy/demo/speech"
RATE = 8000
Line = tuple[Speaker, float, str, str, set[str]]
"""The speaker, the first second, the sound, its words, those that the recogniser was unsure of."""
LINES: list[Line] = [
    (Speaker.CITY, 0.6, "agent-hello.wav", "您好 马上 就 办 一线通 请 讲", set()),
    (
        Speaker.CALLER, 3.8, "citizen-lamp.wav",
        "您好 我 要 反映 一个 问题 鲁城 街道 神道 路 中段 的 路灯 昨天 晚上 不 亮 了 请 尽快 派人 来 修 我 姓 王 谢谢",
        {"神道", "中段"},
    ),
    (Speaker.CITY, 12.6, "agent-where.wav", "好的 我 记下 了 请问 具体 地点 在 哪里", set()),
    (
        Speaker.CALLER, 17.0, "citizen-manhole.wav",
        "书院 街道 有 一个 井盖 不 见 了 路上 很 危险 请 马上 派人 处理", {"井盖"},
    ),
    (Speaker.CITY, 22.4, "agent-registered.wav", "已经 为 您 登记 工作 人员 会 尽快 与 您 联系", {"登记"}),
]  # fmt: skip

LAMP = {
    "kind": "help", "subject": "street-lamp", "title": "神道路中段路灯不亮",
    "matter": "鲁城街道神道路中段的路灯昨天晚上不亮了，老人孩子夜里出门看不清路，请尽快派人来修。",
    "place_town": "lucheng", "place": "神道路中段", "citizen_name": "王示例",
}  # fmt: skip


REPLY = {
    "done": "更换灯头一只，试亮正常。",
    "public_answer": "您反映的路灯已于当晚修复，感谢您的监督。",
    "solved": True,
}


@dataclass(frozen=True)
class Sample:
    """What tests look for."""

    lamp: str
    """Number of the order with the recording, accepted by its crew."""
    fresh: str
    """Number of one that nobody has acknowledged."""
    secret: str
    """Number of one whose citizen wishes to stay unnamed."""
    done: str
    recording_id: int
    seconds: float
    linkedid: str


async def make_accounts(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        for role, account in ACCOUNTS.items():
            await add_account(session, role=role, password=PASSWORD, **account)
        session.add(Agent(extension="1001", state=AgentState.READY, reason=None, since=clock.now()))


async def make_sample(sessions: Sessions, policy: Policy, recordings: Path, at: dt.datetime) -> Sample:
    """`at`: now, of whom the calls are minutes and hours old."""
    async with transaction(sessions) as session:
        await import_city(session, policy.city)
    await make_accounts(sessions)
    day = _Day(sessions, policy, at)
    file, seconds = _write_conversation(recordings)
    lamp = await day.lamp(file, seconds, recordings)
    fresh = await day.registered(
        "qufu-101.1",
        9,
        "18800000017",
        "emergency",
        kind="help",
        subject="manhole",
        title="春秋路井盖缺失，有人险些掉入",
        urgency="emergency",
        matter="春秋路与逵泉路路口东侧慢车道有一个井盖不见了，刚才有骑车的人差点掉进去，路上很危险，请马上派人处理。",
        place_town="shuyuan",
        place="春秋路与逵泉路路口东侧",
        citizen_name="孔示例",
    )
    await day.registered(
        "qufu-102.1",
        47,
        "13700000233",
        "normal",
        kind="help",
        subject="street-lamp",
        title="鼓楼大街北段三盏路灯闪烁",
        matter="鼓楼大街北段靠近菜市场的三盏路灯一直闪，晃眼，影响开车。",
        place_town="lucheng",
        place="鼓楼大街北段菜市场门口",
        citizen_name="颜示例",
    )
    done = await day.done()
    secret = await day.registered(
        "qufu-104.1",
        190,
        "13900000777",
        "secret",
        kind="report",
        subject="street-lamp",
        title="反映路灯维护材料以次充好",
        matter="反映某路段路灯维护时使用的电缆不合格，请核查，并为我保密。",
        place_town="lucheng",
        place="大成路",
        citizen_name="保密示例",
        confidential=True,
    )
    await day.draft()
    await day.live_calls()
    await day.lost_calls()
    return Sample(lamp.number, fresh.number, secret.number, done.number, day.recording_id, seconds, "qufu-100.1")


class _Day:
    def __init__(self, sessions: Sessions, policy: Policy, at: dt.datetime) -> None:
        self.sessions = sessions
        self.policy = policy
        self.at = at
        self.recording_id = 0

    @property
    def city(self) -> City:
        return self.policy.city

    async def take(self, order: Order, step: Step, actor: Actor, at: dt.datetime, **fields: Any) -> Order:
        async with transaction(self.sessions) as session:
            return await take_step(session, self.policy, order.id, step, actor=actor, at=at, fields=fields)

    async def call(self, linkedid: str, started_at: dt.datetime, phone: str, **more: Any) -> None:
        """An answered call of a minute, unless `more` says otherwise."""
        answered_at = started_at + dt.timedelta(seconds=more.pop("wait", 11))
        ended_at = answered_at + dt.timedelta(seconds=more.pop("talk", 64))
        fields: dict[str, Any] = {
            "direction": Direction.INBOUND, "state": CallState.ENDED, "outcome": Outcome.ANSWERED,
            "answered_at": answered_at, "ended_at": ended_at, "answered_by": "1001", "hangup_cause": 16,
        } | more  # fmt: skip
        async with transaction(self.sessions) as session:
            session.add(
                Call(
                    linkedid=linkedid,
                    pbx="qufu",
                    caller_number=phone,
                    caller_name="",
                    called_number="12345",
                    started_at=started_at,
                    queued_at=started_at + dt.timedelta(seconds=6),
                    **fields,
                )
            )
            await session.flush()
            for number, (endpoint, role) in enumerate(
                (("trunk", LegRole.CALLER), (fields["answered_by"], LegRole.AGENT))
            ):
                if endpoint:
                    session.add(
                        Leg(
                            uniqueid=f"{linkedid}-{number}",
                            linkedid=linkedid,
                            channel=f"PJSIP/{endpoint}-1",
                            endpoint=endpoint,
                            role=role,
                            started_at=started_at,
                            answered_at=started_at,
                            connected_at=fields["answered_at"],
                            citizen_at=fields["answered_at"],
                            ended_at=fields["ended_at"],
                            hangup_cause=None,
                        )
                    )

    async def registered(self, linkedid: str, minutes_ago: float, phone: str, _: str, **fields: Any) -> Order:
        begun = self.at - dt.timedelta(minutes=minutes_ago)
        await self.call(linkedid, begun, phone)
        async with transaction(self.sessions) as session:
            order = await draft_for_call(
                session, self.city, linkedid=linkedid, citizen_phone=phone, at=begun + dt.timedelta(seconds=11)
            )
        return await self.take(order, Step.REGISTER, AGENT, begun + dt.timedelta(seconds=70), **fields)

    async def lamp(self, file: Path, seconds: float, recordings: Path) -> Order:
        begun = self.at - dt.timedelta(hours=2, minutes=12)
        await self.call("qufu-100.1", begun, "13800000042", talk=seconds)
        async with transaction(self.sessions) as session:
            order = await draft_for_call(
                session,
                self.city,
                linkedid="qufu-100.1",
                citizen_phone="13800000042",
                at=begun + dt.timedelta(seconds=11),
            )
            self.recording_id = await add_recording(
                session, "qufu-100.1", begun + dt.timedelta(seconds=11), file, recordings, LINES
            )
        sent_at = begun + dt.timedelta(seconds=52)
        order = await self.take(order, Step.REGISTER, AGENT, sent_at, **LAMP)
        async with transaction(self.sessions) as session:
            (mine,) = await inbox(session, RecipientKind.UNIT, "unit-01")
            call = await begin_call_attempt(session, mine.id, at=sent_at + dt.timedelta(seconds=2))
            assert call is not None
            rung = call.channel_id
        await self.call(
            rung,
            sent_at + dt.timedelta(seconds=2),
            "12345",
            direction=Direction.DISPATCH,
            wait=7,
            talk=31,
            answered_by="unit-01",
        )
        async with transaction(self.sessions) as session:
            await finish_call_attempt(
                session,
                rung,
                DispatchCallState.ACKNOWLEDGED,
                at=sent_at + dt.timedelta(seconds=40),
                result="已按1键确认",
            )
            await session.flush()
            session.add(
                Recording(
                    linkedid=rung,
                    uniqueid=rung,
                    part=RecordingPart.CONVERSATION,
                    state=RecordingState.FAILED,
                    reason="一侧录音文件缺失：对方声道没有写出",
                    far_side=Speaker.UNIT,
                    started_at=sent_at + dt.timedelta(seconds=9),
                    ended_at=sent_at + dt.timedelta(seconds=40),
                )
            )
            (office,) = await inbox(session, RecipientKind.OFFICE, "street-lighting")
            await mark_delivered(session, office.id, at=sent_at + dt.timedelta(seconds=1))
        order = await self.take(order, Step.ACCEPT, CREW, sent_at + dt.timedelta(minutes=3))
        order = await self.take(order, Step.START, CREW, sent_at + dt.timedelta(minutes=31))
        return await self.take(
            order,
            Step.REPORT,
            CREW,
            sent_at + dt.timedelta(minutes=44),
            note="已到现场，三号灯杆电缆接头烧断，正在更换。",
        )

    async def done(self) -> Order:
        order = await self.registered(
            "qufu-103.1",
            1500,
            "15900000391",
            "done",
            kind="help",
            subject="street-lamp",
            title="孔林东路公交站旁路灯不亮",
            matter="孔林东路公交站旁边路灯不亮。",
            place_town="lucheng",
            place="孔林东路公交站",
            citizen_name="曾示例",
        )
        then = self.at - dt.timedelta(minutes=1490)
        for minutes, step, actor, fields in (
            (1, Step.ACCEPT, CREW, {}),
            (20, Step.START, CREW, {}),
            (95, Step.REPLY, CREW, REPLY),
            (880, Step.REVIEW, COORDINATOR, {}),
            (900, Step.APPROVE, COORDINATOR, {}),
        ):  # fmt: skip
            order = await self.take(order, step, actor, then + dt.timedelta(minutes=minutes), **fields)
        return order

    async def draft(self) -> None:
        begun = self.at - dt.timedelta(seconds=95)
        await self.call(
            "qufu-110.1",
            begun,
            "13600000512",
            state=CallState.TALKING,
            outcome=None,
            ended_at=None,
            hangup_cause=None,
        )
        async with transaction(self.sessions) as session:
            order = await draft_for_call(
                session, self.city, linkedid="qufu-110.1", citizen_phone="13600000512", at=begun
            )
        await self.take(
            order, Step.FILL_IN, AGENT, begun + dt.timedelta(seconds=30), title="小雪街道停水咨询", kind="consultation"
        )

    async def live_calls(self) -> None:
        for linkedid, ago, phone, state in (
            ("qufu-111.1", 22, "15300000864", CallState.QUEUED),
            ("qufu-112.1", 9, "", CallState.RINGING),
        ):
            await self.call(
                linkedid,
                self.at - dt.timedelta(seconds=ago),
                phone,
                state=state,
                outcome=None,
                answered_at=None,
                ended_at=None,
                answered_by=None,
                hangup_cause=None,
            )

    async def lost_calls(self) -> None:
        for number, (outcome, minutes, phone) in enumerate(
            (
                (Outcome.ABANDONED, 33, "13100000095"),
                (Outcome.MESSAGE_LEFT, 71, "17700000608"),
                (Outcome.FAILED, 400, ""),
            )
        ):
            begun = self.at - dt.timedelta(minutes=minutes)
            await self.call(
                f"qufu-12{number}.1",
                begun,
                phone,
                outcome=outcome,
                answered_at=None,
                answered_by=None,
                ended_at=begun + dt.timedelta(seconds=38),
            )


async def add_recording(
    session: AsyncSession, linkedid: str, at: dt.datetime, file: Path, recordings: Path, lines: list[Line]
) -> int:
    data = await asyncio.to_thread(file.read_bytes)
    seconds = soundfile.info(file).duration
    segments = [_segment(*line) for line in lines]
    text = "\n".join(segment.text for segment in segments)
    recording = Recording(
        linkedid=linkedid,
        uniqueid=linkedid,
        part=RecordingPart.CONVERSATION,
        state=RecordingState.SAVED,
        far_side=Speaker.CALLER,
        started_at=at,
        ended_at=at + dt.timedelta(seconds=seconds),
        path=str(file.relative_to(recordings)),
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        duration_seconds=seconds,
        archived_at=at + dt.timedelta(seconds=seconds + 2),
    )
    session.add(recording)
    await session.flush()
    session.add(
        Transcript(
            recording_id=recording.id,
            state=TranscriptState.DONE,
            model="demo-cn sha256:0000",
            made_at=at,
            took_seconds=4.2,
            text=text,
            search=func.to_tsvector("simple", search_document(text)),
            segments=segments,
        )
    )
    return recording.id


def _segment(speaker: Speaker, start: float, file: str, said: str, unsure: set[str]) -> Segment:
    words = said.split()
    length = soundfile.info(SPEECH / file).duration / len(words)
    timed = [
        {
            "word": word,
            "start": round(start + number * length, 2),
            "end": round(start + (number + 1) * length, 2),
            "confidence": 0.41 if word in unsure else 0.93,
        }
        for number, word in enumerate(words)
    ]
    return Segment(
        speaker=speaker,
        start_seconds=start,
        end_seconds=round(start + length * len(words), 2),
        text="".join(words),
        confidence=sum(word["confidence"] for word in timed) / len(timed),
        words=timed,
    )


def _write_conversation(recordings: Path) -> tuple[Path, float]:
    """The demo's sentences as one stereo FLAC, as the archive keeps it: citizen left, city right."""
    sound = np.zeros((28 * RATE, 2), dtype="float32")
    for speaker, start, file, _, _ in LINES:
        voice, rate = soundfile.read(SPEECH / file, dtype="float32")
        assert rate == RATE
        begin = int(start * RATE)
        sound[begin : begin + len(voice), 0 if speaker is Speaker.CALLER else 1] = voice
    path = recordings / "archive/2026/11/21/qufu-100.1.flac"
    path.parent.mkdir(parents=True)
    soundfile.write(path, sound, RATE, format="FLAC")
    return path, len(sound) / RATE
