"""A citizen's name and number wherever they stand in a text, covered. Pure.

Covered are the number in all its spellings, also spoken (幺三八零…), and the full name. Not covered: a name that the
recogniser misheard, a surname alone, a name in Latin letters, what only who knows the person would recognise.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from core.phone import number_key
from core.text import mask_phone

SHORTEST_NUMBER = 7
"""Digits: shorter ones stand in texts for other things."""
SHORTEST_NAME = 2
_SPOKEN = {
    "0": "0０零〇", "1": "1１一幺壹", "2": "2２二两贰", "3": "3３三叁", "4": "4４四肆",
    "5": "5５五伍", "6": "6６六陆", "7": "7７七柒拐", "8": "8８八捌", "9": "9９九玖",
}  # fmt: skip
_DIGITS = "".join(_SPOKEN.values())
_PLAIN = {sign: digit for digit, signs in _SPOKEN.items() for sign in signs}
_BETWEEN = r"[\s\-－—()（）,，、.]{0,3}"


def mask_name(name: str) -> str:
    """王小明 → 王**; empty stays empty."""
    return f"{name[0]}**" if name else ""


@dataclass(frozen=True)
class Citizen:
    """Whom a text may name: every name and number that he has or ever had."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    """In any spelling."""
    wholly: bool = False
    """Not even the masked form may be read (举报人保密)."""


@dataclass(frozen=True)
class Redactor:
    """Covers what must not be read in a text by the person who asks."""

    names: Mapping[str, bool] = field(default_factory=dict)
    """Each with whether nothing of it may be left, not even the masked form."""
    keys: Mapping[str, bool] = field(default_factory=dict)
    """Of numbers, as core.phone.number_key makes them; the same."""

    def text(self, said: str) -> str:
        if not said:
            return said
        # A pattern takes milliseconds to compile, and a list has fifty citizens: only for what can be there at all.
        digits = "".join(_PLAIN.get(sign, "") for sign in said)
        for key, wholly in self.keys.items():
            if key in digits:
                said = _number(key).sub("（号码不予显示）" if wholly else mask_phone(key), said)
        for name, wholly in self.names.items():
            if name[0] in said:
                said = _name(name).sub("（姓名不予显示）" if wholly else mask_name(name), said)
        return said

    def all_of(self, value: Any) -> Any:
        """A stored or answered value with every text in it covered; keys of mappings stay."""
        match value:
            case str():
                # A StrEnum is one of our own words.
                return self.text(value) if type(value) is str else value
            case dict():
                return {name: self.all_of(one) for name, one in value.items()}
            case list() | tuple():
                return [self.all_of(one) for one in value]
            case _:
                return value


CLEAR = Redactor()
"""For whoever knows the citizen: hides nothing."""


def make_redactor(citizens: Iterable[Citizen]) -> Redactor:
    """What must be covered of these citizens; a name or number of two of them is covered as the stricter asks."""
    names: dict[str, bool] = {}
    keys: dict[str, bool] = {}
    for citizen in citizens:
        for name in citizen.names:
            tidy = "".join(name.split())
            # A name in Latin letters could stand in our own codes.
            if len(tidy) >= SHORTEST_NAME and not tidy.isascii():
                names[tidy] = names.get(tidy, False) or citizen.wholly
        for number in citizen.numbers:
            if len(key := number_key(number)) >= SHORTEST_NUMBER:
                keys[key] = keys.get(key, False) or citizen.wholly
    # The longest first: a name that holds another must not be covered in part.
    longest = partial(sorted, key=len, reverse=True)
    return Redactor({name: names[name] for name in longest(names)}, {key: keys[key] for key in longest(keys)})


def _number(key: str) -> re.Pattern[str]:
    digits = _BETWEEN.join(f"[{_SPOKEN[digit]}]" for digit in key)
    before = r"(?:(?:\+|00)?86[\s\-]?)?0?"
    return re.compile(rf"(?<![{_DIGITS}]){before}{digits}(?![{_DIGITS}])")


def _name(name: str) -> re.Pattern[str]:
    return re.compile(r"\s*".join(map(re.escape, name)))
