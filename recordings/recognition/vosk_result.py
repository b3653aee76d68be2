"""What Vosk says, as our words and utterances. Pure."""

import itertools
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}]) +(?=[{_HAN}])")
_NO_WORD = re.compile(r"[\[<].*[\]>]|\s*")
"""Vosk's marks for noise and unknown words: `<UNK>`, `[noise]`, `[SPK]`."""


@dataclass(frozen=True)
class Word:
    word: str
    start: float
    """Seconds from the recording's second 0."""
    end: float
    confidence: float
    """0 to 1."""


@dataclass(frozen=True)
class Repair:
    """A local name that was misheard and corrected (recordings.recognition.local_names)."""

    heard: str
    name: str
    """What it became."""
    first_word: int
    """Position in the utterance's words."""
    words: int
    """How many words, from there on, the name stands for: its time is theirs."""
    cost: float
    """0: the same sounds, tone apart; more the less alike (recordings.recognition.local_names)."""


@dataclass(frozen=True)
class Utterance:
    """One stretch of one voice, as Vosk cut it at pauses. Never without words."""

    words: tuple[Word, ...]
    """As heard."""
    repairs: tuple[Repair, ...] = ()
    """In order, none upon another."""

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def text(self) -> str:
        """With the corrected names."""
        return mend([word.word for word in self.words], self.repairs)

    @property
    def confidence(self) -> float:
        return sum(word.confidence for word in self.words) / len(self.words)


def join_words(words: Sequence[str]) -> str:
    """Words as one writes them: no space between Chinese characters, one between all others (Latin, Korean)."""
    return _BETWEEN_HAN.sub("", " ".join(words))


def mend(words: Sequence[str], repairs: Sequence[Repair]) -> str:
    """What was said, with the corrected names in place of the words that were heard."""
    mended = list(words)
    for one in reversed(repairs):
        mended[one.first_word : one.first_word + one.words] = [one.name]
    return join_words(mended)


def parse_result(result: str, *, ends_early: float = 0.0, heard_until: float = math.inf) -> Utterance | None:
    """Vosk's JSON for one utterance (SetWords on); None: nothing was said.

    `ends_early`: seconds by which this model gives the ends of words too early. `heard_until`: the second up to
    which there is sound.
    """
    spoken = [
        Word(entry["word"], round(entry["start"], 3), round(entry["end"], 3), round(entry.get("conf", 1.0), 4))
        for entry in json.loads(result).get("result", [])
        if not _NO_WORD.fullmatch(entry["word"])
    ]
    return Utterance(tuple(lengthen(spoken, ends_early, heard_until))) if spoken else None


def lengthen(words: Sequence[Word], seconds: float, heard_until: float = math.inf) -> Iterator[Word]:
    """Each word's end so much later, but never into the next word, nor beyond the sound."""
    for word, following in itertools.zip_longest(words, words[1:]):
        limit = following.start if following else heard_until
        yield replace(word, end=max(word.end, round(min(word.end + seconds, limit), 3)))


def shifted(utterance: Utterance, seconds: float) -> Utterance:
    """The same, so much later."""
    moved = (
        replace(word, start=round(word.start + seconds, 3), end=round(word.end + seconds, 3))
        for word in utterance.words
    )
    return replace(utterance, words=tuple(moved))
