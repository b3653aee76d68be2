"""Which subjects the words speak for, and how strongly: the responsibility list alone, nothing learned. Pure.

A subject's `words` are looked for as they are written, `井…盖` with up to `GAP` characters between; then by their
sound, for the recogniser writes 垃圾 as 垃及. Its `hints` say little by themselves and decide between equals.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.texts.sounds import sounds_of
from dispatch.city.records import City, Subject

GAP = 8
HINT = 1.0
MOST = 3.5
"""A longer word weighs no more: it is only said less often."""
BY_SOUND = 0.5
COVERED = 0.4
"""Share of its weight that a word keeps inside a longer one of another subject (停车 in 停车费减免)."""
COOL = 1.1
NOTHING = 1.5
"""Weight of "none of these" against the subjects, so that one weak word makes nobody sure."""


@dataclass(frozen=True)
class SubjectHit:
    word: str
    start: int
    """In the text, in characters."""
    end: int
    weight: float


@dataclass(frozen=True)
class Score:
    weight: float
    hits: tuple[SubjectHit, ...]


def score_subjects(city: City, text: str) -> dict[str, Score]:
    """Subject's code → its score, only of those that something speaks for. `text` without spaces between characters."""
    sounds = _joined(sounds_of(text))
    found = {code: hits for code, subject in city.subjects.items() if (hits := _hits(subject, text, sounds))}
    longest = {(hit.start, hit.end) for hits in found.values() for hit in hits}
    return {code: Score(sum(_worth(hit, longest) for hit in hits), tuple(hits)) for code, hits in found.items()}


def probabilities(scores: Mapping[str, Score]) -> dict[str, float]:
    """Scores as shares of certainty; what is missing to 1 is "none of these"."""
    powers = {code: math.exp(score.weight / COOL) for code, score in scores.items()}
    whole = sum(powers.values()) + math.exp(NOTHING / COOL)
    return {code: power / whole for code, power in powers.items()}


def _hits(subject: Subject, text: str, sounds: str) -> list[SubjectHit]:
    found = [hit for word in subject.words if (hit := _find(word, text, sounds, _weight(word))) is not None]
    found += [hit for word in subject.hints if (hit := _literal(word, text, HINT)) is not None]
    found.sort(key=lambda hit: (hit.start - hit.end, -hit.weight))
    kept: list[SubjectHit] = []
    for hit in found:
        if not any(hit.start < other.end and other.start < hit.end for other in kept):
            kept.append(hit)
    return kept


def _worth(hit: SubjectHit, spans: set[tuple[int, int]]) -> float:
    covered = any(
        start <= hit.start and hit.end <= end and end - start > hit.end - hit.start and end - start <= GAP
        for start, end in spans
    )
    return hit.weight * (COVERED if covered else 1.0)


def _find(word: str, text: str, sounds: str, weight: float) -> SubjectHit | None:
    return _literal(word, text, weight) or _by_sound(word, sounds, weight)


def _literal(word: str, text: str, weight: float) -> SubjectHit | None:
    if "…" not in word:
        at = text.find(word)
        return None if at < 0 else SubjectHit(word, at, at + len(word), weight)
    found = _pattern(word).search(text)
    return None if found is None else SubjectHit(found[0], *found.span(), weight)


def _by_sound(word: str, sounds: str, weight: float) -> SubjectHit | None:
    if "…" in word or len(word) < 2:
        return None
    at = sounds.find(_sounded(word))
    if at < 0:
        return None
    start = sounds.count(" ", 0, at + 1) - 1
    return SubjectHit(word, start, start + len(word), weight * BY_SOUND)


def _weight(word: str) -> float:
    return min(MOST, float(len(word.replace("…", ""))))


@lru_cache(maxsize=8192)
def _pattern(word: str) -> re.Pattern[str]:
    gap = rf"[^。！？；]{{0,{GAP}}}?"
    return re.compile(gap.join(map(re.escape, word.split("…"))))


@lru_cache(maxsize=8192)
def _sounded(word: str) -> str:
    return _joined(sounds_of(word))


def _joined(sounds: tuple[str, ...]) -> str:
    return f" {' '.join(sounds)} "
