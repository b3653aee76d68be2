"""A step's form that was sent and is not accepted: shown again with what was typed; where the order has no such form
any more, only the words. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from multidict import MultiMapping

from dispatch.city.records import City
from dispatch.orders.labels import FIELDS
from dispatch.workflow import Step
from web.http.answers.rejection import Rejection
from web.orders.steps.step_forms import FIELD_ORDER, FormField, StepForm, form_field, read_form


@dataclass(frozen=True)
class RejectedForm:
    """A form as it was sent, and why its step was not taken."""

    step: Step
    sent: MultiMapping[Any]
    why: Rejection


@dataclass(frozen=True)
class ShownForms:
    """The forms of an order's page, and how an earlier one ended."""

    forms: Sequence[StepForm]
    status: int = 200
    impossible: str = ""
    """Why the step that was sent has no form now; empty: it has one."""
    step: Step | None = None
    unsent: Sequence[tuple[str, str]] = ()
    """What was entered for it: label and words."""


def show_forms(
    forms: Sequence[StepForm], rejected: RejectedForm | None, city: City, closed: Callable[[Step], str]
) -> ShownForms:
    """`forms`: as the order has them now. `closed`: why it has none for a step."""
    if rejected is None:
        return ShownForms(forms)
    step, sent, why = rejected.step, rejected.sent, rejected.why
    if not any(form.step is step for form in forms):
        # The order has moved on, whatever else was wrong; only that somebody must wait comes first.
        status = 429 if why.status == 429 else 409
        return ShownForms(forms, status, closed(step), step, written(sent, city))
    back = [with_errors(form, read_form(form, sent), why) if form.step is step else form for form in forms]
    return ShownForms(back, why.status)


def with_errors(form: StepForm, typed: Mapping[str, Any], wrong: Rejection) -> StepForm:
    """The form as it was sent, with what is wrong beside each field. A mistake in a field that the form does not show
    is shown at its top.
    """
    shown = {f.name for f in form.fields}
    hidden = [message for name, message in wrong.fields.items() if name not in shown]
    fields = tuple(
        replace(f, value=typed.get(f.name, f.value), error=wrong.fields.get(f.name, "")) for f in form.fields
    )
    return replace(form, fields=fields, opened=True, error="".join(hidden) or wrong.message, calm=wrong.calm)


def written(sent: MultiMapping[Any], city: City) -> list[tuple[str, str]]:
    """What was entered in a form that is no longer there: label and words, for whoever would have to write it again."""
    return [(FIELDS[name], text) for name in FIELD_ORDER if (text := _words(form_field(name, False, "", city), sent))]


def _words(shown: FormField, sent: MultiMapping[Any]) -> str:
    """As the form showed them: of a choice its words, not its code."""
    given = [text for value in sent.getall(shown.name, []) if (text := str(value).strip())]
    match shown.widget:
        case "choice" | "choices":
            named = {value: words for _, options in shown.options for value, words in options}
            given = [named.get(value, value) for value in given]
        case "yes_no" | "tick":
            given = [{"yes": "是", "no": "否"}.get(value, value) for value in given]
        case "instant":
            given = [value.replace("T", " ") for value in given]
    return "、".join(given)
