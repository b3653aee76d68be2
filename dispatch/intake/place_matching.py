"""Which place and which town were said: by the gazetteer's names, by short ones, and at last by their sound. Pure.

Looser than recordings.recognition.local_names, which puts names into the transcript: what is found here is a proposal
that a person confirms, with less confidence the less it looks like the name.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from core.texts.sounds import Sounds, near_key, sounds_of
from dispatch.city.records import City, Place
from dispatch.intake.hearing import HearingRules

_DETAIL = re.compile(
    r"(?:(?:小区|市场|中学|小学|医院|[中东西南北][段头边]|村口|村头|路口|十字路口|门口|红绿灯|邮局|"
    r"附近|旁边|对面|往[东西南北]|[一二三四五六七八九十百\d]{1,6}(?:号楼|单元|号院|号|栋|米|楼)){1,5})"
)
SAID, SHORT, SOUNDS, NEARLY = 0.95, 0.8, 0.6, 0.4


@dataclass(frozen=True)
class HeardPlace:
    town: str
    """Code."""
    name: str
    """As it is written; with a place's details as said. "" where only the town was said."""
    confidence: float
    start: int
    """In the text, in characters."""
    end: int


def find_places(city: City, rules: HearingRules, text: str) -> list[HeardPlace]:
    """Every place that was said, the surest and longest first; none upon another."""
    known = _known(city.places)
    found = _literal(city, text)
    if not found:
        found = [one for one in _sounding(text, known, rules.not_names)]
    best: list[HeardPlace] = []
    taken = bytearray(len(text))
    for one in sorted(found, key=lambda one: (-one.confidence, one.start - one.end, one.start)):
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
            best.append(one)
    return [_detailed(one, text) for one in best]


def find_towns(city: City, rules: HearingRules, text: str) -> list[HeardPlace]:
    """Towns that were named, the surest first; those that places give are not among them."""
    found = []
    for town in city.towns.values():
        short = town.short
        for name, confidence in ((town.name, SAID), (short, SHORT)):
            if (at := _at(text, name, rules.not_names)) is not None:
                found.append(HeardPlace(town.code, "", confidence, at, at + len(name)))
                break
    if not found:
        shorts = {town.short: town.code for town in city.towns.values()}
        for start, end, name, confidence in _by_sound(text, frozenset(shorts), rules.not_names):
            found.append(HeardPlace(shorts[name], "", confidence - 0.05, start, end))
    return sorted(found, key=lambda one: (-one.confidence, one.start))


def _literal(city: City, text: str) -> list[HeardPlace]:
    shorts = {town.code: town.short for town in city.towns.values()}
    found = []
    for place in city.places:
        at = text.find(place.name)
        if at >= 0:
            found.append(HeardPlace(place.town, place.name, SAID, at, at + len(place.name)))
            continue
        short = place.name.removesuffix("村")
        # 苑庄 is 苑庄村 only when its town was said just before; three characters are enough by themselves.
        if short == place.name or len(short) < 2:
            continue
        at = text.find(short)
        if at >= 0 and (len(short) > 2 or shorts[place.town] in text[max(0, at - 6) : at]):
            found.append(HeardPlace(place.town, place.name, SHORT, at, at + len(short)))
    return _one_town_each(found)


def _one_town_each(found: list[HeardPlace]) -> list[HeardPlace]:
    towns: dict[str, set[str]] = defaultdict(set)
    for one in found:
        towns[one.name].add(one.town)
    return [one for one in found if len(towns[one.name]) == 1]


def _sounding(text: str, known: dict[str, Place], not_names: frozenset[str]) -> list[HeardPlace]:
    long_enough = frozenset(name for name in known if len(name) >= 3)
    return [
        HeardPlace(known[name].town, name, confidence, start, end)
        for start, end, name, confidence in _by_sound(text, long_enough, not_names)
    ]


def _by_sound(text: str, names: frozenset[str], not_names: frozenset[str]) -> list[tuple[int, int, str, float]]:
    """(start, end, name, confidence) of each run of characters that sounds like exactly one of the names."""
    exact, near = _index(names)
    sounds = sounds_of(text)
    nearly = near_key(sounds)
    found = []
    for length in sorted({len(name) for name in names}, reverse=True):
        for start in range(len(text) - length + 1):
            same = exact.get(sounds[start : start + length], [])
            alike = near.get(nearly[start : start + length], []) if length > 2 else []
            if len(same) != 1 and len(alike) != 1:
                continue
            run = text[start : start + length]
            if run in names or run in not_names or "。" in run or "，" in run:
                continue
            name, confidence = (same[0], SOUNDS) if len(same) == 1 else (alike[0], NEARLY)
            found.append((start, start + length, name, confidence))
    return found


@lru_cache(maxsize=8)
def _index(names: frozenset[str]) -> tuple[dict[Sounds, list[str]], dict[Sounds, list[str]]]:
    exact: dict[Sounds, list[str]] = defaultdict(list)
    near: dict[Sounds, list[str]] = defaultdict(list)
    for name in sorted(names):
        exact[sounds_of(name)].append(name)
        near[near_key(sounds_of(name))].append(name)
    return dict(exact), dict(near)


@lru_cache(maxsize=8)
def _known(places: tuple[Place, ...]) -> dict[str, Place]:
    """By name, only names that are in one town."""
    towns: dict[str, set[str]] = defaultdict(set)
    for place in places:
        towns[place.name].add(place.town)
    return {place.name: place for place in places if len(towns[place.name]) == 1}


def _at(text: str, name: str, not_names: frozenset[str]) -> int | None:
    """Where `name` stands, but not inside a word that is no name (下小雪)."""
    start = text.find(name)
    while start >= 0:
        around = text[max(0, start - 1) : start + len(name) + 1]
        if not any(word in around and name in word for word in not_names):
            return start
        start = text.find(name, start + 1)
    return None


def _detailed(one: HeardPlace, text: str) -> HeardPlace:
    """With what was said right after it: 鼓楼大街中段12号."""
    detail = _DETAIL.match(text, one.end)
    if detail is None:
        return one
    return HeardPlace(one.town, one.name + detail[0], one.confidence, one.start, detail.end())
