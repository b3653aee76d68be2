"""Sound for tests: originals as Asterisk writes them, made of noise or of espeak-ng's speech."""

import datetime as dt
import os
import shutil
import struct
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import ConfigurationError
from recordings.audio.wav import Samples
from recordings.models import RecordingPart
from recordings.names import original_folders, original_names

RATE = 8000
HISS = 100
NEAR_SECONDS = 0.3
"""How truly Vosk times a word's edges."""


def noise(seconds: float, seed: int) -> Samples:
    """Different for every seed, so that no two stretches or legs can be taken for one another."""
    return np.random.default_rng(seed).integers(-20000, 20000, round(seconds * RATE), dtype=np.int16)


Place = tuple[float, float]
"""From when to when something is said, in seconds of its recording."""


@dataclass(frozen=True)
class Speech:
    samples: Samples
    places: list[Place]
    """Where each word was put, with the synthesiser's own short silence around it."""


def speech(*words: str, gap_seconds: float = 2.0, voice: str = "ko", words_a_minute: int = 140) -> Samples:
    return placed_speech(*words, gap_seconds=gap_seconds, voice=voice, words_a_minute=words_a_minute).samples


def placed_speech(*words: str, gap_seconds: float = 2.0, voice: str = "ko", words_a_minute: int = 140) -> Speech:
    """Each of `words` after `gap_seconds` of pause, and as much at the end; 8 kHz, with a line's soft hiss.

    Without the hiss Vosk hears nothing steadily: perfect silence is nothing that it was trained on.
    """
    espeak = shutil.which("espeak-ng")
    sox = shutil.which("sox")
    if espeak is None or sox is None:
        raise ConfigurationError("espeak-ng and sox are needed to make speech: apt install espeak-ng sox")
    gap = np.zeros(round(gap_seconds * RATE), dtype=np.int16)
    pieces, places = [gap], []
    for word in words:
        wav = subprocess.run(
            [espeak, "-v", voice, "-s", str(words_a_minute), "-g", "6", "--stdout", word],
            capture_output=True,
            check=True,
        ).stdout
        raw = subprocess.run(
            [
                sox,
                "-t",
                "wav",
                "--ignore-length",
                "-",
                "-r",
                str(RATE),
                "-c",
                "1",
                "-b",
                "16",
                "-e",
                "signed",
                "-t",
                "raw",
                "-",
            ],
            input=wav,
            capture_output=True,
            check=True,
        ).stdout
        spoken = np.frombuffer(raw, dtype="<i2")
        begin = sum(map(len, pieces)) / RATE
        places.append((begin, begin + len(spoken) / RATE))
        pieces += [spoken, gap]
    clean = np.concatenate(pieces)
    hiss = np.random.default_rng(5).integers(-HISS, HISS + 1, len(clean))
    return Speech((clean + hiss).clip(-32768, 32767).astype(np.int16), places)


def assert_heard_at(words: Iterable[Place], places: Sequence[Place], *, after_seconds: float = 0.0) -> None:
    """Each of `places` (plus `after_seconds`) was heard as one word or more, in order and at its time, and silence as
    none.

    Which words they are is not asked: the small model knows this synthetic voice so badly that the last bit of another
    CPU's arithmetic makes it hear others.
    """
    left = list(words)
    assert left == sorted(left), "in the order in which they were said"
    for begin, end in ((begin + after_seconds, end + after_seconds) for begin, end in places):
        here = [word for word in left if begin - NEAR_SECONDS <= word[0] and word[1] <= end + NEAR_SECONDS]
        assert here, f"nothing heard from {begin:.2f} to {end:.2f} s: {left}"
        assert abs(here[0][0] - begin) <= NEAR_SECONDS, f"said at {begin:.2f} s: {here}"
        left = [word for word in left if word not in here]
    assert not left, f"heard where nothing was said: {left}"


def wav_bytes(samples: Samples, *, stated_bytes: int | None = None) -> bytes:
    """A WAV file as Asterisk's; `stated_bytes` is the header's data length (0: Asterisk was killed)."""
    data = samples.astype("<i2").tobytes()
    stated = len(data) if stated_bytes is None else stated_bytes
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + stated, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return head + struct.pack("<4sI", b"data", stated) + data


def put_original(
    recordings: Path,
    uniqueid: str,
    side: str,
    content: bytes,
    started_at: dt.datetime,
    *,
    changed_at: float | None = None,
) -> Path:
    """A file where MixMonitor (`side` rx or tx) or Record (`message`) would have put it."""
    part = RecordingPart.MESSAGE if side == "message" else RecordingPart.CONVERSATION
    names = original_names(uniqueid, part)
    name = names.city if side == "tx" else names.far
    assert name is not None
    file = original_folders(recordings, started_at)[0] / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    if changed_at is not None:
        os.utime(file, (changed_at, changed_at))
    return file


def steady_model(folder: Path, source: Path) -> Path:
    """A copy of a Vosk model that hears the same every time.

    Kaldi adds a little random noise to what it hears ("dither") unless the model says otherwise, and the Korean
    one does not: over synthetic speech its words then differ from run to run.
    """
    for file in source.rglob("*"):
        if file.is_file():
            copy = folder / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(file)
    conf = folder / "conf/mfcc.conf"
    conf.unlink()
    conf.write_text((source / "conf/mfcc.conf").read_text() + "\n--dither=0\n")
    return folder
