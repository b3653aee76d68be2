"""What the demonstration's two citizens report, in whichever city: matters for which a crew goes out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import BadInput
from dispatch.city.records import TOWN_OFFICE, City, Subject, Town, UnitEntry

_TOLD_BEST = ("street-lamp", "manhole")
"""Of these the recorded speech tells; another city may call them so too."""


@dataclass(frozen=True)
class Matter:
    said: str
    """What the citizen says."""
    fields: dict[str, Any]
    """What the agent writes down."""
    offices: tuple[str, ...]
    """Those that may get the order, and …"""
    units: tuple[str, ...]


def two_matters(city: City) -> tuple[Matter, Matter]:
    """Raises BadInput for a city without a crew that any subject needs."""
    found = list(_possible(city))
    if not found:
        raise BadInput(f"{city.name} has no crew that a subject of subjects.toml needs: add one to units.csv")
    first = found[0]
    others = [one for one in found if one[0] is not first[0]] or found[-1:]
    second = min(others, key=lambda one: (set(one[2]) & set(first[2]) != set(), one[1] is first[1]))
    return (
        _matter(city, *first, told="请尽快派人来修。我姓王，谢谢。", name="王示例", urgency="urgent"),
        _matter(city, *second, told="很危险，请马上派人处理。", name="李示例", urgency="urgent"),
    )


def _possible(city: City) -> Iterator[tuple[Subject, Town, tuple[UnitEntry, ...]]]:
    """Subjects with a town and the crews that go there; the best for a story first."""
    subjects = sorted(city.subjects.values(), key=lambda one: one.code not in _TOLD_BEST)
    for subject in subjects:
        for town in city.towns.values():
            crews = tuple(
                unit for unit in city.units.values() if unit.trade == subject.trade and town.code in unit.towns
            )
            if crews:
                yield subject, town, crews


def _matter(
    city: City, subject: Subject, town: Town, crews: tuple[UnitEntry, ...], *, told: str, name: str, urgency: str
) -> Matter:
    named = [
        city.town_offices[town.code] if code == TOWN_OFFICE else code for code in (subject.office, *subject.co_offices)
    ]
    place = next((place.name for place in city.places if place.town == town.code), "示例路口")
    said = f"我要反映{town.name}{place}的问题：{subject.name}，{told}"
    fields = {
        "kind": "help", "subject": subject.code, "title": f"{town.name}{place}：{subject.name}", "matter": said,
        "place_town": town.code, "place": place, "urgency": urgency, "citizen_name": name,
    }  # fmt: skip
    return Matter(f"您好，{said}", fields, tuple(dict.fromkeys(named)), tuple(unit.code for unit in crews))
