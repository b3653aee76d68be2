"""The filters of the list as chips, each with the address of the list without it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dispatch.city.records import City
from dispatch.orders.labels import CHANNELS, KINDS, STATES, URGENCIES, WAITINGS
from web.orders.lists.page_links import orders_address


@dataclass(frozen=True)
class FilterChip:
    words: str
    without: str
    """Address of the list without this filter."""


def chips_of(filters: Mapping[str, Any], city: City) -> list[FilterChip]:
    """`filters`: those of the address, as they stand in it, without the place in the list."""
    words = _words(city)
    return [
        FilterChip(
            words[name](value), orders_address({key: kept for key, kept in filters.items() if key != name}, None)
        )
        for name, value in filters.items()
        if name in words
    ]


def _words(city: City) -> Mapping[str, Callable[[Any], str]]:
    def named(things: Mapping[str, Any]) -> Callable[[Any], str]:
        return lambda code: things[code].name if code in things else str(code)

    return {
        "q": lambda typed: f"含“{typed}”",
        "waiting": lambda one: WAITINGS[one],
        "state": lambda one: STATES[one],
        "open": lambda _: "未办结",
        "kind": lambda one: KINDS[one],
        "urgency": lambda one: URGENCIES[one],
        "channel": lambda one: CHANNELS[one],
        "subject": named(city.subjects),
        "town": named(city.towns),
        "office": named(city.offices),
        "unit": named(city.units),
        "first": lambda day: f"{day} 起",
        "last": lambda day: f"{day} 止",
    }
