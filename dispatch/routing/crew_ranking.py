"""Which crew goes: those of the trade in the order in which they are asked, each with the reason in plain words. Pure.

On shift before off, the town's own before others, free before busy, then the nearest whose position is fresh. What is
not known of a crew (it keeps no shift, sends no position) neither helps nor harms it; a position that is stale, or of
a crew off shift, is shown with its age and never chosen by.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.city_words import city_words
from core.clock import in_city
from dispatch.city.records import City, UnitEntry

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True)
class Spot:
    """Where an order is (dispatch.routing.location)."""

    where: tuple[float, float]
    """Latitude and longitude, WGS 84, degrees."""
    only_of: str = ""
    """The village, road or town whose position it is, where nobody gave the order's own; empty: somebody did."""


@dataclass(frozen=True)
class CrewPosition:
    """Where a crew said that it was; WGS 84, degrees."""

    latitude: float
    longitude: float
    at: dt.datetime
    fresh: bool
    """Young enough to be chosen by (dispatch.crews.rules)."""


@dataclass(frozen=True)
class Candidate:
    """What is known of a crew at this moment."""

    on_shift: bool | None = None
    """None: it keeps no shifts."""
    doing: str = ""
    """Where it stands on its ladder, in Chinese; empty: nobody knows."""
    under_way: bool = False
    """It has taken an order and is not done with it."""
    orders_in_hand: int | None = None
    """Taken and not yet answered; None: not counted."""
    position: CrewPosition | None = None


@dataclass(frozen=True)
class Scene:
    """Where the crew has to go, and what is known of the crews meanwhile."""

    at: dt.datetime
    spot: Spot | None = None
    """None: nobody knows where it is, so no distance either."""
    units: Mapping[str, Candidate] = field(default_factory=dict)
    """By code."""


NOTHING_KNOWN = Scene(dt.datetime.min.replace(tzinfo=dt.UTC))


@dataclass(frozen=True)
class Choice:
    """One crew and why it stands where it stands."""

    code: str
    why: str
    serves: bool
    """The town is one of its own."""
    on_shift: bool | None


def choose_units(city: City, busy_from: int, *, trade: str, town: str | None, scene: Scene) -> tuple[Choice, ...]:
    """Every crew of `trade`, the best first; the same facts always give the same order. `town` None: not known."""
    crews = [unit for unit in city.units.values() if unit.trade == trade]
    return tuple(
        Choice(unit.code, _why(city, busy_from, unit, town, scene), town in unit.towns, _now(unit, scene).on_shift)
        for unit in sorted(crews, key=lambda unit: _rank(busy_from, unit, town, scene))
    )


def as_stored(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """As an order keeps them."""
    return [{"code": one.code, "why": one.why} for one in choices]


def first_choice(choices: Sequence[Choice]) -> Choice | None:
    """The crew that may be sent without review: the first that serves the town or is known to be on shift; where all
    are off shift the town's own, because somebody has to be called. None: a person has to decide.
    """
    there = (one for one in choices if one.on_shift or (one.serves and one.on_shift is None))
    return next(there, None) or next((one for one in choices if one.serves), None)


def distance_km(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) in degrees: haversine formula, a sphere (0.5 % at worst)."""
    (north, east), (other_north, other_east) = ((math.radians(a), math.radians(b)) for a, b in (first, second))
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def _now(unit: UnitEntry, scene: Scene) -> Candidate:
    return scene.units.get(unit.code, Candidate())


def _rank(busy_from: int, unit: UnitEntry, town: str | None, scene: Scene) -> tuple[bool, bool, bool, float, int, str]:
    now = _now(unit, scene)
    far = _usable_distance(now, scene)
    return (
        now.on_shift is False,
        town not in unit.towns,
        _busy(busy_from, now),
        math.inf if far is None else far,
        # A crew that serves few towns is nearer than one that serves all.
        len(unit.towns),
        unit.code,
    )


def _busy(busy_from: int, now: Candidate) -> bool:
    return now.under_way or (now.orders_in_hand is not None and now.orders_in_hand >= busy_from)


def _usable_distance(now: Candidate, scene: Scene) -> float | None:
    """Kilometres that may count in the choice; None: unknown, stale, or not on shift."""
    if now.position is None or scene.spot is None or now.on_shift is False or not now.position.fresh:
        return None
    return distance_km(scene.spot.where, (now.position.latitude, now.position.longitude))


def _why(city: City, busy_from: int, unit: UnitEntry, town: str | None, scene: Scene) -> str:
    now = _now(unit, scene)
    said = [_where(city, unit, town)]
    if now.on_shift is not None:
        said.append(f"正在当班，{now.doing}".rstrip("，") if now.on_shift else "不当班")
    if now.orders_in_hand is not None:
        said.append(f"手上{now.orders_in_hand}件" if now.orders_in_hand else "手上没有任务")
    if now.position is not None:
        said.append(_how_far(now, now.position, scene))
    return "；".join(said) + "。"


def _where(city: City, unit: UnitEntry, town: str | None) -> str:
    trade = city.trades[unit.trade]
    if town is None:
        return f"{trade}{city_words().crew}，没有确定{city_words().town}"
    return f"{'负责' if town in unit.towns else '不负责'}{city.towns[town].name}的{trade}"


def _how_far(now: Candidate, position: CrewPosition, scene: Scene) -> str:
    age = f"{in_city(position.at):%H:%M}的位置"
    if scene.spot is None:
        return f"有{age}，但工单和地名表都没有坐标，不比较远近"
    if (far := _usable_distance(now, scene)) is not None:
        minutes = max(0, int((scene.at - position.at).total_seconds() // 60))
        only_of = scene.spot.only_of
        about, guess = ("约", f"，现场按{only_of}的位置估算") if only_of else ("", "")
        return f"距现场{about}{far:.1f}公里（{minutes}分钟前的位置{guess}）"
    reason = "不当班" if now.on_shift is False else "已过时"
    return f"{age}因{reason}不用来比较远近"
