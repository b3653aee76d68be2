"""The town's telephone line: a real Asterisk, a citizen's and an agent's telephone, and in this process what the line
and a worker do with a call. Asterisk has no clock that a test can move. What it states of a call is brought to the
town's hour by as much as the town is ahead at that moment: durations and the order of events stay as they were."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select

from core.sections.speech import SpeechSettings
from core.settings import Settings
from core.tasks import cancel, spawn
from demo.people import SPEECH
from hotline.bridges.recordings.gazetteer import gazetteer_of
from hotline.bridges.recordings.proposals import propose_from_transcript
from hotline.pipeline import react
from recordings.archive.archiving import archive
from recordings.models import Recording, RecordingState, Transcript, TranscriptState
from recordings.names import original_folders
from recordings.recognition.engine import Engine
from recordings.transcripts.transcribe import transcribe
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.cel_reader import Follower
from telephony.calls.events import Fact, FactKind
from telephony.calls.models import Call, CallEvent, CelPosition
from telephony.phone import Phone
from telephony.phone.call import read_wav
from tests.conftest import until
from tests.support.exchange import Exchange
from tests.support.hearing import make_whole
from tests.support.web_rig import WebRig

PBX = "town"
SLOW_SECONDS = 60


class TownListener(CallRecorder):
    """Stores what Asterisk stated at the town's hour."""

    ahead: Callable[[], dt.timedelta]

    async def store(self, facts: Sequence[Fact], position: CelPosition | None = None) -> int:
        return await super().store([fact._replace(at=fact.at + self.ahead()) for fact in facts], position)


@dataclass
class TelephoneLine:
    web_rig: WebRig
    citizen: Phone
    agent: Phone
    """Answers at once."""
    engine: Engine
    exchange: Exchange

    @asynccontextmanager
    async def call(self, speech: str) -> AsyncIterator[str]:
        """The citizen rings and says `speech` to the agent; the body, meanwhile, knows the call by its linkedid.
        Afterwards the citizen has hung up, the call is archived and transcribed, what was heard is proposed for its
        order.
        """
        call = await asyncio.to_thread(self.citizen.call, "12345")
        try:
            await asyncio.to_thread(self.agent.wait_call, SLOW_SECONDS)
            linkedid = await until(self._linkedid, SLOW_SECONDS)
            said = call.media.say(read_wav(SPEECH / speech))
            yield linkedid
            assert await asyncio.to_thread(said.wait, SLOW_SECONDS)
        finally:
            await asyncio.to_thread(call.hang_up)
        await until(lambda: self._is_over(linkedid), SLOW_SECONDS)
        await self._keep(linkedid, SPEECH / speech)

    async def _keep(self, linkedid: str, speech: Path) -> None:
        """What a worker does with the recording."""
        rig = self.web_rig.context
        async with rig.sessions() as session:
            recording = (await session.scalars(select(Recording).filter_by(linkedid=linkedid))).one()
        far_side = await asyncio.to_thread(self._lay_under_the_towns_day, rig.settings.recordings, recording)
        await asyncio.to_thread(make_whole, far_side, speech)
        await until(lambda: self._is_archived(recording.id), SLOW_SECONDS)
        async with rig.sessions() as session:
            transcript = (await session.scalars(select(Transcript).filter_by(recording_id=recording.id))).one()
        made = await transcribe(rig.sessions, rig.settings.recordings, self.engine, transcript.id)
        assert made is TranscriptState.DONE
        await propose_from_transcript(rig.sessions, rig.policy, transcript.id, pbx="test")

    def _lay_under_the_towns_day(self, recordings: Path, recording: Recording) -> Path:
        """Asterisk's folders are named by its own day. Returns the citizen's side."""
        folder = original_folders(recordings, recording.started_at)[0]
        folder.mkdir(parents=True, exist_ok=True)
        for leg in ("tx", "rx"):
            (file,) = recordings.glob(f"incoming/*/*/*/{recording.uniqueid}-{leg}.wav")
            laid = self.exchange.closed(file).rename(folder / file.name)
        return laid

    async def _linkedid(self) -> str | None:
        talking = select(Call.linkedid).where(Call.pbx == PBX, Call.answered_at.is_not(None), Call.ended_at.is_(None))
        async with self.web_rig.context.sessions() as session:
            return (await session.scalars(talking)).one_or_none()

    async def _is_over(self, linkedid: str) -> bool:
        """Nothing more will be stated of it, so the town's clock may be moved again."""
        last = select(CallEvent.id).where(
            CallEvent.linkedid == linkedid, CallEvent.kind == FactKind.LINKEDID_END, CallEvent.folded
        )
        async with self.web_rig.context.sessions() as session:
            return await session.scalar(last) is not None

    async def _is_archived(self, recording_id: int) -> bool:
        rig = self.web_rig.context
        return await archive(rig.sessions, rig.settings.recordings, recording_id) is RecordingState.SAVED


@asynccontextmanager
async def telephone_line(
    web_rig: WebRig, folder: Path, ahead: Callable[[], dt.timedelta]
) -> AsyncIterator[TelephoneLine]:
    rig = web_rig.context
    exchange = Exchange(folder, systemname=PBX, recordings_directory=rig.settings.recordings / "incoming")
    await asyncio.to_thread(exchange.start)
    listener = TownListener(PBX, rig.sessions, partial(react, rig.policy))
    listener.ahead = ahead
    follower = Follower(listener, rig.sessions, pbx=PBX, file=exchange.settings.cel_file)
    following = spawn(follower.run(), name="follower")
    hearing = Settings(var=rig.settings.var, speech=SpeechSettings(model="demo-cn"))
    try:
        with exchange.agent("1001") as agent, exchange.phone("citizen-1", number="13800000042") as citizen:
            yield TelephoneLine(web_rig, citizen, agent, Engine(hearing, gazetteer_of(rig.city)), exchange)
    finally:
        await cancel(following)
        await asyncio.to_thread(exchange.stop)
