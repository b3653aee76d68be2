"""An order's timeline is in order of time, with the time between, and shows typing once."""

import datetime as dt
from typing import Any

from dispatch.city.records import City
from dispatch.kinds import Channel, Urgency
from dispatch.orders.assignment_models import AssignmentPurpose, RecipientKind
from dispatch.workflow import Role, State, Step
from telephony.calls.call_state import CallState, Direction, Outcome
from web.calls.schemas import CallSummary
from web.orders.presenter import without_citizen
from web.orders.schemas import AssignmentAnswer, DispatchCallAnswer, HistoryAnswer, OrderAnswer
from web.orders.timeline import change_words, timeline

AT = dt.datetime(2026, 11, 21, 1, 0, tzinfo=dt.UTC)


def at(seconds: float) -> dt.datetime:
    return AT + dt.timedelta(seconds=seconds)


def step(seq: int, seconds: float, name: Step, who: str = "林示例", **details: Any) -> HistoryAnswer:
    return HistoryAnswer(
        seq=seq, at=at(seconds), step=name, from_state=State.DRAFT, to_state=State.DRAFT, actor_role=Role.AGENT,
        actor_name=who, reason="", details=details,
    )  # fmt: skip


def order(**parts: Any) -> OrderAnswer:
    nothing: dict[str, Any] = {name: None for name, field in OrderAnswer.model_fields.items() if field.is_required()}
    given = nothing | {
        "number": "QF20261121-0001-2", "channel": Channel.HOTLINE, "state": State.DRAFT, "urgency": Urgency.NORMAL,
        "received_at": AT, "version": 1, "history": [], "crew_searches": [], "assignments": [], "calls": [], **parts,
    }  # fmt: skip
    return OrderAnswer.model_construct(**given)


CALL = CallSummary(
    linkedid="qufu-1.1", direction=Direction.INBOUND, state=CallState.ENDED, outcome=Outcome.ANSWERED,
    caller_number="", started_at=at(-20), queued_at=None, answered_at=at(-9), ended_at=at(66), answered_by="1001",
    orders=[],
)  # fmt: skip


def test_calls_steps_pushes_and_crew_calls_are_one_story(city: City) -> None:
    crew_call = DispatchCallAnswer(
        attempt=1, state="acknowledged", at=at(62), ended_at=at(90), result="", linkedid="dispatch-7-1"
    )
    assignment = AssignmentAnswer(
        id=7, recipient_kind=RecipientKind.UNIT, recipient_code="unit-01", purpose=AssignmentPurpose.CREW,
        created_at=at(60), delivered_at=None, acknowledged_at=at(90), acknowledged_by="unit-01", via="phone",
        withdrawn_at=None, calls=[crew_call],
    )  # fmt: skip
    story = timeline(
        order(history=[step(1, 0, Step.CREATE), step(2, 60, Step.REGISTER)], calls=[CALL], assignments=[assignment]),
        city,
    )
    assert [(entry.title, entry.gap) for entry in story] == [
        ("来电", ""),
        ("建单", "20秒后"),
        ("登记", "1分钟后"),
        ("推送给路灯抢修一队（老城）", ""),
        ("派单电话打给路灯抢修一队（老城）", "2秒后"),
        ("路灯抢修一队（老城）确认收到", "28秒后"),
    ]
    assert story[0].text == "等候11秒，通话1分15秒"
    assert story[4].text == "已接听并按键确认，历时28秒"
    assert story[5].text == "电话按键确认，推送后30秒"


def test_typing_is_told_once_but_two_people_typing_are_two(city: City) -> None:
    rows = [step(1, 0, Step.FILL_IN), step(2, 5, Step.FILL_IN), step(3, 9, Step.FILL_IN, "周示例")]
    assert [entry.who for entry in timeline(order(history=rows), city)] == ["林示例（接线员）", "周示例（接线员）"]


def test_what_a_step_changed_is_told_in_words(city: City) -> None:
    changes = {
        "changes": {
            "lead_office_code": {"from": None, "to": "street-lighting"},
            "confidential": {"from": False, "to": True},
            "co_office_codes": {"from": [], "to": ["housing"]},
        }
    }
    assert change_words(changes, city) == [
        "主办单位：空 → 市路灯管理所",
        "要求保密：否 → 是",
        "协办单位：空 → 市住房和城乡建设局",
    ]


def test_history_told_to_those_who_may_not_know_leaves_the_citizen_out() -> None:
    details = {
        "changes": {"citizen_name": {"from": "", "to": "王"}, "title": {"from": "", "to": "灯"}},
        "citizen_phone": "1",
    }
    assert without_citizen(details) == {"changes": {"title": {"from": "", "to": "灯"}}}
