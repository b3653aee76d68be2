"""The fields of an order, proposed from what was said: the one deciding function. Pure.

Rules first (the responsibility list's words, words of danger, the gazetteer, turns of phrase); a model
learned from the city's own orders, where there is one, has a say in subject and kind. Each proposal says how sure it
is, what else it could be, and from which seconds of whose voice it comes. Nothing here is believed before a person
confirms it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch.city.records import City
from dispatch.intake.chinese_time import find_times
from dispatch.intake.hearing import CITIZEN, CITY, HearingRules, MatterHeard, Source, Spoken, spoken_by
from dispatch.intake.matter_model import MatterModel, plain_words
from dispatch.intake.name_and_cause import NameFound, find_cause, find_name, tidy, title_of
from dispatch.intake.place_matching import HeardPlace, find_places, find_towns
from dispatch.kinds import Kind, Urgency
from dispatch.routing.route import Assessment, assess_urgency, lead_office
from dispatch.routing.rules import UrgencyRules
from dispatch.routing.subject_matching import Score, probabilities, score_subjects
from dispatch.sense.danger import DangerHeard, hear_danger
from dispatch.sense.model import SenseModel

ALTERNATIVES = 3
LEARNED_SHARE = 0.4
"""What the model's word weighs beside the rules'."""
REPEATED = 0.7
"""Share of its confidence that a place or name keeps which only the city's side said."""
ASKED = 0.3
"""What only the citizen knows is never sure."""
ASK_FIRST = "先问：人现在是否安全、确切地点；需要时接通 110、119 或 120。"
_GRAVER = {Urgency.NORMAL: 0, Urgency.URGENT: 1, Urgency.EMERGENCY: 2}
LEAST = 0.15
"""A subject or kind less sure than this is not proposed at all."""


@dataclass(frozen=True)
class Alternative:
    value: str
    confidence: float


@dataclass(frozen=True)
class Proposal:
    field: str
    """Name of the order's field (dispatch.orders.step_fields); lead_office_code and danger only inform."""
    value: str
    """As the field takes it; an instant in ISO form."""
    confidence: float
    """0 to 1."""
    alternatives: tuple[Alternative, ...] = ()
    """At most three, likeliest first, the value itself among them; empty where there is only one way to take it."""
    source: Source | None = None
    """None: from all that was said."""
    why: str = ""
    """For people, in Chinese; may be empty."""

    def is_sure(self, rules: HearingRules) -> bool:
        """Whether it may stand in its field. What is less sure is a guess, and only offered beside it."""
        return self.confidence >= rules.sure_from


def propose(
    city: City,
    rules: HearingRules,
    urgency: UrgencyRules,
    heard: Sequence[MatterHeard],
    *,
    at: dt.datetime,
    model: MatterModel | None = None,
    sense: SenseModel | None = None,
) -> tuple[Proposal, ...]:
    """What the order may say. `at`: when the call began, which relative times are counted from. `model`: learned from
    the city's own orders; `sense`: ships with the program."""
    citizen, ours = spoken_by(CITIZEN, heard), spoken_by(CITY, heard)
    if not citizen.text.strip("。，"):
        return ()
    scores = score_subjects(city, citizen.text)
    subjects = _subjects(city, citizen.text, scores, model)
    kinds = _kinds(city, rules, citizen.text, subjects, model)
    place, town = _where(city, rules, citizen, ours)
    found = [
        _choice("kind", kinds, _first_cue(rules, citizen, kinds)),
        _choice("subject", subjects, _best_hit(citizen, scores, subjects)),
        *_urgency(urgency, citizen, sense),
        town,
        place,
        _element("citizen_name", find_name(rules, citizen.text), citizen),
        _happened(citizen, at),
        _element("cause", find_cause(citizen.text), citizen),
        _matter(rules, citizen),
        _confidential(rules, citizen),
    ]
    known = {one.field: one for one in found if one is not None}
    known |= {one.field: one for one in _follows(city, rules, known, subjects) if one is not None}
    return tuple(known.values())


def rank_subjects(city: City, text: str, model: MatterModel | None) -> list[Alternative]:
    """Subjects, likeliest first."""
    return _subjects(city, text, score_subjects(city, text), model)


def _subjects(city: City, text: str, scores: Mapping[str, Score], model: MatterModel | None) -> list[Alternative]:
    ruled = probabilities(scores)
    learned = model.ask(model.subject, plain_words(city, text)) if model else {}
    return _ranked(_mixed(ruled, {code: share for code, share in learned.items() if code in city.subjects}))


def _kinds(
    city: City, rules: HearingRules, text: str, subjects: Sequence[Alternative], model: MatterModel | None
) -> list[Alternative]:
    weights = {kind: 0.0 for kind in Kind}
    for cue in rules.cues:
        if cue.pattern.search(text):
            weights[cue.kind] += cue.weight
    for one in subjects[:ALTERNATIVES]:
        weights[city.subjects[one.value].kind] += rules.subject_weight * one.confidence
    whole = sum(2.0**weight for weight in weights.values())
    ruled = {str(kind): 2.0**weight / whole for kind, weight in weights.items()}
    learned = model.ask(model.kind, plain_words(city, text)) if model else {}
    return _ranked(_mixed(ruled, {kind: share for kind, share in learned.items() if kind in ruled}))


def _mixed(ruled: Mapping[str, float], learned: Mapping[str, float]) -> dict[str, float]:
    if not learned:
        return dict(ruled)
    return {
        value: (1 - LEARNED_SHARE) * ruled.get(value, 0.0) + LEARNED_SHARE * learned.get(value, 0.0)
        for value in {**ruled, **learned}
    }


def _ranked(shares: Mapping[str, float]) -> list[Alternative]:
    best = sorted(shares.items(), key=lambda one: (-one[1], one[0]))
    return [Alternative(value, round(share, 4)) for value, share in best]


def _choice(field: str, ranked: Sequence[Alternative], source: Source | None) -> Proposal | None:
    if not ranked or ranked[0].confidence < LEAST:
        return None
    return Proposal(field, ranked[0].value, ranked[0].confidence, tuple(ranked[:ALTERNATIVES]), source)


def _best_hit(spoken: Spoken, scores: Mapping[str, Score], subjects: Sequence[Alternative]) -> Source | None:
    hits = scores[subjects[0].value].hits if subjects and subjects[0].value in scores else ()
    return spoken.source(hits[0].start, hits[0].end) if hits else None


def _first_cue(rules: HearingRules, spoken: Spoken, kinds: Sequence[Alternative]) -> Source | None:
    for cue in rules.cues:
        if kinds and cue.kind == kinds[0].value and (found := cue.pattern.search(spoken.text)):
            return spoken.source(*found)
    return None


def _urgency(rules: UrgencyRules, spoken: Spoken, sense: SenseModel | None) -> tuple[Proposal | None, ...]:
    """How urgent it is, and the danger that alarms the desk. The model only ever makes a matter more urgent."""
    by_words = assess_urgency(rules, spoken.text)
    heard = hear_danger(sense, spoken.text, by_words.urgency) if sense else None
    danger = _danger(spoken, heard, by_words) if heard and heard.rings else None
    if danger is not None and heard is not None and _GRAVER[heard.urgency] >= _GRAVER[by_words.urgency]:
        urgency = Proposal("urgency", heard.urgency, danger.confidence, source=danger.source, why=danger.why)
        return urgency, danger
    return _urgency_by_words(by_words, spoken), danger


def _danger(spoken: Spoken, heard: DangerHeard, by_words: Assessment) -> Proposal:
    at = spoken.text.find(heard.words[0], heard.start) if heard.words else -1
    start, end = (at, at + len(heard.words[0])) if at >= 0 else (heard.start, heard.end)
    said = f"：{'、'.join(f'“{word}”' for word in heard.words)}" if heard.words else ""
    what = "可能有人正有危险" if heard.urgency is Urgency.EMERGENCY else "可能很快有人受伤"
    ask = "；".join(by_words.advice) or ASK_FIRST
    why = f"{what}（把握{round(heard.probability * 100)}%）{said}。{ask}"
    value = "now" if heard.urgency is Urgency.EMERGENCY else "soon"
    return Proposal("danger", value, round(heard.probability, 4), source=spoken.source(start, end), why=why)


def _urgency_by_words(assessed: Assessment, spoken: Spoken) -> Proposal:
    if assessed.urgency is Urgency.NORMAL:
        return Proposal("urgency", Urgency.NORMAL, 0.7)
    said = assessed.why[0].removeprefix("听到“").removesuffix("”").split("、")[-1]
    at = spoken.text.find(said)
    source = spoken.source(at, at + len(said)) if at >= 0 else None
    why = "；".join((*assessed.why, *assessed.advice))
    return Proposal("urgency", assessed.urgency, 0.8, source=source, why=why)


def _where(city: City, rules: HearingRules, citizen: Spoken, ours: Spoken) -> tuple[Proposal | None, Proposal | None]:
    """Place and town; of the city's side only what the citizen did not say: agents repeat what they understood."""
    for spoken, share in ((citizen, 1.0), (ours, REPEATED)):
        places, towns = find_places(city, rules, spoken.text), find_towns(city, rules, spoken.text)
        if places or towns:
            return _place(spoken, places, towns, share), _town(spoken, places, towns, share)
    return None, None


def _place(spoken: Spoken, places: Sequence[HeardPlace], towns: Sequence[HeardPlace], share: float) -> Proposal | None:
    named = {one.town for one in towns}
    ranked = sorted(places, key=lambda one: bool(named) and one.town not in named)
    others = tuple(Alternative(one.name, one.confidence * share) for one in ranked[:ALTERNATIVES])
    return (
        Proposal("place", ranked[0].name, others[0].confidence, others, spoken.source(ranked[0].start, ranked[0].end))
        if ranked
        else None
    )


def _town(spoken: Spoken, places: Sequence[HeardPlace], towns: Sequence[HeardPlace], share: float) -> Proposal | None:
    """A town named in full, else a place's, else a short name (villages bear them too: 王庄)."""
    shares: dict[str, float] = {}
    sources: dict[str, HeardPlace] = {}
    for one in (*towns, *places):
        certainty = one.confidence * (1.0 if one.name or one.confidence > 0.9 else 0.9)
        # Said twice, as a town and by a place in it, is surer than once.
        shares[one.town] = 1 - (1 - shares.get(one.town, 0.0)) * (1 - certainty)
        sources.setdefault(one.town, one)
    ranked = sorted(shares, key=lambda code: (-shares[code], sources[code].start))
    if not ranked:
        return None
    whole = max(1.0, sum(shares.values()))
    others = tuple(Alternative(code, round(shares[code] / whole * share, 4)) for code in ranked[:ALTERNATIVES])
    best = sources[ranked[0]]
    return Proposal("place_town", ranked[0], others[0].confidence, others, spoken.source(best.start, best.end))


def _element(field: str, found: NameFound | None, spoken: Spoken) -> Proposal | None:
    if found is None:
        return None
    return Proposal(field, found.value, found.confidence, source=spoken.source(found.start, found.end))


def _happened(spoken: Spoken, at: dt.datetime) -> Proposal | None:
    times = find_times(spoken.text, at)
    if not times:
        return None
    best = times[0]
    others = tuple(Alternative(one.at.isoformat(), 0.8 if one.to_the_hour else 0.5) for one in times[:ALTERNATIVES])
    source = spoken.source(best.start, best.end)
    return Proposal("happened_at", best.at.isoformat(), others[0].confidence, others, source)


def _matter(rules: HearingRules, spoken: Spoken) -> Proposal | None:
    said = tidy(rules, spoken.text)
    return Proposal("matter", said[:10_000], 0.6) if said else None


def _confidential(rules: HearingRules, spoken: Spoken) -> Proposal | None:
    """Never more than a question to ask: only the citizen knows."""
    at, word = min(((spoken.text.find(word), word) for word in rules.secrecy if word in spoken.text), default=(-1, ""))
    if at < 0:
        return None
    why = f"听到“{word}”：请问清是否要求保密，要求的在这里勾上。"
    source = spoken.source(at, at + len(word))
    return Proposal("confidential", str(True), min(ASKED, rules.sure_from / 2), source=source, why=why)


def _follows(
    city: City, rules: HearingRules, known: Mapping[str, Proposal], subjects: Sequence[Alternative]
) -> tuple[Proposal | None, ...]:
    """What the other proposals lead to: the title, and who would handle it. A title says no kind that is only guessed:
    举报 before a matter that nobody reported would go to the office asked to answer it."""
    kind = Kind(known["kind"].value) if "kind" in known and known["kind"].is_sure(rules) else None
    town = known["place_town"].value if "place_town" in known else None
    place = known["place"].value if "place" in known else ""
    subject = city.subjects[known["subject"].value] if "subject" in known else None
    title = title_of(city, kind, subject, place, town)
    sure = known["subject"].confidence if subject else 0.0
    offices = rank_offices(city, subjects, town=town, place=place)
    return (
        Proposal("title", title, sure) if title else None,
        Proposal("lead_office_code", offices[0].value, offices[0].confidence, tuple(offices[:ALTERNATIVES]))
        if subject and offices
        else None,
    )


def rank_offices(
    city: City, subjects: Sequence[Alternative], *, town: str | None, place: str = ""
) -> list[Alternative]:
    """Lead offices, likeliest first: subjects of one office speak for it together."""
    shares: dict[str, float] = {}
    for one in subjects[:8]:
        lead = lead_office(city, subject=one.value, place_town=town, place=place)
        if lead is not None:
            shares[lead] = shares.get(lead, 0.0) + one.confidence
    # The first is that of the likeliest subject: the order will be routed by its subject.
    first = lead_office(city, subject=subjects[0].value, place_town=town, place=place) if subjects else None
    best = sorted(shares.items(), key=lambda one: (one[0] != first, -one[1], one[0]))
    return [Alternative(code, round(min(share, 1.0), 4)) for code, share in best]
