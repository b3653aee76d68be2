"""The recogniser of one worker process: one loaded model, used by one job after another.

Vosk runs in a thread: its C library gives up Python's lock while it works, so heartbeats and the worker's stop go
on (measured while recognising, two busy cores: the loop was late by 0.2 ms at the median, 7 ms in 1 of 100, 92 ms
at worst), and there is no pipe between. All cores are used by several worker processes; one that a damaged model
takes down is one worker, whose job is taken back.
"""

import asyncio
import hashlib
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from core.errors import ConfigurationError
from core.settings import Settings
from recordings.audio.archived_sound import ArchivedSound
from recordings.audio.wav import BrokenAudio
from recordings.recognition.conversation_spans import Span
from recordings.recognition.hearing import Hearing
from recordings.recognition.local_names import Gazetteer, find_repairs
from recordings.recognition.speech_models import ModelInfo, find_model
from recordings.recognition.vosk_result import Utterance

log = structlog.get_logger()

BLOCK_FRAMES = 4000
"""Half a second of telephone sound: a worker that is asked to stop does so within this time."""

STEP_BACK = 10
"""Of the scheduler's nice values."""


@dataclass(frozen=True)
class LoadedModel:
    info: ModelInfo
    label: str
    """Name and fingerprint, as it is stored with each transcript."""
    vosk_model: Any


class Engine:
    """Loads the settings' model when it is first needed, and another one when a better was installed."""

    def __init__(self, settings: Settings, gazetteer: Gazetteer | None = None) -> None:
        """Misheard names of `gazetteer` are corrected; None: the text is as heard."""
        self.settings = settings
        self.gazetteer = gazetteer or Gazetteer()
        self._loaded: LoadedModel | None = None
        self._loading = asyncio.Lock()
        self._recognising = ThreadPoolExecutor(1, "recogniser", initializer=_step_back)

    def loaded(self) -> str:
        """Name and fingerprint of the model in use; empty: none was needed yet."""
        return self._loaded.label if self._loaded else ""

    async def load(self) -> LoadedModel | None:
        """The model to work with; None: there is none yet. Raises ConfigurationError if Vosk refuses it."""
        async with self._loading:
            info = await asyncio.to_thread(find_model, self.settings)
            if info is None:
                self._loaded = None
            elif self._loaded is None or self._loaded.info.path != info.path:
                self._loaded = None
                self._loaded = await asyncio.to_thread(_load, info)
                log.info("speech_model_loaded", model=self._loaded.label)
            return self._loaded

    async def recognise(
        self, model: LoadedModel, audio: Path | ArchivedSound, channel: int, spans: Sequence[Span] | None = None
    ) -> list[Utterance]:
        """What is said on one channel of `audio`, within `spans` where they are given. Raises BrokenAudio for a file
        that cannot be read to its end."""
        given_up = threading.Event()
        try:
            sound = audio if isinstance(audio, ArchivedSound) else ArchivedSound(audio)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._recognising, lambda: list(self.mended(utterances(model, sound, channel, given_up, spans)))
            )
        finally:
            given_up.set()

    def mended(self, heard: Iterable[Utterance]) -> Iterator[Utterance]:
        """With the local names that were misheard."""
        for one in heard:
            yield replace(one, repairs=find_repairs([word.word for word in one.words], self.gazetteer))


def _step_back() -> None:
    """Calls, and what is heard while they go on, come first: on Linux a thread has a priority of its own."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + STEP_BACK)


def _load(info: ModelInfo) -> LoadedModel:
    import vosk

    vosk.SetLogLevel(-1)
    try:
        return LoadedModel(info, f"{info.name} sha256:{fingerprint(info.path)[:16]}", vosk.Model(str(info.path)))
    except Exception as error:  # Vosk raises nothing narrower
        mend = f"hotline models verify {info.name}"
        log.error("speech_model_not_loaded", model=info.name, error=str(error), mend=mend)
        raise ConfigurationError(f"语音模型「{info.name}」无法加载，请联系系统管理员。") from error


def fingerprint(folder: Path) -> str:
    """One SHA-256 over the names and contents of a model's files."""
    whole = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        with file.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").hexdigest()
        whole.update(f"{file.relative_to(folder).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()


def channels_of(audio: ArchivedSound) -> int:
    """Raises BrokenAudio, NotFound."""
    with audio.flac() as file:
        return int(file.channels)


def utterances(
    model: LoadedModel,
    audio: ArchivedSound,
    channel: int,
    given_up: threading.Event | None = None,
    spans: Sequence[Span] | None = None,
) -> Iterator[Utterance]:
    """Vosk's utterances of one channel, in order, while the file is read block by block. Blocking.

    Silence, and what is outside of `spans`, is not decoded.
    """
    import vosk

    with audio.flac() as file:
        rate, frames = file.samplerate, 0
        recogniser = vosk.KaldiRecognizer(model.vosk_model, rate)
        recogniser.SetWords(True)
        hearing = Hearing(recogniser, 0, ends_early=model.info.word_ends_early_seconds, rate=rate)
        for block in file.blocks(BLOCK_FRAMES, dtype="int16", always_2d=True):
            if given_up is not None and given_up.is_set():
                return
            sound = block[:, channel]
            if spans is not None:
                at = (frames + np.arange(len(sound))) / rate
                sound = np.where(np.any([(start <= at) & (at < end) for start, end in spans], axis=0), sound, 0)
            frames += len(block)
            yield from hearing.hear(sound.astype("<i2").tobytes())
        if frames != file.frames:
            raise BrokenAudio(f"录音文件不完整：应有{file.frames}个采样，只读到{frames}个")
        if (last := hearing.finish()) is not None:
            yield last
