"""Some seconds of a conversation as a WAV of both voices, from Asterisk's files or from the archive. Blocking."""

import io
from pathlib import Path

import numpy as np
import soundfile

from core.errors import NotFound
from recordings.audio.archived_sound import ArchivedSound
from recordings.audio.growing_wav import GrowingLeg
from recordings.audio.wav import TELEPHONE_RATE, BrokenAudio, Samples

LONGEST_SECONDS = 60.0


def cut_legs(files: list[Path], start_seconds: float, end_seconds: float) -> bytes:
    """From the legs that Asterisk writes. Raises NotFound while nothing of it is in the files, or they are gone."""
    first, count = _span(start_seconds, end_seconds)
    sides = []
    for file in files:
        try:
            with GrowingLeg(file) as leg:
                there = max(0, min(count, leg.frames() - first))
                sides.append(np.frombuffer(leg.read(first, there), dtype="<i2"))
        except (FileNotFoundError, BrokenAudio):
            continue
    return _together(sides)


def cut_archived(sound: ArchivedSound, start_seconds: float, end_seconds: float) -> bytes:
    """From an archived recording. Raises NotFound where there is no such second, BrokenAudio."""
    first, count = _span(start_seconds, end_seconds)
    with sound.flac() as opened:
        if first >= opened.frames:
            raise NotFound("录音中没有这一段。")
        opened.seek(first)
        samples = opened.read(count, dtype="int16", always_2d=True)
    return _together(list(samples.T))


def _span(start_seconds: float, end_seconds: float) -> tuple[int, int]:
    start = max(0.0, start_seconds)
    seconds = min(max(0.0, end_seconds - start), LONGEST_SECONDS)
    return round(start * TELEPHONE_RATE), round(seconds * TELEPHONE_RATE)


def _together(sides: list[Samples]) -> bytes:
    if not any(map(len, sides)):
        raise NotFound("这几秒的声音还没有写入文件，请稍候再点。")
    whole = np.zeros(max(map(len, sides)), dtype=np.int32)
    for side in sides:
        whole[: len(side)] += side
    wav = io.BytesIO()
    soundfile.write(wav, whole.clip(-32768, 32767).astype(np.int16), TELEPHONE_RATE, format="WAV", subtype="PCM_16")
    return wav.getvalue()
