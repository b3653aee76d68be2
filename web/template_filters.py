"""Times and words for templates: filters and globals, nothing else. Pure but for the clock of `today`."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from access.labels import DISCLOSURE_REASONS
from core import clock
from core.city_words import city_words
from core.clock import exact, in_city
from core.numbers.phone import parse_numbers
from core.numbers.shown import words_of
from core.texts.lines import TURNING
from core.texts.sounds import sounds_of
from dispatch.assignments.labels import CREW_SEARCH_STATES, SEARCH_ACTIONS
from dispatch.callbacks.labels import TRY_RESULTS
from dispatch.city.records import City
from dispatch.clock.labels import DUE_KINDS
from dispatch.orders.labels import (
    CHANNELS,
    FIELDS,
    KINDS,
    OFFENCES,
    PRESSING,
    PURPOSES,
    RETURN_REASONS,
    ROLES,
    SORTS,
    STATES,
    URGENCIES,
    WAITINGS,
)
from dispatch.steps.labels import STEPS
from recordings.archive.labels import HOW_HEARD
from recordings.labels import RECORDING_PARTS, RECORDING_STATES, SPEAKERS, TRANSCRIPT_STATES
from recordings.models import RecordingState, TranscriptState
from telephony.labels import AGENT_STATES, CALL_STATES, DIRECTIONS, LEG_ROLES, OUTCOMES, TROUBLES
from telephony.monitoring.line_health import INCIDENTS
from web.calls.schemas import CallAnswer, CallSummary, RecordingAnswer, SegmentAnswer
from web.labels import DESK_STATES, QUERY_FIELDS, agent_words, endpoint_words, lasted, no_phone
from web.orders.lists.page_links import calls_address, calls_of_outcome, order_address, orders_address
from web.orders.timeline import VIAS, change_words, recipient_name, seen_by

LOW_CONFIDENCE = 0.6
"""A word that the recogniser is less sure of is marked."""
_WEEKDAYS = "一二三四五六日"
_NEAR = {0: "今天", -1: "昨天", 1: "明天"}


def day_time(instant: dt.datetime | None, today: dt.date | None = None) -> str:
    """今天 14:03, 昨天 08:15, 明天 17:30, 11月24日 周二 17:30, 2025年3月2日 09:00; empty for None."""
    if instant is None:
        return ""
    local = in_city(instant)
    today = today or in_city(clock.now()).date()
    near = _NEAR.get((local.date() - today).days)
    if near:
        return f"{near} {local:%H:%M}"
    day = f"{local.month}月{local.day}日"
    if local.year != today.year:
        return f"{local.year}年{day} {local:%H:%M}"
    return f"{day} 周{_WEEKDAYS[local.weekday()]} {local:%H:%M}"


def day_time_and_date(instant: dt.datetime | None, today: dt.date | None = None) -> Markup:
    """The same for a page: 今天 and its like carry their date, which print.css puts in their place. A paper is read on
    another day."""
    words = day_time(instant, today)
    near, _, time = words.partition(" ")
    if instant is None or near not in _NEAR.values():
        return Markup.escape(words)
    local = in_city(instant)
    date = f"{local.year}年{local.month}月{local.day}日"
    return Markup('<data value="{}">{}</data> {}').format(date, near, time)


def clock_time(instant: dt.datetime) -> str:
    return f"{in_city(instant):%H:%M:%S}"


def position(seconds: float) -> str:
    """A place in a recording: 75.4 → 01:15."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"


def percent(share: float) -> str:
    """0.951 → 95.1, 1 → 100. What is not all is never rounded up to all, nor what is not none down to none."""
    if share >= 1:
        return "100"
    return f"{min(max(share * 100, 0.1), 99.9) if share > 0 else 0:.1f}"


def caller(number: str) -> str:
    return number or "未显示号码"


def numbers(phone: str) -> list[str]:
    """Of a number's field as somebody may read it, covered or not: each number by itself, for its own button."""
    return phone.split("、") if "*" in phone else [words_of(one) for one in parse_numbers(phone)]


def iso(instant: dt.datetime) -> str:
    return instant.isoformat()


@dataclass(frozen=True)
class Piece:
    """A stretch of a transcript's text."""

    text: str
    confidence: float = 1.0
    heard: str = ""
    """What a corrected local name was heard as."""

    @property
    def unsure(self) -> bool:
        return self.confidence < LOW_CONFIDENCE


def pieces(segment: SegmentAnswer) -> list[Piece]:
    """The segment's text cut so that each word carries its confidence; the text itself is never changed."""
    found: list[Piece] = []
    done = 0
    for said in _said(segment):
        start = segment.text.find(said.text, done)
        if start < 0:
            continue
        if start > done:
            found.append(Piece(segment.text[done:start]))
        done = start + len(said.text)
        found.append(said)
    return [*found, Piece(segment.text[done:])] if done < len(segment.text) else found


def _said(segment: SegmentAnswer) -> list[Piece]:
    """Each word, and each corrected name in place of the words that were heard."""
    said = [Piece(word.word, word.confidence) for word in segment.words]
    for one in reversed(segment.repairs):
        heard = said[one.first_word : one.first_word + one.words]
        sure = min((piece.confidence for piece in heard), default=1.0)
        said[one.first_word : one.first_word + one.words] = [Piece(one.name, sure, one.heard)]
    return said


def waited(call: CallSummary) -> str:
    """From the first ring to the first person, or to the end."""
    until = call.answered_at or call.ended_at
    return lasted((until - call.started_at).total_seconds()) if until else ""


def talked(call: CallSummary) -> str:
    if call.answered_at is None:
        return ""
    return lasted(((call.ended_at or clock.now()) - call.answered_at).total_seconds())


def settled(recordings: Iterable[RecordingAnswer]) -> bool:
    """Nothing about these recordings is still being worked on."""
    return all(
        one.state in (RecordingState.FAILED, RecordingState.DESTROYED)
        or (one.transcript is not None and one.transcript.state in (TranscriptState.DONE, TranscriptState.FAILED))
        for one in recordings
    )


def call_settled(call: CallAnswer) -> bool:
    return bool(call.recordings) and settled(call.recordings)


def all_settled(heard: Sequence[Any]) -> bool:
    """Of all calls of an order (web.orders.views.CallToHear)."""
    return all(one.call.ended_at and settled(one.recordings) for one in heard)


def code_names(things: Iterable[Any]) -> list[tuple[str, str]]:
    """Of the city's towns, offices, crews or subjects, for a field to choose from."""
    return [(thing.code, thing.name) for thing in things]


_TURNING = dict.fromkeys(map(ord, TURNING))


def unturned(value: Any) -> Any:
    """What a template prints, without the controls that turn the text around them: what was typed into a title must
    not rewrite the page beside it. For all templates, as Jinja's `finalize`."""
    return value.translate(_TURNING) if isinstance(value, str) else value


FILTERS: dict[str, Callable[..., Any]] = {
    "day_time": day_time_and_date,
    "exact_time": exact,
    "clock_time": clock_time,
    "position": position,
    "lasted": lasted,
    "percent": percent,
    "caller": caller,
    "numbers": numbers,
    "iso": iso,
    "pieces": pieces,
    "waited": waited,
    "talked": talked,
    "settled": call_settled,
    "all_settled": all_settled,
    "calls_address": calls_address,
    "calls_of_outcome": calls_of_outcome,
    "orders_address": orders_address,
    "order_address": order_address,
    "code_names": code_names,
}


def sounds_of_names(city: City) -> Mapping[str, str]:
    """Name of an office, a crew or a subject → its pinyin, by which one finds it while typing."""
    names = [one.name for one in city.offices.values()]
    names += [one.name for one in city.units.values()]
    names += [one.name for one in city.subjects.values()]
    return {name: " ".join(sounds_of(name)) for name in names}


def word_tables(city: City) -> Mapping[str, Any]:
    """Globals: stored word → Chinese, code → name of the city's things."""
    return {
        "DIRECTIONS": DIRECTIONS,
        "CALL_STATES": CALL_STATES,
        "WAITINGS": WAITINGS,
        "PRESSING": PRESSING,
        "AGENT_STATES": AGENT_STATES,
        "agent_words": agent_words,
        "DESK_STATES": DESK_STATES,
        "TRY_RESULTS": TRY_RESULTS,
        "OUTCOMES": OUTCOMES,
        "LEG_ROLES": LEG_ROLES,
        "TROUBLES": TROUBLES,
        "INCIDENTS": INCIDENTS,
        "RECORDING_PARTS": RECORDING_PARTS,
        "RECORDING_STATES": RECORDING_STATES,
        "HOW_HEARD": HOW_HEARD,
        "TRANSCRIPT_STATES": TRANSCRIPT_STATES,
        "SPEAKERS": SPEAKERS,
        "ROLES": ROLES,
        "SORTS": SORTS,
        "SOUNDS": sounds_of_names(city),
        "STATES": STATES,
        "STEPS": STEPS,
        "KINDS": KINDS,
        "URGENCIES": URGENCIES,
        "DUE_KINDS": DUE_KINDS,
        "OFFENCES": OFFENCES,
        "CHANNELS": CHANNELS,
        "FIELDS": FIELDS,
        "QUERY_FIELDS": QUERY_FIELDS,
        "RETURN_REASONS": RETURN_REASONS,
        "office_name": lambda code: city.offices[code].name if code in city.offices else code or "",
        "unit_name": lambda code: city.units[code].name if code in city.units else code or "",
        "town_name": lambda code: city.towns[code].name if code in city.towns else code or "",
        "subject_name": lambda code: city.subjects[code].name if code in city.subjects else code or "",
        "DISCLOSURE_REASONS": DISCLOSURE_REASONS,
        "PURPOSES": PURPOSES,
        "CREW_SEARCH_STATES": CREW_SEARCH_STATES,
        "SEARCH_ACTIONS": SEARCH_ACTIONS,
        "VIAS": VIAS,
        "no_phone": no_phone,
        "city": city,
        "words": city_words,
    }


def city_filters(city: City) -> dict[str, Callable[..., Any]]:
    return {
        "endpoint": lambda endpoint, names=None: endpoint_words(endpoint, city, names),
        "recipient": lambda assignment: recipient_name(assignment, city),
        "seen_by": lambda assignment: seen_by(assignment, city),
        "changes": lambda details: change_words(details, city),
    }
