"""The form of a step: which fields it shows, with what to choose from, and what was typed read back. Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from multidict import MultiMapping

from core.city_words import city_words
from core.clock import CITY_ZONE, in_city
from dispatch.city.records import City
from dispatch.kinds import Kind
from dispatch.orders.labels import CONTACT_WAYS, FIELDS, KINDS, NO_PLACES, RETURN_REASONS, URGENCIES
from dispatch.policy import Policy
from dispatch.routing.office_proposal import OfficeProposal, sure_office
from dispatch.steps.specs import SPECS
from dispatch.workflow import Step
from web.orders.schemas import OpenStep
from web.orders.steps.step_views import STEP_VIEWS, place_of

Options = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""Groups of choices: (group's name or "", ((value, words), …))."""

PROSE = frozenset(
    {"matter", "done", "public_answer", "reason", "note", "boundary", "instruction", "task", "contact_note", "addition"}
)
YES_NO = frozenset({"found_true", "solved", "citizen_answered", "citizen_solved", "citizen_satisfied", "reached"})
_OFFICES = frozenset({"lead_office_code", "suggested_office_code", "co_office_codes"})
_UNSEEN = frozenset({"latitude", "longitude"})
"""Filled in by a map, not by hand."""
FIELD_ORDER = tuple(FIELDS)
_TICK_WORDS = {"confidential": "诉求人要求保密（承办单位看不到姓名、电话和录音）"}


@dataclass(frozen=True)
class FormField:
    name: str
    label: str
    widget: str
    """line, prose, choice, choices, yes_no, tick, instant."""
    required: bool
    value: Any = ""
    options: Options = ()
    error: str = ""
    combo: str = ""
    """So many choices that one types: what sort of things they are, by which the browser remembers the latest."""
    template: str = ""
    """What may be put into it while it is empty."""
    former: str = ""
    """What was sent in it before and came back, likewise."""
    explained: str = ""
    """What belongs in it and who reads it."""

    @property
    def tick_words(self) -> str:
        """Beside its box, where it is one to tick."""
        return _TICK_WORDS.get(self.name, self.label)


@dataclass(frozen=True)
class StepForm:
    step: Step
    name: str
    fields: tuple[FormField, ...]
    opened: bool = False
    """It came back with errors."""
    error: str = ""
    calm: bool = False
    """The error is no mistake of the user's: somebody else was quicker, and pressing again is enough."""
    prominent: bool = False
    written_at: dt.datetime | None = None
    """Its fields are what was written here and not sent, last at this instant."""

    @property
    def hint(self) -> str:
        return STEP_VIEWS[self.step].hint

    @property
    def attaches(self) -> bool:
        return STEP_VIEWS[self.step].attaches

    @property
    def writes(self) -> bool:
        return STEP_VIEWS[self.step].writes

    @property
    def hints(self) -> bool:
        return STEP_VIEWS[self.step].hints

    @property
    def offers_alike(self) -> bool:
        return STEP_VIEWS[self.step].offers_alike

    @property
    def page(self) -> str:
        return STEP_VIEWS[self.step].page

    @property
    def page_words(self) -> str:
        return STEP_VIEWS[self.step].page_words

    @property
    def one_click(self) -> bool:
        return not self.fields


def step_forms(
    steps: Iterable[OpenStep], order: Mapping[str, Any], policy: Policy, proposals: Sequence[OfficeProposal] = ()
) -> list[StepForm]:
    """The forms of all open steps, the one that carries the order on first. `proposals`: the offices that may lead such
    a matter."""
    forms = sorted((_form(step, order, policy, proposals) for step in steps), key=lambda form: place_of(form.step))
    if order.get("return_due_at") and (answers := [form for form in forms if STEP_VIEWS[form.step].on_return]):
        decided = [replace(form, name=STEP_VIEWS[form.step].on_return, prominent=True) for form in answers]
        return [*decided, *(form for form in forms if form not in answers)]
    if forms and STEP_VIEWS[forms[0].step].carries_on:
        forms[0] = replace(forms[0], prominent=True)
    return forms


def plain_fields(names: Iterable[str], known: Mapping[str, Any], city: City) -> tuple[FormField, ...]:
    """Fields of an order without a step, in this order; none of them must be filled in."""
    return tuple(form_field(name, False, known.get(name, ""), city) for name in names)


def read_form(form: StepForm, sent: MultiMapping[Any]) -> dict[str, Any]:
    """What was typed, as the step takes it."""
    return read_fields(form.step, (shown.name for shown in form.fields), sent)


def read_fields(step: Step, names: Iterable[str], sent: MultiMapping[Any]) -> dict[str, Any]:
    """What was typed into these fields. One that is left empty counts only where emptying means something."""
    values, as_typed = {name: _read(name, sent) for name in names}, STEP_VIEWS[step].as_typed
    return {name: value for name, value in values.items() if value not in (None, "", []) or as_typed}


def shown_names(open_step: OpenStep, *, covered: Iterable[str], confidential: bool) -> list[str]:
    """The fields that the step's form shows. `covered`: those of the order that the reader does not see as stored."""
    view, wanted = STEP_VIEWS[open_step.step], {*open_step.asks, *open_step.missing}
    shown = wanted | set(open_step.takes) - {"reason"} if view.whole else wanted
    shown = shown - view.hides
    if not SPECS[open_step.step].fields_are_new_orders:
        # What is redacted for this person would be overwritten by its masked form.
        shown = shown.difference(covered)
    if confidential:
        # Taken back by two people only (dispatch.approvals.secrecy): a tick that this form cannot take away is none.
        shown -= {"confidential"}
    return sorted(shown - _UNSEEN, key=FIELD_ORDER.index)


def _form(
    open_step: OpenStep, order: Mapping[str, Any], policy: Policy, proposals: Sequence[OfficeProposal]
) -> StepForm:
    view = STEP_VIEWS[open_step.step]
    names = shown_names(open_step, covered=order.get("covered", ()), confidential=bool(order.get("confidential")))
    required = set() if view.as_typed else {*open_step.asks, *open_step.missing}
    another = SPECS[open_step.step].fields_are_new_orders
    # A reply's or a reason's field starts empty: the last one's text must not be sent again unread.
    known = {**{name: "" if another else _known(name, order) for name in names}, **view.prefill(order)}
    if proposals and view.proposed:
        # What is less sure is offered, and not filled in.
        sure = sure_office(policy.dispatch, proposals)
        known["lead_office_code"] = sure.code if sure else ""
    fields = tuple(form_field(name, name in required, known[name], policy.city) for name in names)
    if view.proposes and (offered := _offered(open_step.step, proposals, order)):
        fields = tuple(_with_proposals(f, offered, policy.city) for f in fields)
    if view.templates and (template := policy.replies.get(order.get("kind") or Kind.OTHER)):
        fields = tuple(replace(f, template=getattr(template, f.name, "")) for f in fields)
    if view.templates and (replies := order.get("replies")):
        # Covered words would go out as their cover.
        fields = tuple(replace(f, former=_uncovered(replies[-1].get(f.name))) for f in fields)
    fields = tuple(replace(f, explained=view.explains.get(f.name, "")) for f in fields)
    return StepForm(open_step.step, open_step.name, fields)


def _uncovered(text: Any) -> str:
    return text if isinstance(text, str) and "*" not in text else ""


def _offered(step: Step, proposals: Sequence[OfficeProposal], order: Mapping[str, Any]) -> Sequence[OfficeProposal]:
    """The offices that the step may still bring in: not those that have the order, unless it waits to be dispatched."""
    if STEP_VIEWS[step].proposed:
        return proposals
    have = {order.get("lead_office_code"), *(order.get("co_office_codes") or ())}
    return [one for one in proposals if one.code not in have]


def _with_proposals(shown: FormField, proposals: Sequence[OfficeProposal], city: City) -> FormField:
    """The proposed offices first, each with how sure it is."""
    if shown.name not in _OFFICES:
        return shown
    first = tuple((one.code, proposal_words(one, city)) for one in proposals)
    codes = {code for code, _ in first}
    rest = ((group, tuple(pair for pair in pairs if pair[0] not in codes)) for group, pairs in shown.options)
    return replace(shown, options=(("建议", first), *((group, pairs) for group, pairs in rest if pairs)))


def proposal_words(one: OfficeProposal, city: City) -> str:
    """The name alone where the reason is not for the reader."""
    name = city.offices[one.code].name
    return f"{name} {one.percent}%（{one.why}）" if one.why else name


def _known(name: str, order: Mapping[str, Any]) -> Any:
    value = "" if name in PROSE - {"matter"} else order.get(name)
    return "" if value is None else value


def form_field(name: str, required: bool, value: Any, city: City) -> FormField:
    return FormField(
        name, FIELDS[name], _widget(name), required, value, _options(name, city), combo=_COMBOS.get(name, "")
    )


def _widget(name: str) -> str:
    if name in PROSE:
        return "prose"
    if name in YES_NO:
        return "yes_no"
    special = {
        "confidential": "tick",
        "separate": "tick",
        "promised_at": "instant",
        "due_at": "instant",
        "happened_at": "instant",
        "co_office_codes": "choices",
    }
    return special.get(name) or ("choice" if name in _CHOICES else "line")


def _options(name: str, city: City) -> Options:
    make = _CHOICES.get(name)
    return make(city) if make else ()


def _offices(city: City) -> Options:
    kinds = {
        "department": f"{city_words().area}直部门",
        "town": city_words().town,
        "enterprise": "企业",
        "zone": "功能区",
    }
    listed = sorted(
        city.offices.values(), key=lambda office: list(kinds).index(office.kind) if office.kind in kinds else 9
    )
    return tuple(
        (kinds.get(kind, "其他"), tuple((office.code, office.name) for office in group))
        for kind, group in groupby(listed, key=lambda office: office.kind)
    )


def _subjects(city: City) -> Options:
    listed = sorted(city.subjects.values(), key=lambda subject: subject.group)
    return tuple(
        (group, tuple((subject.code, subject.name) for subject in subjects))
        for group, subjects in groupby(listed, key=lambda subject: subject.group)
    )


def _plain(pairs: Iterable[tuple[str, str]]) -> Options:
    return (("", tuple(pairs)),)


_COMBOS = {
    "lead_office_code": "office",
    "suggested_office_code": "office",
    "unit_code": "unit",
    "subject": "subject",
}
_CHOICES: dict[str, Any] = {
    "kind": lambda city: _plain((str(kind), words) for kind, words in KINDS.items()),
    "urgency": lambda city: _plain((str(urgency), words) for urgency, words in URGENCIES.items()),
    "subject": _subjects,
    "place_town": lambda city: _plain((town.code, town.name) for town in city.towns.values()),
    "no_place": lambda city: _plain((str(why), words) for why, words in NO_PLACES.items()),
    "reason_code": lambda city: _plain((str(reason), words) for reason, words in RETURN_REASONS.items()),
    "contact_way": lambda city: _plain((str(way), words) for way, words in CONTACT_WAYS.items()),
    "lead_office_code": _offices,
    "suggested_office_code": _offices,
    "co_office_codes": _offices,
    "unit_code": lambda city: _plain((unit.code, unit.name) for unit in city.units.values()),
}


def _read(name: str, sent: MultiMapping[Any]) -> Any:
    widget = _widget(name)
    if widget == "choices":
        return [str(value) for value in sent.getall(name, []) if value]
    value = str(sent.get(name, "")).strip()
    match widget:
        case "tick":
            return value == "yes"
        case "yes_no":
            return {"yes": True, "no": False}.get(value)
        case "instant":
            return _instant(value)
        case "choice":
            return value or None
        case _:
            return value


def _instant(typed: str) -> str | None:
    """The browser's local date and time, in the city's zone; what cannot be read is left for the step to refuse."""
    try:
        return dt.datetime.fromisoformat(typed).replace(tzinfo=CITY_ZONE).isoformat() if typed else None
    except ValueError:
        return typed


def local_value(value: Any) -> str:
    """An instant as `<input type=datetime-local>` wants it."""
    if isinstance(value, str) and value:
        try:
            value = in_city(dt.datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            return ""  # What was typed is no instant that can be shown.
    return f"{in_city(value):%Y-%m-%dT%H:%M}" if isinstance(value, dt.datetime) else ""
