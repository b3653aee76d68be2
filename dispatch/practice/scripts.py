"""Practice calls: what a made-up citizen says, what the form should hold afterwards, and how the two compare. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

CHOICES = frozenset({"kind", "urgency", "subject", "place_town"})
"""Any one of what is listed is right; of all other fields every word must be there."""


class PracticeVerdict(StrEnum):
    RIGHT = "right"
    MISSING = "missing"
    """Nothing was filled in."""
    WRONG = "wrong"


@dataclass(frozen=True)
class PracticeLine:
    text: str
    sound: Path | None
    """A recording; None: the system's voice speaks the text."""


@dataclass(frozen=True)
class PracticeScript:
    code: str
    title: str
    level: int
    """1 (first day) to 3."""
    teaches: str
    number: str
    """Shown as the caller's; nobody's."""
    lines: tuple[PracticeLine, ...]
    should: Mapping[str, tuple[str, ...]]
    """Field → what it should hold (CHOICES), or which words."""
    why: Mapping[str, str]
    """Field → what a new agent should know about it."""


@dataclass(frozen=True)
class JudgedPractice:
    field: str
    filled: str
    should: tuple[str, ...]
    verdict: PracticeVerdict
    why: str


def compare(script: PracticeScript, filled: Mapping[str, str]) -> list[JudgedPractice]:
    """Field by field, in the script's order; what the script does not name is not judged."""
    return [
        JudgedPractice(
            field=field,
            filled=filled.get(field, ""),
            should=should,
            verdict=_verdict(field, filled.get(field, ""), should),
            why=script.why.get(field, ""),
        )
        for field, should in script.should.items()
    ]


def _verdict(field: str, filled: str, should: tuple[str, ...]) -> PracticeVerdict:
    if not filled.strip():
        return PracticeVerdict.MISSING
    plain = "".join(filled.split())
    right = filled in should if field in CHOICES else all(word in plain for word in should)
    return PracticeVerdict.RIGHT if right else PracticeVerdict.WRONG
