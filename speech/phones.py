"""The graph's phones: each unit four times, by its position in a word, and blank inside and between words.

Vosk aligns words by the phones' positions (word_boundary.int); all four forms of a unit are one output of the network.
"""

from __future__ import annotations

from speech.units import UNITS

BETWEEN = 1
"""Blank between words; the silence of the end-point rules."""
INSIDE = 2
"""Blank inside a word."""
POSITIONS = ("begin", "internal", "end", "singleton")


def phone(unit: int, position: str) -> int:
    """Number of the phone that is `unit` (1 …) at `position` of a word."""
    return 3 + 4 * (unit - 1) + POSITIONS.index(position)


def unit_of(number: int) -> int:
    """The unit a phone is a form of; 0 for both blanks."""
    return 0 if number <= INSIDE else 1 + (number - 3) // 4


def pdfs() -> list[int]:
    """For each phone from 1 on, its output of the network."""
    return [unit_of(number) for number in range(1, 3 + 4 * (len(UNITS) - 1))]


def word_phones(units: tuple[int, ...]) -> tuple[int, ...]:
    """The phones of one word."""
    if len(units) == 1:
        return (phone(units[0], "singleton"),)
    middle = (phone(unit, "internal") for unit in units[1:-1])
    return (phone(units[0], "begin"), *middle, phone(units[-1], "end"))


def word_boundary() -> str:
    """Text of word_boundary.int."""
    rows = [f"{BETWEEN} nonword", f"{INSIDE} internal"]
    rows += [f"{phone(unit, position)} {position}" for unit in range(1, len(UNITS)) for position in POSITIONS]
    return "\n".join(rows) + "\n"
