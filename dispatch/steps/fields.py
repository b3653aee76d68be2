"""What may be given with a step: fields checked, typed, and complained about in Chinese.

A step takes only its own fields, so that accepting an order can never change who leads it.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.city_words import worded
from core.errors import BadInput
from core.numbers.phone import plain_number
from dispatch.city.records import City
from dispatch.orders.labels import FIELDS
from dispatch.orders.step_fields import RESPONSIBLE, Fields, is_empty
from dispatch.steps.specs import SPECS
from dispatch.workflow import ON_HAND, TRANSITIONS, Role, State, Step


def fields_of(state: State, step: Step, role: Role) -> frozenset[str]:
    """The names that may come with `step`."""
    spec = SPECS[step]
    takes = spec.takes if spec.takes_on_hand is None or state not in ON_HAND else spec.takes_on_hand
    names = takes | {*TRANSITIONS[state][step].asks, "reason"}
    return names - RESPONSIBLE if role is Role.CITIZEN else names


def parse_fields(city: City, state: State, step: Step, role: Role, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given, typed. A field that is None or "" is kept: it empties the order's.

    Raises BadInput naming each wrong field.
    """
    wrong = {
        name: f"“{worded(SPECS[step].label)}”时不能填写{FIELDS.get(name, name)}。"
        for name in given.keys() - fields_of(state, step, role)
    }
    try:
        parsed = Fields.model_validate({name: value for name, value in given.items() if name not in wrong})
    except ValidationError as error:
        wrong |= {str(problem["loc"][0]): _complaint(problem) for problem in error.errors()}
        raise BadInput(fields=wrong) from None
    values = {name: getattr(parsed, name) for name in parsed.model_fields_set}
    if values.get("citizen_phone"):
        values["citizen_phone"] = plain_number(values["citizen_phone"])
    wrong |= _unknown_codes(city, values)
    wrong |= {name: f"请填写{FIELDS[name]}。" for name in TRANSITIONS[state][step].asks if is_empty(values.get(name))}
    if wrong:
        raise BadInput(fields=wrong)
    return values


def _unknown_codes(city: City, values: Mapping[str, Any]) -> dict[str, str]:
    known: dict[str, Mapping[str, object]] = {
        "subject": city.subjects,
        "place_town": city.towns,
        "lead_office_code": city.offices,
        "suggested_office_code": city.offices,
        "unit_code": city.units,
    }
    wrong = {
        name: f"没有这个{FIELDS[name]}：{values[name]}。"
        for name, codes in known.items()
        if not is_empty(values.get(name)) and values[name] not in codes
    }
    for code in values.get("co_office_codes") or ():
        if code not in city.offices:
            wrong["co_office_codes"] = f"没有这个协办单位：{code}。"
    return wrong


def _complaint(problem: ErrorDetails) -> str:
    name = FIELDS.get(str(problem["loc"][0]), str(problem["loc"][0]))
    match problem["type"]:
        case "string_too_long":
            return f"{name}最多{problem['ctx']['max_length']}个字。"
        case "enum":
            return f"{name}只能从列出的选项中选择。"
        case "timezone_aware" | "datetime_from_date_parsing" | "datetime_parsing":
            return f"{name}应为带时区的日期和时间。"
        case "out_of_bounds":
            return f"{name}应在{problem['ctx']['first']}年至{problem['ctx']['last']}年之间。"
        case "greater_than_equal" | "less_than_equal":
            return f"{name}超出了范围。"
        case _:
            return f"{name}的格式不对。"
