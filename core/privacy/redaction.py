"""A citizen's name and number wherever they stand in a text, covered. Pure.

Covered for everybody who may not know the citizen: the full name, however drawn apart or written (钱-多多, 錢多多); the
number in all its spellings, spoken too (幺三八零…), without its area code, its last eight digits; numbers of identity
papers and bank cards.
Of one who wishes to stay unnamed (举报人保密) also: the given name of two characters or more, the parts of a name of
several, surname with title, the name by its sound or in Latin letters, and any eight digits of the number in a row.
Not covered: a surname alone, a short name misheard, fewer than seven digits, digits with other digits put between,
what only who knows the person would recognise. docs/decisions/0022 has the whole list.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from core.numbers.phone import number_keys
from core.numbers.plan import LONGEST_KEY
from core.privacy.name_forms import SHORTEST_NAME, familiar, parts_of_name, people_in, sounding_name, whole_names
from core.privacy.papers import papers_in
from core.privacy.spelling import SpellingRow, digit_rows, digits_only, letter_row, says_digits, sounds
from core.texts.search import mask_phone

SHORTEST_NUMBER = 7
"""Digits: shorter ones stand in texts for other things."""
WINDOW = 8
"""How many digits in a row of a confidential citizen's number are too many."""
FEWEST_SIGNS = 4
"""With fewer no number can be said, not even as 八个零."""
NO_NAME = "（姓名不予显示）"
NO_NUMBER = "（号码不予显示）"
_PREFIX = re.compile(
    r"(?:17951|12593|17911|17909)?(?:[(（]?(?:\+|00|＋|００)?(?:86|８６)[)）\s\-]{0,2})?(?:[(（]?[0０])?$"
)
_DIALLED_BEFORE = re.compile(r"(?:17951|12593|17911|11808|10193|17909|17908)?(?:0086|\+?86|0\d{2,3})?0?")
"""What a number may be dialled with before it: a carrier's code, the country, the area."""
_PLACE_ENDS = frozenset("庄村屯家寨沟河桥店营楼集镇湾坡园街路巷胡")
_CITY_CODES = re.compile(r"10|2\d")
_OWN_WORDS = frozenset({"subject", "place_town", "actor_name", "answered_by", "acknowledged_by", "alarm_seen_by"})
"""Fields that hold codes of ours, as do those that end in _code or _codes, or that name who did something. Staff
who bear the reporter's name are no secret; covered, their names would give it away."""
_SHA256 = re.compile(r"[0-9a-f]{64}")

Span = tuple[int, int, str]
"""From where to where in a text, and what stands there instead."""
_LONG = 300
"""Characters: from this length on, the redaction of a text is cached, since an order's history is read again and again.
"""
_MADE = 200
"""Redactors that are cached: a list shows many orders of one family, whose citizens are the same."""
_SPELLED = 4000
"""Citizens whose names' and numbers' spellings are cached."""
_REMEMBERED = 2000
"""Texts, of at most 10,000 characters each: some 40 MB."""


def mask_name(name: str) -> str:
    """王小明 → 王**; empty stays empty."""
    return f"{name[0]}**" if name else ""


@dataclass(frozen=True)
class Citizen:
    """A person whom a text may name: every name and number that they have or ever had."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    """In any spelling; one may hold several numbers."""
    wholly: bool = False
    """Not even the masked form may be read (举报人保密)."""


@dataclass(frozen=True)
class _Number:
    digits: str
    shown: str
    loose: bool
    """Letters may stand between its digits."""
    anywhere: bool
    """Also as a part of a longer number."""


@dataclass(frozen=True, eq=False)
class Redactor:
    """Covers what must not be read in a text by the person who asks. Two that cover the same are equal."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Each form of a name, as letter rows are folded, and what is shown instead."""
    sounding: Mapping[str, str] = field(default_factory=dict)
    """The same, by how it sounds (core.privacy.spelling.sounds)."""
    familiar: Mapping[str, str] = field(default_factory=dict)
    numbers: Sequence[_Number] = ()
    papers: bool = False
    """Identity and card numbers too."""
    masked: Mapping[str, str] = field(default_factory=dict)
    """Masked forms of one who wishes to stay unnamed, in texts from before the wish."""

    @cached_property
    def _covers(self) -> tuple[Any, ...]:
        named = (self.names, self.sounding, self.familiar, self.masked)
        return (*(tuple(sorted(one.items())) for one in named), tuple(self.numbers), self.papers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Redactor) and self._covers == other._covers

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self._covers)

    def text(self, said: str) -> str:
        covered = _covered(said, self._spans(said)) if said else said
        for mask, shown in self.masked.items():
            covered = covered.replace(mask, shown)
        return covered

    def without(self, said: str) -> str:
        """The text with a line break for all that is covered: as an index holds it, in which nothing of the citizen is
        found, not even that the citizen was named."""
        return _covered(said, [(start, end, "\n") for start, end, _ in self._spans(said)]) if said else said

    def texts(self, said: Sequence[str]) -> list[str]:
        """Pieces of one speech, each covered; what begins in one and ends in another is covered in both."""
        whole, found, begun = "\n".join(said), self._spans("\n".join(said)), 0
        if not found:
            return list(said)
        covered = []
        for piece in said:
            end = begun + len(piece)
            mine = [(max(start, begun) - begun, min(stop, end) - begun, shown) for start, stop, shown in found]
            covered.append(_covered(whole[begun:end], [span for span in mine if span[0] < span[1]]))
            begun = end + 1
        return covered

    def all_of(self, value: Any, name: str = "") -> Any:
        """A stored or answered value with every text in it covered; keys of mappings stay, and so do our own codes."""
        match value:
            case str():
                # A StrEnum is one of our own words.
                ours = type(value) is not str or name in _OWN_WORDS or name.endswith(("_code", "_codes"))
                return value if ours or _SHA256.fullmatch(value) else self.text(value)
            case dict():
                return {key: self.all_of(one, str(key)) for key, one in value.items()}
            case list() | tuple():
                return [self.all_of(one, name) for one in value]
            case _:
                return value

    def _spans(self, said: str) -> Sequence[Span]:
        return _remembered(self, said) if len(said) >= _LONG else self._find(said)

    def _find(self, said: str) -> list[Span]:
        found = [*self._numbers_in(said), *self._names_in(said)]
        found.sort(key=lambda span: (span[0], -span[1]))
        merged: list[Span] = []
        for start, end, shown in found:
            if merged and start < merged[-1][1]:
                before = merged[-1]
                merged[-1] = before[0], max(before[1], end), before[2]
            else:
                merged.append((start, end, shown))
        return merged

    def _numbers_in(self, said: str) -> Iterator[Span]:
        if not (self.numbers or self.papers) or says_digits(said) < FEWEST_SIGNS:
            return
        rows = digit_rows(said, misheard=any(number.anywhere for number in self.numbers))
        for row in rows:
            # Most stand nowhere in it, and a family of orders may have hundreds.
            for number in [one for one in self.numbers if one.digits in row.signs]:
                for start, end in row.find(number.digits, loose=number.loose, overlapping=not number.anywhere):
                    if number.anywhere or _stands_alone(row, start, end):
                        begin = row.starts[start]
                        prefix = _PREFIX.search(said[max(begin - 16, 0) : begin])
                        yield begin - len(prefix.group() if prefix else ""), row.ends[end - 1], number.shown
        if self.papers:
            yield from papers_in(said, rows[0])

    @cached_property
    def _heads(self) -> Sequence[Mapping[str, list[tuple[str, str]]]]:
        return [_by_head(names) for names in (self.names, self.familiar, self.sounding)]

    def _names_in(self, said: str) -> Iterator[Span]:
        if not self.names:
            return
        row = letter_row(said)
        for name, shown in _within(row, self._heads[0]):
            hits = row.find(name, loose=len(name) > SHORTEST_NAME)
            yield from (row.span(*hit, shown) for hit in hits if not name.isascii() or _is_word(row, *hit))
        for name, shown in _within(row, self._heads[1]):
            yield from (row.span(*hit, shown) for hit in row.find(name) if not _is_place(row, *hit))
        if self.sounding:
            row.signs = sounds(row.signs)
        for name, shown in _within(row, self._heads[2]):
            yield from (row.span(*hit, shown) for hit in row.find(name, loose=True))


@lru_cache(_REMEMBERED)
def _remembered(redactor: Redactor, said: str) -> Sequence[Span]:
    return redactor._find(said)


CLEAR = Redactor()
"""For whoever knows the citizen: hides nothing."""


def make_redactor(citizens: Iterable[Citizen]) -> Redactor:
    """What must be covered of these citizens; a name or number of two of them is covered as the stricter asks."""
    return _made(frozenset(citizens))


@lru_cache(_MADE)
def _made(citizens: frozenset[Citizen]) -> Redactor:
    names: dict[str, str] = {}
    sounding: dict[str, str] = {}
    called: dict[str, str] = {}
    numbers: dict[str, _Number] = {}
    masked: dict[str, str] = {}
    for citizen in sorted(citizens, key=lambda one: one.wholly):
        of_one = _redactor_of_one(citizen)
        names |= of_one.names
        sounding |= of_one.sounding
        called |= of_one.familiar
        numbers |= {number.digits: number for number in of_one.numbers}
        masked |= of_one.masked
    longest = sorted(numbers.values(), key=lambda one: -len(one.digits))
    return Redactor(names, sounding, called, longest, papers=True, masked=masked)


@lru_cache(_SPELLED)
def _redactor_of_one(citizen: Citizen) -> Redactor:
    names: dict[str, str] = {}
    sounding: dict[str, str] = {}
    called: dict[str, str] = {}
    numbers: dict[str, _Number] = {}
    masked: dict[str, str] = {}
    for typed in citizen.names:
        names |= dict.fromkeys(whole_names(typed), NO_NAME if citizen.wholly else mask_name(typed.strip()))
    for name in {one for typed in citizen.names for one in people_in(typed)}:
        shown = NO_NAME if citizen.wholly else mask_name(name)
        names |= dict.fromkeys(whole_names(name), shown)
        if citizen.wholly:
            names |= dict.fromkeys(parts_of_name(name), NO_NAME)
            called |= dict.fromkeys(familiar(name), NO_NAME)
            masked[mask_name(name)] = NO_NAME
            if sound := sounding_name(name):
                sounding[sounds(sound)] = NO_NAME
    for number in citizen.numbers:
        for key in keys_of(number):
            numbers |= {one.digits: one for one in _forms(key, wholly=citizen.wholly)}
            if citizen.wholly:
                masked[mask_phone(key)] = NO_NUMBER
    return Redactor(names, sounding, called, tuple(numbers.values()), masked=masked)


def keys_of(text: str) -> set[str]:
    """The keys of all numbers that stand in a number's field: 13900000078 / 0537-4411000转8001."""
    keys = {key.removeprefix("00") for key in number_keys(text)}
    whole = {key for key in keys if len(key) >= SHORTEST_NUMBER}
    digits = digits_only(text).lstrip("+0")[:LONGEST_KEY]
    return whole or ({digits} if len(digits) >= SHORTEST_NUMBER else set())


def _forms(key: str, *, wholly: bool) -> Iterator[_Number]:
    """The ways in which a text may hold the number with this key, or too much of it."""
    shown = NO_NUMBER if wholly else mask_phone(key)
    mobile = len(key) == 11 and key.startswith("1")
    area = 0 if mobile or len(key) < 10 else 2 if _CITY_CODES.match(key) else 3
    yield _Number(key[area:] if area else key[-WINDOW:], shown, False, wholly)
    if wholly:
        for start in range(len(key) - WINDOW + 1):
            yield _Number(key[start : start + WINDOW], shown, False, True)
    yield _Number(key, shown, len(key) > WINDOW, wholly)


def _by_head(names: Mapping[str, str]) -> Mapping[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name, shown in names.items():
        found.setdefault(name[:1], []).append((name, shown))
    return found


def _within(row: SpellingRow, by_head: Mapping[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Most stand nowhere in the text, and a family of orders may have hundreds."""
    heads = dict.fromkeys(row.signs)
    return [one for head in heads if head in by_head for one in by_head[head] if one[0] in row.signs]


def _stands_alone(row: SpellingRow, start: int, end: int) -> bool:
    """No figure directly before or after but what a number is dialled with. A word for a digit ends it: 一直, 两次."""
    if end < len(row.signs) and row.beside[end] and row.arabic[end] and row.arabic[end - 1]:
        return False
    first = start
    while first > 0 and first > start - 16 and row.beside[first] and row.arabic[first] and row.arabic[first - 1]:
        first -= 1
    return _DIALLED_BEFORE.fullmatch(row.signs[first:start]) is not None


def _is_word(row: SpellingRow, start: int, end: int) -> bool:
    """A name in Latin letters is no part of a longer word."""
    before = row.beside[start] and row.signs[start - 1].isascii() and row.signs[start - 1].isalpha()
    after = end < len(row.signs) and row.beside[end] and row.signs[end].isascii() and row.signs[end].isalpha()
    return not before and not after


def _is_place(row: SpellingRow, start: int, end: int) -> bool:
    """小李庄 is a village; and 小, 李 in two phrases are nobody."""
    return not row.beside[end - 1] or (end < len(row.signs) and row.beside[end] and row.signs[end] in _PLACE_ENDS)


def _covered(said: str, spans: Sequence[Span]) -> str:
    pieces, done = [], 0
    for start, end, shown in spans:
        pieces += [said[done:start], shown]
        done = end
    return "".join([*pieces, said[done:]])
