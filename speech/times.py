"""Measures how true the word times are: `python -m speech.times MODEL`.

Recorded pieces of the line's prompts are joined at known places; each word heard rightly is compared with its piece.
And the first and last word of each sentence of the test set, with where its sound begins and ends. Positive means late.
Ends are given as the model states them and as the product reads them (recordings/recognition/speech_models.toml). Clean
files.
"""

from __future__ import annotations

import csv
import random
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from recordings.recognition.vosk_result import Word, lengthen

from speech.score import Ear, open_ear
from speech.sound import audio

ROOT = Path(__file__).resolve().parent.parent
PROMPTS, TESTSET = ROOT / "deploy/prompts", ROOT / "speech/testset"
MODELS = tomllib.loads((ROOT / "recordings/recognition/speech_models.toml").read_text("utf-8"))["models"]
EARLY = float(next(model["word_ends_early_seconds"] for model in MODELS if model["name"] == "demo-cn"))
GAP_SECONDS = 0.25


def heard_span(samples: np.ndarray) -> tuple[float, float]:
    """Seconds from the file's start at which speech begins and ends (within 25 dB of the loudest frame)."""
    levels = audio.frame_levels(samples, 0.01)
    loud = np.flatnonzero(levels > levels.max() - 25)
    return loud[0] * 0.01, (loud[-1] + 1) * 0.01


@dataclass
class Errors:
    """Milliseconds, positive: late."""

    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    read_ends: list[float] = field(default_factory=list)
    """As the product reads them."""
    missed: int = 0

    def add(self, words: list[Word], first: float, last: float, *, until: float) -> None:
        """Words that were heard where one was spoken from `first` to `last`; sound goes on to `until`, as do others."""
        self.starts.append(1000 * (words[0].start - first))
        self.ends.append(1000 * (words[-1].end - last))
        self.read_ends.append(1000 * (list(lengthen(words, EARLY, until))[-1].end - last))

    def show(self, name: str) -> None:
        """One line for each sort of time."""
        print(f"{name}: {len(self.starts)} heard rightly, {self.missed} not")
        for sort, found in (("beginnings", self.starts), ("ends", self.ends), ("ends as read", self.read_ends)):
            early, late = np.percentile(found, [10, 90])
            cut = 100 * np.mean(np.array(found) < -50)
            print(f"  {sort}: median {np.median(found):+.0f} ms, one in ten below {early:+.0f}, one in ten above "
                  f"{late:+.0f}; more than 50 ms early: {cut:.0f} %")  # fmt: skip


def _words(ear: Ear) -> list[Word]:
    return [Word(one["word"], one["start"], one["end"], one["conf"]) for one in ear.words]


def pieces(ear: Ear, rounds: int = 20) -> Errors:
    """Pieces of prompts with GAP_SECONDS between them."""
    texts = {
        name: text
        for name, text in tomllib.loads((PROMPTS / "prompts.toml").read_text("utf-8"))["piece"].items()
        if text > "Z"
    }
    sound = {name: audio.read_wav(PROMPTS / "zh" / f"{name}.wav") / 32768 for name in texts}
    rng, errors = random.Random(4), Errors()
    for _ in range(rounds):
        at, parts, spans = 0.4, [audio.silence(0.4)], []
        for name in rng.sample(list(texts), 6):
            first, last = heard_span(sound[name])
            spans.append((texts[name], at + first, at + last))
            parts += [sound[name], audio.silence(GAP_SECONDS)]
            at += len(sound[name]) / audio.RATE + GAP_SECONDS
        ear.hear((np.concatenate([*parts, audio.silence(0.5)]) * 32767).astype(np.int16))
        words = _words(ear)
        for text, first, last in spans:
            inside = [word for word in words if first - 0.2 < (word.start + word.end) / 2 < last + 0.2]
            if "".join(word.word for word in inside) != text:
                errors.missed += 1
                continue
            following = [word.start for word in words if word.start >= inside[-1].end]
            errors.add(inside, first, last, until=min(following, default=9e9))
    return errors


def sentences(ear: Ear) -> Errors:
    """The test set's: first and last words heard rightly."""
    errors = Errors()
    for row in csv.DictReader((TESTSET / "table.tsv").read_text("utf-8").splitlines(), delimiter="\t"):
        sound = soundfile.read(TESTSET / f"{row['file']}.flac")[0]
        first, last = heard_span(sound)
        sound = np.concatenate([audio.silence(0.4), sound, audio.silence(0.5)])
        heard = ear.hear((sound * 32767).astype(np.int16))
        if heard[:1] == row["text"][:1] and heard[-1:] == row["text"][-1:]:
            errors.add(_words(ear), 0.4 + first, 0.4 + last, until=len(sound) / audio.RATE)
        else:
            errors.missed += 1
    return errors


def main(model: Path) -> None:
    """Prints both."""
    ear = open_ear(model)
    pieces(ear).show("pieces of prompts")
    sentences(ear).show("sentences")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
