"""Speaks the training and test sentences: `python -m speech.sound.voices train|test|names|tuning-names FOLDER [minutes]`.

Writes FOLDER/NNNNN.wav (8 kHz, clean) and FOLDER/table.tsv (file, sort, voice, text). Any beginning of the list is a
fair sample of the whole, so it can be stopped at any time and started again: what is there is kept.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from speech import texts
from speech.city import load_city
from speech.sound import audio
from speech.sound.kokoro import RATE, VOICES, Kokoro
from speech.units import text_units

UNTRAINED = "zm_yunyang"
"""Kept out of training, so that one figure shows the result for an unseen voice."""
TRAINED = tuple(name for name in VOICES if name != UNTRAINED)
ESPEAK = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7")
ESPEAK_UNTRAINED = "m8"
SORTS = {"template": 0.58, "salad": 0.22, "free": 0.06, "fixed": 0.14}
"""Shares of the sorts of text among the training sentences."""


@dataclass(frozen=True)
class SentenceToSpeak:
    """One utterance to be made."""

    sort: str
    voice: str
    """A Kokoro voice, several joined by `+`, or `espeak:VARIANT`."""
    speed: float
    text: str


@cache
def common_words(count: int = 20_000) -> tuple[str, ...]:
    """The most frequent words of two to four characters in jieba's dictionary."""
    import jieba

    rows = (line.split() for line in jieba.get_dict_file().read().decode("utf-8").splitlines())
    ranked = sorted(((int(n), word) for word, n, _ in rows if re.fullmatch("[\u4e00-\u9fff]{2,4}", word)), reverse=True)
    return tuple(word for _, word in ranked[:count])


def train_lines(seed: int = 11) -> Iterator[SentenceToSpeak]:
    """Without end: nine of ten by Kokoro (half of them blends of two voices), one by espeak-ng."""
    rng, city, words = random.Random(seed), load_city(), list(common_words())
    held = {line.text for line in test_lines()}
    while True:
        sort = rng.choices(list(SORTS), list(SORTS.values()))[0]
        if sort == "template":
            text = texts.template(rng, city)
            if len(text) < 16:
                text += "。" + texts.template(rng, city)
        elif sort == "salad":
            text = texts.salad(rng, words)
        else:
            text = rng.choice(texts.free("train") if sort == "free" else texts.fixed())
        if text in held:
            continue
        if rng.random() < 0.1:
            voice = "espeak:" + rng.choice(ESPEAK)
        else:
            voice = rng.choice(TRAINED) if rng.random() < 0.5 else "+".join(rng.sample(TRAINED, 2))
        yield SentenceToSpeak(sort, voice, rng.uniform(0.85, 1.2), text)


def test_lines() -> Iterator[SentenceToSpeak]:
    """For each voice in turn: unseen template sentences, and free sentences from outside the templates."""
    rng, city, lists = random.Random(99), load_city(), []
    for voice in (*VOICES, f"espeak:{ESPEAK[0]}", f"espeak:{ESPEAK_UNTRAINED}"):
        made = [SentenceToSpeak("template", voice, 1.0, texts.template(rng, city)) for _ in range(10)]
        extra = [SentenceToSpeak("free", voice, 1.0, text) for text in rng.sample(texts.free("test"), 5)]
        lists.append([line for n in range(5) for line in (made[2 * n], extra[n], made[2 * n + 1])])
    for round_of_voices in zip(*lists, strict=True):
        yield from round_of_voices


def name_lines(part: str) -> Iterator[SentenceToSpeak]:
    """Sentences with names that nobody knows, `tuning` or `test`: each by a trained voice and by one never trained."""
    unknown = texts.phrases()["unknown"]
    carriers = unknown["carriers"]
    untrained = (UNTRAINED, f"espeak:{ESPEAK_UNTRAINED}")
    for n, name in enumerate(unknown[part].split()):
        for voice in (TRAINED[n % len(TRAINED)], untrained[n // len(carriers) % 2]):
            yield SentenceToSpeak("name", voice, 1.0, carriers[n % len(carriers)].format(name))


def espeak(text: str, variant: str, speed: float) -> np.ndarray:
    """8 kHz samples by espeak-ng, which reads Mandarin rightly only from pinyin."""
    from pypinyin import Style, lazy_pinyin

    said = " ".join(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True))
    said = re.sub("[，。？！、]", ",", said)
    command = ["espeak-ng", "-v", f"cmn-latn-pinyin+{variant}", "-s", str(int(150 * speed)), "--stdout", said]
    raw = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout[44:]
    return audio.to_telephone(np.frombuffer(raw[: len(raw) // 2 * 2], np.int16) / 32768, 22_050)


def spoken(engine: Kokoro, line: SentenceToSpeak) -> np.ndarray:
    """The utterance, trimmed, at the even level."""
    if line.voice.startswith("espeak:"):
        made = espeak(line.text, line.voice.partition(":")[2], line.speed)
    else:
        made = audio.to_telephone(engine.say(line.text, line.voice, line.speed), RATE)
    return audio.level(audio.trim(made))


def main(part: str, folder: Path, minutes: float) -> None:
    """Makes what is not there yet, for at most `minutes` of the clock."""
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "table.tsv"
    done = {row.split("\t")[0] for row in table.read_text("utf-8").splitlines()} if table.exists() else set()
    engine, began, seconds = Kokoro(), time.monotonic(), 0.0
    parts = {"train": train_lines, "test": test_lines, "names": lambda: name_lines("test")}
    lines = parts[part]() if part in parts else name_lines("tuning")
    with table.open("a", encoding="utf-8") as out:
        for n, line in enumerate(lines):
            if time.monotonic() - began > minutes * 60:
                break
            name = f"{n:05d}"
            text_units(line.text)
            if name in done:
                continue
            samples = spoken(engine, line)
            audio.write_wav(folder / f"{name}.wav", samples)
            out.write(f"{name}\t{line.sort}\t{line.voice}\t{line.text}\n")
            out.flush()
            seconds += len(samples) / audio.RATE
            if n % 20 == 0:
                print(f"{n} lines, {seconds / 60:.1f} minutes of speech", flush=True)
    print(f"{seconds / 60:.1f} minutes of speech in {(time.monotonic() - began) / 60:.1f}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 1e9)
