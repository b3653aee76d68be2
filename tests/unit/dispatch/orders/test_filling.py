"""What may be typed with which step, and how mistakes are shown."""

import datetime as dt
from typing import Any

import pytest

from core.errors import BadInput
from dispatch.city.records import City
from dispatch.orders.models import Order
from dispatch.orders.step_fields import MATTER, ORDER_FIELDS, RESPONSIBLE, plain
from dispatch.steps.fields import fields_of, parse_fields
from dispatch.workflow import TRANSITIONS, Role, State, Step


def test_only_steps_of_those_who_route_can_say_who_handles_it() -> None:
    routing = {
        Step.FILL_IN,
        Step.REGISTER,
        Step.DISPATCH,
        Step.REDISPATCH,
        Step.ADD_CO_OFFICES,
        Step.HAND_ON,
        Step.SPLIT,
    }
    for state, steps in TRANSITIONS.items():
        for step, transition in steps.items():
            if fields_of(state, step, Role.COORDINATOR) & RESPONSIBLE:
                assert step in routing
                assert Role.UNIT not in transition.roles


def test_a_citizen_never_says_who_handles_it() -> None:
    assert not fields_of(State.DRAFT, Step.REGISTER, Role.CITIZEN) & RESPONSIBLE


def test_who_handles_an_order_on_hand_changes_by_redispatch_only() -> None:
    for state in (State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.SENT_BACK):
        assert fields_of(state, Step.FILL_IN, Role.COORDINATOR) & ORDER_FIELDS == MATTER


def test_every_field_of_the_order_is_a_column_or_its_helpers() -> None:
    assert ORDER_FIELDS - {"co_office_codes"} <= set(Order.__table__.columns.keys())


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        ({"title": "很" * 201}, "title", "最多200个字"),
        ({"kind": "wish"}, "kind", "只能从列出的选项中选择"),
        ({"latitude": 91}, "latitude", "超出了范围"),
        ({"latitude": "north"}, "latitude", "格式不对"),
        ({"place_town": "atlantis"}, "place_town", "没有这个镇街"),
        ({"co_office_codes": ["audit", "nobody"]}, "co_office_codes", "没有这个协办单位：nobody"),
        ({"matter": "灯\x00坏了"}, "matter", "格式不对"),
        ({"matter": "灯\ud800坏了"}, "matter", "格式不对"),
        ({"done": "x"}, "done", "不能填写办理情况"),
        ({"version": 3}, "version", "不能填写version"),
    ],
)
def test_a_wrong_field_is_named(city: City, given: dict[str, Any], name: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_fields(city, State.DRAFT, Step.FILL_IN, Role.AGENT, given)
    assert said in caught.value.fields[name]


def test_an_instant_without_a_zone_is_refused(city: City) -> None:
    given = {"promised_at": "2026-11-30T10:00:00", "reason": "等配件"}
    with pytest.raises(BadInput) as caught:
        parse_fields(city, State.ACCEPTED, Step.SUSPEND, Role.COORDINATOR, given)
    assert caught.value.fields == {"promised_at": "承诺办结时间应为带时区的日期和时间。"}


def test_no_is_an_answer_and_blank_is_not(city: City) -> None:
    answers = {"citizen_answered": True, "citizen_solved": False, "citizen_satisfied": False}
    assert parse_fields(city, State.FOLLOW_UP, Step.RECORD_FOLLOW_UP, Role.AGENT, answers) == answers
    with pytest.raises(BadInput) as caught:
        parse_fields(city, State.IN_REVIEW, Step.SEND_BACK, Role.COORDINATOR, {"reason": "  "})
    assert caught.value.fields == {"reason": "请填写理由。"}


def test_history_holds_instants_as_text() -> None:
    assert plain({"promised_at": dt.datetime(2026, 11, 30, tzinfo=dt.UTC), "note": "x"}) == {
        "promised_at": "2026-11-30T00:00:00+00:00",
        "note": "x",
    }
