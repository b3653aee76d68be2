"""Where an order goes: subject and place → lead office and co-offices, trade and town → crew, words → urgency.

Only proposes, with reasons that a person can read; when it is unsure it says so, and the coordinator decides.
"""

from dataclasses import dataclass

from core.city_words import city_words
from dispatch.assignments.rules import AskingRules
from dispatch.city.records import TOWN_OFFICE, City, Place, Subject
from dispatch.kinds import Urgency
from dispatch.routing.crew_ranking import NOTHING_KNOWN, Choice, Scene, choose_units, first_choice
from dispatch.routing.rules import UrgencyRules


@dataclass(frozen=True)
class ProposedRoute:
    lead_office_code: str | None
    co_office_codes: tuple[str, ...]
    unit_code: str | None
    sure: bool
    """False: the coordinator has to check."""
    why: tuple[str, ...]
    """Chinese sentences."""
    units: tuple[Choice, ...] = ()
    """Every crew of the trade in the order in which they are asked."""
    unsure: str = ""
    """What keeps it from being sure, of `why`; empty where it is sure."""
    no_crew: str = ""
    """Why no crew is named where one has to drive there, of `why`; empty: one is named, or nobody has to drive."""


@dataclass(frozen=True)
class Assessment:
    urgency: Urgency
    why: tuple[str, ...]
    advice: tuple[str, ...]
    """What to do at once."""


def route(
    city: City,
    asking: AskingRules,
    *,
    subject: str | None,
    place_town: str | None,
    place: str = "",
    scene: Scene = NOTHING_KNOWN,
) -> ProposedRoute:
    """The offices and the crew for a matter of `subject` at a place. Codes that are not the city's are ignored.

    `scene`: what is known of the crews now.
    """
    category = city.subjects.get(subject or "")
    if category is None:
        unsure = f"没有确定事项类别，请{city_words().coordinator}派单。"
        return ProposedRoute(None, (), None, False, (unsure,), unsure=unsure)
    why: list[str] = []
    where = find_place(city, place)
    town = place_town if place_town in city.towns else None
    if town is None and where is not None:
        town = where.town
        why.append(f"地点“{where.name}”在{city.towns[town].name}。")
    elif where is not None and town != where.town:
        why.append(f"请核对：地名表中“{where.name}”在{city.towns[where.town].name}。")
    lead = _lead(city, category, town, why)
    unsure = "" if lead else why[-1]
    units = crews_for(city, asking, subject, town, scene)
    unit, unit_sure = _unit(city, category, town, units, why)
    no_crew = "" if unit_sure else why[-1]
    helpers = _co_offices(city, category, where, town, lead, why)
    unsure = unsure or no_crew
    return ProposedRoute(lead, helpers, unit, not unsure, tuple(why), units, unsure, no_crew)


def lead_office(city: City, *, subject: str | None, place_town: str | None, place: str = "") -> str | None:
    """The lead office alone, as `route` finds it."""
    category = city.subjects.get(subject or "")
    if category is None:
        return None
    where = find_place(city, place)
    town = place_town if place_town in city.towns else where.town if where else None
    return _lead(city, category, town, [])


def find_place(city: City, spoken: str, town: str | None = None) -> Place | None:
    """The gazetteer's longest name in what was said, of this town only where one is given; None also where that name
    is in several towns."""
    found = [place for place in city.places if place.name in spoken and town in (None, place.town)]
    if not found:
        return None
    longest = max(len(place.name) for place in found)
    best = [place for place in found if len(place.name) == longest]
    return best[0] if len({place.town for place in best}) == 1 else None


def find_town(city: City, spoken: str) -> str | None:
    """Code of the one town that is named in full (小雪街道), else of a known place's, else named shortly (小雪).

    None: none, or more than one in full. A short name comes last, for villages bear them too (王庄).
    """
    full = {town.code for town in city.towns.values() if town.name in spoken}
    if full:
        return full.pop() if len(full) == 1 else None
    if (place := find_place(city, spoken)) is not None:
        return place.town
    short = {town.code for town in city.towns.values() if town.short in spoken}
    return short.pop() if len(short) == 1 else None


def assess_urgency(rules: UrgencyRules, spoken: str) -> Assessment:
    """How urgent the words make it. The weights of all words found add up."""
    found = []
    for sign in rules.signs:
        heard = [next((word for word in group if word in spoken), None) for group in sign.all_of]
        if all(heard):
            found.append((sign, "、".join(word for word in heard if word)))
    weight = sum(sign.weight for sign, _ in found)
    urgency = (
        Urgency.EMERGENCY
        if weight >= rules.emergency_from
        else Urgency.URGENT
        if weight >= rules.urgent_from
        else Urgency.NORMAL
    )
    advice = tuple(dict.fromkeys(sign.advice for sign, _ in found if sign.advice))
    return Assessment(urgency, tuple(f"听到“{words}”" for _, words in found), advice)


def _lead(city: City, subject: Subject, town: str | None, why: list[str]) -> str | None:
    if subject.office != TOWN_OFFICE:
        why.append(f"“{subject.name}”由{city.offices[subject.office].name}主办。")
        return subject.office
    if town is None:
        why.append(f"“{subject.name}”由所在{city_words().town}主办，但没有确定{city_words().town}。")
        return None
    code = city.town_offices[town]
    why.append(f"“{subject.name}”由所在{city_words().town}主办：{city.offices[code].name}。")
    return code


def _co_offices(
    city: City, subject: Subject, where: Place | None, town: str | None, lead: str | None, why: list[str]
) -> tuple[str, ...]:
    codes = [code for code in subject.co_offices if code != TOWN_OFFICE]
    if TOWN_OFFICE in subject.co_offices and town is not None:
        codes.append(city.town_offices[town])
    if where is not None and where.office is not None:
        codes.append(where.office)
        why.append(f"地点在{where.name}，请{city.offices[where.office].name}协办。")
    return tuple(code for code in dict.fromkeys(codes) if code != lead)


def crews_for(
    city: City, asking: AskingRules, subject: str | None, town: str | None, scene: Scene
) -> tuple[Choice, ...]:
    """Every crew that could go, the best first; none where nobody has to go."""
    category = city.subjects.get(subject or "")
    if category is None or category.trade is None:
        return ()
    return choose_units(city, asking.busy_from, trade=category.trade, town=town, scene=scene)


def _unit(
    city: City, subject: Subject, town: str | None, units: tuple[Choice, ...], why: list[str]
) -> tuple[str | None, bool]:
    """The crew's code, and whether the choice (also that of none) is sure."""
    if subject.trade is None:
        return None, True
    trade = city.trades[subject.trade]
    if town is None:
        if len(units) == 1:
            why.append(f"全{city_words().area}只有一支{trade}{city_words().crew}：{city.units[units[0].code].name}。")
            return units[0].code, True
        why.append(f"需要{trade}{city_words().crew}，但没有确定{city_words().town}。")
        return None, False
    best = first_choice(units)
    if best is None:
        why.append(f"{city.towns[town].name}没有{trade}{city_words().crew}。")
        return None, False
    why.append(f"{city.units[best.code].name}：{best.why}")
    return best.code, True
