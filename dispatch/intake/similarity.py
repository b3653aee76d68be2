"""How much two places and two matters are alike, by what people said of them. Pure.

Places of the city's gazetteer weigh most: whoever names the same road or village means the same place until the rest
says otherwise. Beside that, pairs of characters that both have (core.texts.search).
"""

import re
from collections.abc import Collection

from core.texts.search import pieces
from dispatch.city.records import City

SAME_NAME = 0.6
"""Two places that name the same road, village or estate are at least so much alike."""
_NUMBERS = re.compile(r"[0-9]+|(?<![一二三四五六七八九十百])[一二三四五六七八九十百]++(?=[号巷弄幢栋楼单])")


def place_likeness(city: City, one: str, other: str) -> float:
    """0 nothing in common, 1 the same words. Numbers of buildings count for nothing where the names differ."""
    if not one or not other:
        return 0.0
    alike = overlap(_place_pieces(city, one), _place_pieces(city, other))
    return max(alike, SAME_NAME) if names_in(city, one) & names_in(city, other) else alike


def text_likeness(one: str, other: str) -> float:
    return overlap(set(pieces(one)), set(pieces(other)))


def overlap(one: Collection[str], other: Collection[str]) -> float:
    """What both have, of what they have together (Dice)."""
    common = len(set(one) & set(other))
    return 2 * common / (len(one) + len(other)) if common else 0.0


def names_in(city: City, text: str) -> frozenset[str]:
    """Names of the gazetteer that `text` holds; of one within another only the longer: 神道路, not 神道."""
    found = {place.name for place in city.places if place.name in text}
    return frozenset(name for name in found if not any(name != other and name in other for other in found))


def _place_pieces(city: City, place: str) -> set[str]:
    for town in city.towns.values():
        place = place.replace(town.name, " ")
    return set(pieces(_NUMBERS.sub(" ", place)))
