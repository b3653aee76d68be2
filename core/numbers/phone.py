"""Telephone numbers as networks give and people write them: one key for all spellings of one number. Pure.

A key is what numbers are stored under, compared, blocked, settled and looked for by (docs/decisions/0021): the national
number without its leading zero (13900000001, 5374411000), 00 and the country for a foreign one (0085212345678), the
digits themselves for a short one (110, 1001), with its leading zero a short one of some city (053712345). It is digits
only, so it may name a file. What a whole number is, says core.numbers.plan.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from core.numbers.plan import LONGEST_KEY, LONGEST_SHORT, MOBILE, SHORTEST_KEY, dial_form, whole_number
from core.numbers.withheld import is_withheld
from core.numbers.writing import digits_of

_MOST_GROUPS = LONGEST_KEY
"""A number is written in at most this many groups of digits: one for each digit."""
_GROUP = re.compile(r"\+?[0-9]+", re.ASCII)
_SOFT = re.compile(r"[ \t\u00a0\-.()\[\]/_·•\u2010-\u2015\u2212~]{0,4}")
"""May stand between the groups of one number."""
_EXTENSION = re.compile(
    r"[\s.(]{0,3}(?:转接?|分机号?|内线|;?ext(?:ension|n)?[.:=]?|[x#,*(\-\u2013\u2014])[\s.:()]{0,3}(?P<digits>[0-9]{1,6})(?![0-9])",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Number:
    """One number out of what was given."""

    key: str
    extension: str = ""
    """Behind the switchboard; never dialled into the number."""
    written: str = field(default="", compare=False)
    """Its digits as they were given."""

    @property
    def dial(self) -> str:
        """As the national network wants it: 13900000001, 05374411000, 0085212345678, 110."""
        return dial_form(self.key)


def number_key(number: str) -> str:
    """`+86 139 0000 0001`, `幺三九零零零零零零零一` → 13900000001; `0537-4411000转8001`, `4411000` → 5374411000.

    Of several numbers the first one's. Empty: withheld, or no number at all.
    """
    return next((one.key for one in _numbers(number)), "")


def number_keys(text: str) -> tuple[str, ...]:
    """The keys of all numbers in a field, each once."""
    return tuple(dict.fromkeys(one.key for one in _numbers(text)))


def parse_numbers(text: str) -> tuple[Number, ...]:
    """All numbers in a field as people fill it (`4411000 王主任13900000001`), in their order, each once."""
    found: dict[str, Number] = {}
    for one in _numbers(text):
        if one.key not in found or not found[one.key].extension:
            found[one.key] = one
    return tuple(found.values())


def plain_number(text: str) -> str:
    """One number as it is stored and dialled; what holds none, or several, or more than a number, stays as it was
    written, but for what says that there is none."""
    if is_withheld(text):
        return ""
    found, tidy = parse_numbers(text), digits_of(text)
    digits = "".join(group[0].lstrip("+") for group in _GROUP.finditer(tidy))
    rest = _SOFT.sub("", _GROUP.sub("", tidy))
    if (
        len(found) == 1
        and not found[0].extension
        and not rest
        and digits.endswith(found[0].key.removeprefix("00")[-7:])
    ):
        return found[0].dial
    return text.strip()


def mentions(text: str, key: str) -> bool:
    """Whether the number stands in `text`, in whatever spelling."""
    return bool(key) and any(one.key == key for one in _numbers(text))


def _numbers(text: str) -> Iterator[Number]:
    if is_withheld(text):
        return
    tidy = digits_of(text)
    groups = list(_GROUP.finditer(tidy))
    found = False
    for start, end, key in _segments(tidy, groups):
        found = True
        written = "".join(group[0].lstrip("+") for group in groups[start:end])
        extension = _EXTENSION.match(tidy, groups[end - 1].end()) if not MOBILE.fullmatch(key) else None
        if extension and (end >= len(groups) or not _is_number_from(tidy, groups, end)):
            yield Number(key, extension["digits"], written)
        else:
            yield Number(key, "", written)
    # What is nothing but digits is a number all the same: short ones, and those of networks that we do not know.
    if not found and groups and not _SOFT.sub("", _GROUP.sub("", tidy)):
        digits = "".join(group[0].lstrip("+") for group in groups)
        bare = digits.lstrip("0")
        short = bare.removeprefix("86") if groups[0][0].startswith(("+86", "0086")) or tidy[:1] == "+" else ""
        if SHORTEST_KEY <= len(short) <= LONGEST_SHORT:
            # The network puts the country before what is dialled within it alone; 8612345 itself is a local number.
            key = short
        else:
            key = whole_number(bare) or (bare if len(bare) <= LONGEST_SHORT or digits[:2] != "00" else digits)
        if len(key) >= SHORTEST_KEY:
            yield Number(key[:LONGEST_KEY], "", digits)


def _is_number_from(tidy: str, groups: list[re.Match[str]], at: int) -> bool:
    """Whether a number begins with this very group."""
    return next(_ways(tidy, groups, at), None) is not None


def _segments(tidy: str, groups: list[re.Match[str]]) -> Iterable[tuple[int, int, str]]:
    """The groups of digits taken together to numbers so that the fewest digits are left over, then in the fewest
    numbers: (first group, the one after the last, key)."""
    count = len(groups)
    best: list[tuple[int, int, int, str]] = [(0, 0, count, "")] * (count + 1)
    for at in range(count - 1, -1, -1):
        left, numbers = best[at + 1][:2]
        best[at] = (left + len(groups[at][0]), numbers, at + 1, "")
        for end, key in _ways(tidy, groups, at):
            left, numbers = best[end][:2]
            best[at] = min(best[at], (left, numbers + 1, end, key), key=lambda way: way[:2])
    at = 0
    while at < count:
        _, _, end, key = best[at]
        if key:
            yield at, end, key
        at = end


def _ways(tidy: str, groups: list[re.Match[str]], at: int) -> Iterator[tuple[int, str]]:
    """The numbers that begin with group `at`: (the group after the last, key)."""
    digits = groups[at][0]
    for end in range(at + 1, min(len(groups), at + _MOST_GROUPS) + 1):
        if len(digits) > LONGEST_KEY:
            return
        if key := whole_number(digits):
            yield end, key
            if not key.startswith("00"):
                # Complete: what follows is an extension, or another number.
                return
        if end == len(groups):
            return
        joined = _SOFT.fullmatch(tidy, groups[end - 1].end(), groups[end].start())
        if joined is None or groups[end][0].startswith("+"):
            return
        digits += groups[end][0]
