"""Which rows of a table name its columns, and what each column is likely to be. Pure.

Both are guesses: a person sees them beside the first values and confirms them.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch.former.fields import FormerField, known_heads

LOOKED_AT = 15
"""Rows at the beginning of a file: a title and notes may stand above the heads."""
LONGEST_HEAD = 30
"""Characters."""
_BESIDE = re.compile(r"\(.*?\)|\[.*?\]|【.*?】|<.*?>")
_SIGNS = re.compile(r"[\s:*_\-/\\.,、;；“”\"'#&|]+")


@dataclass(frozen=True)
class Heads:
    names: list[str]
    """Of each column, as it stands in the file; of two rows of heads both."""
    row: int
    """The last row of the heads: what follows is read. 0: there is none."""


def find_heads(rows: Sequence[tuple[int, Sequence[str]]]) -> Heads:
    """`rows`: the first of the file, with their numbers."""
    width = max((len(cells) for _, cells in rows), default=0)
    for at, (number, cells) in enumerate(rows[:LOOKED_AT]):
        if not _names_columns(cells, width):
            continue
        below = rows[at + 1] if at + 1 < len(rows) else None
        if below is not None and _goes_on(cells, below[1], width):
            return Heads(_joined(cells, below[1], width), below[0])
        return Heads(_padded(cells, width), number)
    return Heads([""] * width, 0)


def is_head_again(names: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a row further down repeats the heads, as pages printed one after another do."""
    said = [(name, cell) for name, cell in zip(names, cells, strict=False) if cell]
    return len(said) >= 2 and all(name == cell or name.endswith(f" {cell}") for name, cell in said)


def guess_columns(names: Sequence[str]) -> list[FormerField | None]:
    """None: nothing is known by this name. A field is guessed once, where its name fits best."""
    marks = [
        (mark, -at, field)
        for at, name in enumerate(names)
        for field, known in known_heads().items()
        if (mark := _fits(name, known))
    ]
    guessed: dict[int, FormerField] = {}
    for _, at, field in sorted(marks, key=lambda one: (one[0], one[1]), reverse=True):
        if -at not in guessed and field not in guessed.values():
            guessed[-at] = field
    return [guessed.get(at) for at in range(len(names))]


def plain_head(name: str) -> str:
    """`诉求人（来电）：` → 诉求人."""
    return _SIGNS.sub("", _BESIDE.sub("", unicodedata.normalize("NFKC", name))).lower()


def _fits(name: str, known: Sequence[str]) -> float:
    """0: not at all. The name as a whole, else its last part, else a longer name with a known one at its end or in
    it."""
    whole, last = plain_head(name), plain_head(name.rsplit(" ", 1)[-1])
    if not whole:
        return 0
    best = 0.0
    for rank, one in enumerate(known):
        less = rank / 100
        if whole == one:
            best = max(best, 4 - less)
        elif last == one:
            best = max(best, 3 - less)
        elif len(one) > 1 and whole.endswith(one):
            best = max(best, 2 + len(one) / 100)
        elif len(one) > 2 and one in whole:
            best = max(best, 1 + len(one) / 100)
    return best


def _names_columns(cells: Sequence[str], width: int) -> bool:
    """Not a title that stands alone or over all columns, not a row of values."""
    said = [cell for cell in cells if cell]
    short = [cell for cell in said if len(cell) <= LONGEST_HEAD]
    with_digits = sum(any(sign.isdigit() for sign in cell) for cell in said)
    return len(set(said)) >= 2 and len(short) == len(said) and 2 * len(said) >= width and 2 * with_digits < len(said)


def _goes_on(cells: Sequence[str], below: Sequence[str], width: int) -> bool:
    """Whether `below` divides columns that `cells` names together."""
    upper, lower = _padded(cells, width), _padded(below, width)
    words = [cell for cell in lower if cell]
    if not words or any(len(cell) > LONGEST_HEAD or any(sign.isdigit() for sign in cell) for cell in words):
        return False
    spread = any(upper[at] and upper[at] == upper[at - 1] and lower[at] != lower[at - 1] for at in range(1, width))
    under_blank = any(not upper[at] and lower[at] for at in range(width))
    same = sum(bool(a) and a == b for a, b in zip(upper, lower, strict=True))
    return spread or (under_blank and len(words) + same >= 2)


def _joined(cells: Sequence[str], below: Sequence[str], width: int) -> list[str]:
    upper, lower = _padded(cells, width), _padded(below, width)
    for at in range(1, width):
        if not upper[at] and lower[at]:
            upper[at] = upper[at - 1]
    return [a if not b or a == b else f"{a} {b}".strip() for a, b in zip(upper, lower, strict=True)]


def _padded(cells: Sequence[str], width: int) -> list[str]:
    tidy = [" ".join(cell.split()) for cell in cells]
    return [*tidy, *[""] * (width - len(tidy))]


def sample_of(rows: Sequence[Sequence[str]], at: int, most: int = 3) -> list[str]:
    """The first different values of a column."""
    found: Mapping[str, None] = dict.fromkeys(cells[at] for cells in rows if at < len(cells) and cells[at])
    return list(found)[:most]
