"""Texts of any length broken into lines as Chinese print does. Pure.

What may not begin or end a line: GB/T 15834-2011 (标点符号用法), 5.1; the same in Latin punctuation, and the brackets
of both.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterator

from core.texts.lines import TURNING

NEVER_FIRST = frozenset("。．，、；：！？）］｝〕】》〉」』”’…—～·・‰％℃°﹐﹑﹒﹔﹕﹖﹗〞｡｣､,.;:!?)]}%~»›ー々〻")
NEVER_LAST = frozenset("（［｛〔【《〈「『“‘￥＄£¥$([{«‹＃#@〝｢")
_INSEPARABLE = frozenset("…—")
"""A dash and an ellipsis are two characters wide and stay together."""
_SPLITS_ADDRESS = frozenset("/?&=-_.,;:+%~#@")
"""A word that is longer than a line is broken after one of these characters where it has one."""
_SIGNS_BACK = 12
"""How far a break moves back within a run that offers none; a longer run of stops is broken like any word."""

_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
_NEW_LINES = "\r\n|\r|\n|\v|\f|\x85|\u2028|\u2029"
_EMPTY_LINES = re.compile(r"\n(?:[^\S\n]*\n){4,}")
"""Four empty lines or more in a row: their number says as much as they do, and ten thousand of them are pages."""

Width = Callable[[str], float]
"""Of one character."""


def printable(said: str, glyphs: Container[int]) -> str:
    """Only what the font (`glyphs`: its code points) can draw; anything else is named by its code, 〔U+1F600〕."""
    for line_end in _NEW_LINES.split("|"):
        said = said.replace(line_end, "\n")
    said = _EMPTY_LINES.sub(lambda run: f"\n〔空{run[0].count(chr(10)) - 1}行〕\n", said)
    return "".join(_pieces(said.replace("\t", "    "), glyphs))


def _pieces(said: str, glyphs: Container[int]) -> Iterator[str]:
    unknown: list[str] = []
    for sign in said:
        selector = "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"
        if sign in _INVISIBLE or selector:
            continue
        drawn = sign == "\n" or (ord(sign) in glyphs and sign not in TURNING and sign.isprintable())
        if drawn or sign == "\u00a0" or sign == "\u3000":
            if unknown:
                yield f"〔{' '.join(unknown)}〕"
                unknown = []
            yield sign
        else:
            unknown.append(f"U+{ord(sign):04X}")
    if unknown:
        yield f"〔{' '.join(unknown)}〕"


def break_lines(said: str, room: float, width: Width) -> list[str]:
    """Lines none of which is wider than `room`, in the unit of `width`. At least one, which may be empty."""
    lines: list[str] = []
    for paragraph in said.split("\n"):
        lines += _fill(paragraph, room, width)
    return lines


def _fill(said: str, room: float, width: Width) -> Iterator[str]:
    begin, at, used = 0, 0, 0.0
    while at < len(said):
        used += width(said[at])
        # A blank at the end of a line is not seen.
        if used > room and said[at] != " " and at > begin:
            at = _break_before(said, begin, at, room, width)
            yield said[begin:at].rstrip(" ")
            begin, used = at, 0.0
            continue
        at += 1
    yield said[begin:].rstrip(" ")


def _break_before(said: str, begin: int, full: int, room: float, width: Width) -> int:
    """Where the line that begins at `begin` and has no room for the sign at `full` ends: begin < it <= full."""
    for at in range(full, begin, -1):
        if _may_break(said[at - 1], said[at]):
            if _next_fits(said, at, room, width):
                return at
            break
    # Within a word: after a sign that divides an address, else anywhere that keeps the rules of punctuation.
    for at in range(full, begin + (full - begin) // 2, -1):
        if said[at - 1] in _SPLITS_ADDRESS and said[at] not in _SPLITS_ADDRESS and _keeps_rules(said[at - 1], said[at]):
            return at
    for at in range(full, max(full - _SIGNS_BACK, begin), -1):
        if _keeps_rules(said[at - 1], said[at]):
            return at
    return full


def _next_fits(said: str, begin: int, room: float, width: Width) -> bool:
    """Whether what may not be broken from `begin` on is a line at most; what is longer begins on the line before."""
    used = 0.0
    for at in range(begin, len(said)):
        if at > begin and _may_break(said[at - 1], said[at]):
            break
        used += width(said[at])
        if used > room:
            return said[at] == " "
    return True


def _may_break(before: str, after: str) -> bool:
    if not _keeps_rules(before, after):
        return False
    return before == " " or not (_in_word(before) and _in_word(after))


def _keeps_rules(before: str, after: str) -> bool:
    if after in NEVER_FIRST or before in NEVER_LAST or after == " ":
        return False
    if before == after and before in _INSEPARABLE:
        return False
    return not unicodedata.combining(after)


def _in_word(sign: str) -> bool:
    """Letters and numerals of scripts that set blanks between words, with what stands among them."""
    return sign != " " and unicodedata.east_asian_width(sign) not in "WF"
