"""Runs test speech through Vosk and reports how wrong it is. Run as `speech/score`; never load torch in this process.

Character error rate: characters wrongly put in, left out or exchanged, for each hundred that were said. Place names:
how many of those said stand in the text, letter for letter and by toneless pinyin (what a gazetteer repair can
correct).
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pypinyin import lazy_pinyin

from speech.city import load_city
from speech.network.features import table
from speech.sound.audio import read_wav
from speech.sound.augment import TelephoneLine, phone
from speech.sound.voices import ESPEAK_UNTRAINED, UNTRAINED
from speech.texts import clean

CHUNK = 3200
LINES = {
    "clean file": TelephoneLine(False, 0, None, gain_db=(0, 0), codec="none"),
    "A-law, 25 dB": TelephoneLine(False, 0, (25, 25), 1, (-6, 0), "alaw"),
    "A-law, 10 dB": TelephoneLine(False, 0, (10, 10), 1, (-6, 0), "alaw"),
    "GSM, 20 dB": TelephoneLine(False, 0, (20, 20), 1, (-6, 0), "gsm"),
    "room, A-law, 15 dB": TelephoneLine(False, 1, (15, 15), 1, (-6, 0), "alaw"),
}


def distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Edits that make the one of the other."""
    row = list(range(len(heard) + 1))
    for n, sign in enumerate(said, start=1):
        before, row[0] = row[0], n
        for k, other in enumerate(heard, start=1):
            before, row[k] = row[k], min(row[k] + 1, row[k - 1] + 1, before + (sign != other))
    return row[-1]


@dataclass
class ErrorCounts:
    """Sums over some utterances."""

    utterances: int = 0
    characters: int = 0
    wrong: int = 0
    wrong_syllables: int = 0
    exact: int = 0
    places: int = 0
    places_right: int = 0
    places_by_sound: int = 0

    def add(self, said: str, heard: str, places: Iterable[str]) -> None:
        """Counts one utterance."""
        sounds, heard_sounds = lazy_pinyin(said), lazy_pinyin(heard)
        wrong = distance(said, heard)
        self.utterances += 1
        self.characters += len(said)
        self.wrong += wrong
        self.wrong_syllables += distance(sounds, heard_sounds)
        self.exact += not wrong
        for place in places:
            if place in said:
                self.places += 1
                self.places_right += place in heard
                self.places_by_sound += " ".join(lazy_pinyin(place)) in " ".join(heard_sounds)

    def row(self, name: str) -> str:
        """A line of the table."""
        of = max(1, self.characters)
        row = (
            f"| {name} | {self.utterances} | {100 * self.wrong / of:.1f} % | {100 * self.wrong_syllables / of:.1f} % | "
        )
        row += f"{100 * self.exact / max(1, self.utterances):.0f} % | "
        return row + (f"{self.places_right} / {self.places_by_sound} of {self.places} |" if self.places else "– |")


@dataclass
class Ear:
    """A loaded model, with the processor and audio seconds it took."""

    model: Any
    busy_seconds: float = 0.0
    audio_seconds: float = 0.0
    words: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, samples: np.ndarray) -> str:
        """The text of 8 kHz 16-bit samples, without spaces; the words with their times stay in `words`."""
        from vosk import KaldiRecognizer

        began = time.process_time()
        recogniser, raw = KaldiRecognizer(self.model, 8000), samples.astype("<i2").tobytes()
        recogniser.SetWords(True)
        chunks = (raw[start : start + CHUNK] for start in range(0, len(raw), CHUNK))
        found = [json.loads(recogniser.Result()) for chunk in chunks if recogniser.AcceptWaveform(chunk)]
        found.append(json.loads(recogniser.FinalResult()))
        self.busy_seconds += time.process_time() - began
        self.audio_seconds += len(samples) / 8000
        self.words = [word for part in found for word in part.get("result", [])]
        return "".join(part["text"] for part in found).replace(" ", "")


def open_ear(folder: Path) -> Ear:
    """Loads a model."""
    from vosk import Model, SetLogLevel

    SetLogLevel(-1)
    return Ear(Model(str(folder)))


def main(model: Path, tests: Path, show: int = 0) -> None:
    """Prints the tables; with `show`, that many wrong sentences too."""
    ear, city = open_ear(model), load_city()
    tallies: defaultdict[str, ErrorCounts] = defaultdict(ErrorCounts)
    places = sorted({*city.towns, *city.villages, *city.roads})
    wrong = []
    for condition, line in LINES.items():
        rng = random.Random(17)
        for name, sort, voice, text in table(tests):
            heard = ear.hear(phone(read_wav(tests / f"{name}.wav").astype(np.float64), rng, line))
            said, known = clean(text), voice not in (UNTRAINED, f"espeak:{ESPEAK_UNTRAINED}")
            group = f"{'trained' if known else 'UNTRAINED'} {'espeak-ng' if voice.startswith('espeak') else 'Kokoro'}"
            tallies[f"{condition}; {sort}; {group}"].add(said, heard, places)
            if condition == "A-law, 25 dB":
                tallies[f"voice {voice}; {sort}"].add(said, heard, places)
                if heard != said:
                    wrong.append(f"{voice} {sort}\n  said  {said}\n  heard {heard}")
    print("| what | utterances | characters wrong | syllables wrong | exact | places right / by sound |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in sorted(tallies):
        print(tallies[name].row(name))
    print(f"\nReal-time factor {ear.busy_seconds / ear.audio_seconds:.4f} of one core.")
    print("\n".join(random.Random(1).sample(wrong, min(show, len(wrong)))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
