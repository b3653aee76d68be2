"""Patterns that people write into the city's files, on an engine whose time grows with the text and no faster. Pure.

RE2 cannot backtrack, so no text can make a pattern slow; therefore it knows neither look-ahead nor look-behind
(docs/decisions/0024-patterns-in-linear-time.md). What does not count although it looks alike stands in `except`:

    pattern = "管理|管"
    pattern = { find = "管", except = "管[道网线]" }
    pattern = ["不会", { find = "会", except = "会[议员]" }]

Before `find` is looked for, each sign of what `except` finds is taken for BLANK.
"""

import string
from dataclasses import dataclass
from typing import Annotated, Any

import re2
from pydantic import PlainValidator

BLANK = "□"
_SPELLINGS = {"d": r"\p{Nd}", "w": r"\p{L}\p{N}_", "s": r"\s\p{Z}"}
"""RE2's own \\d, \\w and \\s know ASCII only; a reply has full-width figures too."""
_AROUND = ("(?=", "(?!", "(?<=", "(?<!")


@dataclass(frozen=True)
class _Part:
    find: Any
    besides: Any = None
    """Compiled; None: everything counts."""

    def search(self, text: str) -> tuple[int, int] | None:
        if self.besides is not None:
            text = self.besides.sub(lambda hit: BLANK * (hit.end() - hit.start()), text)
        hit = self.find.search(text)
        return None if hit is None else hit.span()


@dataclass(frozen=True)
class Pattern:
    """Compiled; made by `parse_pattern`."""

    parts: tuple[_Part, ...]

    def search(self, text: str) -> tuple[int, int] | None:
        """Begin and end, in characters, of the first match."""
        return min(filter(None, (part.search(text) for part in self.parts)), default=None)

    def without(self, text: str) -> str:
        """`text` less all that is found. `except` has no say in it."""
        for part in self.parts:
            text = part.find.sub("", text)
        return text

    def is_whole(self, text: str) -> bool:
        """Whether `text` from begin to end is such a one. `except` has no say in it."""
        return any(part.find.fullmatch(text) is not None for part in self.parts)


def parse_pattern(written: object) -> Pattern:
    """As it stands in a file. Raises ValueError that says what to write instead."""
    parts = written if isinstance(written, list) else [written]
    if not parts:
        raise ValueError("an empty list finds nothing: write at least one pattern")
    return Pattern(tuple(_part(one) for one in parts))


PatternText = Annotated[Pattern, PlainValidator(parse_pattern)]
"""A field of a city's file."""


def _part(written: object) -> _Part:
    match written:
        case Pattern(parts=(part,)) | (_Part() as part):
            return part
        case str():
            return _Part(_compiled(written))
        case {"find": str(find), "except": str(besides), **others} if not others:
            return _Part(_compiled(find), _compiled(besides))
    raise ValueError('write a text, or { find = "…", except = "…" }, or a list of such')


def _compiled(written: str) -> Any:
    if not written.strip():
        raise ValueError("an empty pattern finds everything: write what is to be found")
    if around := next((one for one in _AROUND if one in written), None):
        raise ValueError(
            f"{around}…) is not possible here, for it could make a pattern endlessly slow: "
            'write { find = "…", except = "…" } and put what does not count into except'
        )
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(_spelt(written.strip()), options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"not a regular expression (RE2's syntax): {reason}") from None


def _spelt(written: str) -> str:
    r"""\d, \w, \s for all scripts, and \u4e00 as the sign itself."""
    spelt, at, inside = [], 0, False
    while at < len(written):
        sign = written[at]
        if sign == "\\" and at + 1 < len(written):
            letter, at = written[at + 1], at + 2
            code = written[at : at + 4]
            if letter == "u" and len(code) == 4 and set(code) <= set(string.hexdigits):
                at += 4
                sign = re2.escape(chr(int(code, 16)))
            elif letter in _SPELLINGS:
                sign = _SPELLINGS[letter] if inside else f"[{_SPELLINGS[letter]}]"
            else:
                sign = f"\\{letter}"
            spelt.append(sign)
            continue
        inside = (inside or sign == "[") and sign != "]"
        spelt.append(sign)
        at += 1
    return "".join(spelt)
