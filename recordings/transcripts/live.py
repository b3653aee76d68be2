"""Live recognition: both voices of each conversation with a citizen, heard while they speak.

It follows the files that Asterisk writes anyway and asks nothing of Asterisk, so it can neither slow nor end a call
(docs/decisions: live transcript). Where the machine cannot keep up, first the words that may still change are no longer
published, then it reports how far it is behind; silence is never decoded. Its successor continues from what it stored.
"""

import asyncio
import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.bus import RECONNECTED, Bus
from core.database import Sessions, transaction
from core.errors import Conflict, HotlineError
from core.tasks import cancel, spawn
from recordings.audio.growing_wav import GrowingLeg
from recordings.audio.wav import TELEPHONE_RATE
from recordings.models import RecordingPart, Speaker
from recordings.names import original_folders, original_names
from recordings.recognition.conversation_spans import Span, held_spans, load_moves, silenced
from recordings.recognition.engine import Engine, LoadedModel
from recordings.recognition.hearing import Hearing
from recordings.recognition.vosk_result import Utterance
from recordings.transcripts.live_store import Speaking, open_voice, publish_speaking, say_alive, set_behind, store_heard
from telephony.calls.call_state import Direction
from telephony.calls.models import Call

log = structlog.get_logger()

STEP_FRAMES = 16_384
"""How much of one voice is heard at most before another has its turn: what Asterisk hands over at once."""
LOOK_SECONDS = 0.1
BEFORE_ANSWER_SECONDS = 1.0
"""How long before the first connection hearing starts: a clock may be a little off."""
BEHIND_SECONDS = 5.0
"""Twice what Asterisk writes at once, and a little: a voice further behind reports it."""
CAUGHT_UP_SECONDS = 2.5
PARTIAL_BACKLOG_SECONDS = 1.0
"""With more sound than this waiting, words that may still change are left out."""
ENDED_QUIET_SECONDS = 2.0
"""How long after the call's end its last sound may come."""
ALIVE_SECONDS = 5.0
AGAIN_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 15.0


@dataclass(frozen=True)
class Followed:
    """A conversation, as far as the ear cares."""

    linkedid: str
    uniqueid: str
    """The recorded channel."""
    started_at: dt.datetime
    """Second 0 of its recording."""
    answered_at: dt.datetime
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    held: list[Span] = field(default_factory=list)
    """While the agent has the citizen on hold with music, as far as known."""

    @property
    def begin(self) -> int:
        """The sample at which the conversation begins: nobody needs the greeting in writing."""
        seconds = (self.answered_at - self.started_at).total_seconds() - BEFORE_ANSWER_SECONDS
        return round(max(0.0, seconds) * TELEPHONE_RATE)


class LiveEar:
    def __init__(self, sessions: Sessions, recordings: Path, engine: Engine, *, pbx: str, threads: int) -> None:
        self._sessions = sessions
        self._recordings = recordings
        self._engine = engine
        self._pbx = pbx
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ear")
        self._followed: dict[str, tuple[Followed, asyncio.Task[None]]] = {}
        self._of_others: set[str] = set()
        """Calls that go on and were found to be heard by another process; tried again with each word about them."""

    async def quiet(self) -> None:
        """Returns once every call that it follows now is over and heard to its end."""
        await asyncio.gather(*(task for _, task in self._followed.values()))

    async def run(self, bus: Bus) -> None:
        """Follow every conversation of this exchange until cancelled."""
        beating = spawn(self._beat(), name="live alive")
        try:
            async with bus.subscribe() as changes:
                await self._look()
                while True:
                    change = await changes.get()
                    if change == RECONNECTED:
                        await self._look()
                    elif change.topic == "call":
                        await self._look(change.id)
        finally:
            await cancel(beating)
            for _, task in list(self._followed.values()):
                await cancel(task)
            self._pool.shutdown(wait=True, cancel_futures=True)

    async def _look(self, linkedid: str | None = None) -> None:
        """Follow what goes on, and end what has ended; of one call or of all."""
        found = select(Call).where(
            Call.pbx == self._pbx,
            Call.direction == Direction.INBOUND,
            Call.answered_at.is_not(None),
            Call.ended_at.is_(None),
        )
        if linkedid is not None:
            found = found.where(Call.linkedid == linkedid)
        async with self._sessions() as session:
            going_on = {call.linkedid: call for call in await session.scalars(found)}
            moves = {known: await load_moves(session, known) for known in going_on}
        for known, (followed, _) in self._followed.items():
            if known not in going_on and linkedid in (None, known):
                followed.ended.set()
        if linkedid is None:
            self._of_others &= going_on.keys()
        elif linkedid not in going_on:
            self._of_others.discard(linkedid)
        for call in going_on.values():
            new = None if call.linkedid in self._followed else _followed(call)
            if new is not None:
                self._followed[call.linkedid] = (new, spawn(self._follow(new), name=f"hear {call.linkedid}"))
            if call.linkedid in self._followed:
                followed, _ = self._followed[call.linkedid]
                followed.held[:] = held_spans(moves[call.linkedid], followed.uniqueid, followed.started_at)

    async def _follow(self, call: Followed) -> None:
        names = original_names(call.uniqueid, RecordingPart.CONVERSATION)
        legs = [(Speaker.CALLER, names.far), (Speaker.CITY, str(names.city))]
        try:
            async with asyncio.TaskGroup() as voices:
                for speaker, name in legs:
                    voices.create_task(self._hear_on(call, speaker, name))
        finally:
            del self._followed[call.linkedid]

    async def _hear_on(self, call: Followed, speaker: Speaker, name: str) -> None:
        """Hear one voice to its end, whatever comes in between."""
        pause = AGAIN_SECONDS
        while True:
            try:
                await self._hear(call, speaker, name)
                return
            except Conflict:
                if call.linkedid not in self._of_others:
                    self._of_others.add(call.linkedid)
                    log.info("heard_by_another", call=call.linkedid)
                return
            except (HotlineError, SQLAlchemyError, OSError) as error:
                log.warning("voice_not_heard", call=call.linkedid, speaker=speaker, reason=str(error))
            except Exception:
                # One voice that our program stumbles over must not silence the other, nor the rest of the call.
                log.exception("voice_not_heard", call=call.linkedid, speaker=speaker)
            if await _within(call.ended, pause):
                return
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _hear(self, call: Followed, speaker: Speaker, name: str) -> None:
        """Raises Conflict if somebody else hears this voice."""
        model = await self._engine.load()
        file = self._find(call, name)
        if model is None or file is None:
            raise HotlineError("no speech model" if model is None else f"no file {name}")
        async with transaction(self._sessions) as session:
            begin = await open_voice(session, call.linkedid, speaker, begin=call.begin, at=clock.now())
        with GrowingLeg(file) as leg:
            hearing = Hearing(_recogniser(model), begin, ends_early=model.info.word_ends_early_seconds)
            voice = _Voice(self._sessions, self._engine, call.linkedid, speaker, hearing)
            quiet_since: float | None = None
            loop = asyncio.get_running_loop()
            while True:
                there = leg.frames() - voice.hearing.position
                if there > 0:
                    quiet_since = None
                    sound = leg.read(voice.hearing.position, min(there, STEP_FRAMES))
                    if speaker is Speaker.CITY:
                        sound = silenced(sound, voice.hearing.position, call.held)
                    heard = await loop.run_in_executor(self._pool, voice.hear, sound)
                    await voice.publish(heard, waiting_frames=leg.frames() - voice.hearing.position)
                elif not call.ended.is_set():
                    await _within(call.ended, LOOK_SECONDS)
                else:
                    quiet_since = quiet_since or loop.time()
                    if loop.time() - quiet_since > ENDED_QUIET_SECONDS:
                        break
                    await asyncio.sleep(LOOK_SECONDS)
            await voice.publish(await loop.run_in_executor(self._pool, voice.finish), waiting_frames=0)

    def _find(self, call: Followed, name: str) -> Path | None:
        folders = original_folders(self._recordings, call.started_at)
        return next((folder / name for folder in folders if (folder / name).exists()), None)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            if self._followed:
                try:
                    async with transaction(self._sessions) as session:
                        await say_alive(session, list(self._followed), at=clock.now())
                except SQLAlchemyError as error:
                    log.warning("live_not_said", reason=str(error))


@dataclass(frozen=True)
class SpeechHeard:
    said: list[Utterance]
    partial: str


class _Voice:
    """One voice's hearing, and what was published of it."""

    def __init__(self, sessions: Sessions, engine: Engine, linkedid: str, speaker: Speaker, hearing: Hearing) -> None:
        self._sessions = sessions
        self._engine = engine
        self._linkedid = linkedid
        self._speaker = speaker
        self.hearing = hearing
        self._stored_at = hearing.position
        self._partial = ""
        self._behind = 0.0

    def hear(self, sound: bytes) -> SpeechHeard:
        """Blocking."""
        return SpeechHeard(list(self._engine.mended(self.hearing.hear(sound))), self.hearing.partial())

    def finish(self) -> SpeechHeard:
        """Blocking."""
        return SpeechHeard(list(self._engine.mended(_some(self.hearing.finish()))), "")

    async def publish(self, heard: SpeechHeard, *, waiting_frames: int) -> None:
        """Store what is final; publish what may still change, unless there is more to hear first."""
        if heard.said:
            await self._store(heard.said)
        waiting_seconds = waiting_frames / TELEPHONE_RATE
        await self._note_behind(waiting_seconds)
        partial = heard.partial if waiting_seconds <= PARTIAL_BACKLOG_SECONDS else self._partial
        if heard.said or partial != self._partial:
            self._partial = partial
            speaking = Speaking(self._linkedid, self._speaker, partial, self._behind)
            async with transaction(self._sessions) as session:
                await publish_speaking(session, speaking)

    async def _store(self, said: list[Utterance]) -> None:
        async with transaction(self._sessions) as session:
            await store_heard(
                session,
                self._linkedid,
                self._speaker,
                said,
                before=self._stored_at,
                after=self.hearing.resume_at,
                at=clock.now(),
            )
        self._stored_at = self.hearing.resume_at

    async def _note_behind(self, waiting_seconds: float) -> None:
        """Said when it begins and when it is over, not with each second."""
        behind = 0.0 if waiting_seconds < CAUGHT_UP_SECONDS else self._behind
        if waiting_seconds > BEHIND_SECONDS and abs(waiting_seconds - behind) > BEHIND_SECONDS:
            behind = round(waiting_seconds, 1)
        if behind != self._behind:
            self._behind = behind
            log.warning("live_behind", call=self._linkedid, speaker=self._speaker, seconds=behind)
            async with transaction(self._sessions) as session:
                await set_behind(session, self._linkedid, self._speaker, behind)


def _recogniser(model: LoadedModel) -> object:
    import vosk

    recogniser = vosk.KaldiRecognizer(model.vosk_model, TELEPHONE_RATE)
    recogniser.SetWords(True)
    return recogniser


def _followed(call: Call) -> Followed | None:
    if call.recorded_uniqueid is None or call.recording_started_at is None or call.answered_at is None:
        return None
    return Followed(call.linkedid, call.recorded_uniqueid, call.recording_started_at, call.answered_at)


def _some(utterance: Utterance | None) -> Iterator[Utterance]:
    if utterance is not None:
        yield utterance


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Whether it happened in the next `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
