"""One answer to whether a person may take a step, for the rule and for the page."""

import datetime as dt

import pytest

from core.clock import CITY_ZONE
from core.errors import Conflict, HotlineError, NotAllowed
from dispatch.orders.actors import SYSTEM, Actor
from dispatch.orders.models import CoHandlingOffice, Order
from dispatch.policy import Policy
from dispatch.steps.permission import obstacle
from dispatch.workflow import Role, State, Step

LAMPS = Actor(1, Role.OFFICE, "示例", office_code="street-lighting")
HELPS = Actor(2, Role.OFFICE, "示例", office_code="housing")
COORDINATOR = Actor(3, Role.COORDINATOR, "示例")
SUPERVISOR = Actor(4, Role.SUPERVISOR, "示例")


def on(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE).astimezone(dt.UTC)


FRIDAY = on("2026-11-20 11:00")


def make_order(state: State = State.ACCEPTED, **facts: object) -> Order:
    given = {
        "lead_office_code": "street-lighting",
        "unit_code": "unit-01",
        "return_count": 0,
        "co_offices": [CoHandlingOffice(office_code="housing")],
        "received_at": on("2026-11-20 10:00"),
        "dispatched_at": on("2026-11-20 10:00"),
        "finish_due_at": on("2026-11-27 17:30"),
    }
    return Order(state=state, **given | facts)


@pytest.mark.parametrize(
    ("actor", "step", "error", "said"),
    [
        (LAMPS, Step.CLOSE, Conflict, "工单现在是“已签收”，不能办结。"),
        (LAMPS, Step.REDISPATCH, NotAllowed, "“改派”只能由市级管理员、督查员办理，您是承办单位。"),
        (LAMPS, Step.ANSWER_PART, NotAllowed, "您的单位是主办单位，请直接回复。"),
        (HELPS, Step.START, NotAllowed, "您的单位是协办单位，这一步由主办单位办理。"),
        (SUPERVISOR, Step.DECLINE_RETURN, Conflict, "没有待决定的退单申请。"),
        (Actor(5, Role.UNIT, "示例", unit_code="unit-02"), Step.START, NotAllowed, "这张工单没有派给您的直通车。"),
    ],
)
def test_an_obstacle_says_why_and_whether_it_is_the_person_or_the_moment(
    policy: Policy, actor: Actor, step: Step, error: type[HotlineError], said: str
) -> None:
    found = obstacle(make_order(), step, actor, policy, FRIDAY)
    assert found is not None
    assert (found.sentence, found.error) == (said, error)


def test_a_list_of_steps_names_people_only_and_leaves_out_whose_page_it_is(policy: Policy) -> None:
    asked = obstacle(make_order(), Step.CONTACT, COORDINATOR, policy, FRIDAY)
    assert asked is not None
    assert asked.sentence == "“联系记录”只能由承办单位、直通车、系统办理，您是市级管理员。"
    assert asked.short == "由承办单位、直通车办理"


@pytest.mark.parametrize(
    ("actor", "step"),
    [(LAMPS, Step.START), (HELPS, Step.ANSWER_PART), (HELPS, Step.REPORT), (LAMPS, Step.REPORT), (SYSTEM, Step.WARN)],
)
def test_nothing_stands_against_whose_step_it_is(policy: Policy, actor: Actor, step: Step) -> None:
    assert obstacle(make_order(), step, actor, policy, FRIDAY) is None


def test_an_open_return_has_one_decider(policy: Policy) -> None:
    first = make_order(return_before=Role.COORDINATOR, return_count=1)
    second = make_order(return_before=Role.SUPERVISOR, return_count=2)
    for step in (Step.REDISPATCH, Step.DECLINE_RETURN):
        assert obstacle(first, step, COORDINATOR, policy, FRIDAY) is None
        assert obstacle(second, step, SUPERVISOR, policy, FRIDAY) is None
        assert obstacle(first, step, SUPERVISOR, policy, FRIDAY) is not None
        assert obstacle(second, step, COORDINATOR, policy, FRIDAY) is not None


ASKED = {"extension_until_at": on("2026-12-02 17:30")}


@pytest.mark.parametrize(
    ("actor", "step", "facts", "last", "said"),
    [
        (LAMPS, Step.ASK_RETURN, {}, "2026-11-24 17:30", "退单须在派单后2个工作日内申请，11月24日 17:30已经截止。"),
        (LAMPS, Step.ASK_EXTENSION, {}, "2026-11-27 17:30", "延期须在时限之前申请，时限11月27日 17:30已过。"),
        (
            COORDINATOR,
            Step.GRANT_EXTENSION,
            ASKED,
            "2026-12-02 17:29",
            "申请延期到的时间12月2日 17:30已过，请办理“不同意延期”。",
        ),
    ],
)
def test_a_step_is_open_until_its_last_minute_and_after_it_says_what_has_passed(
    policy: Policy, actor: Actor, step: Step, facts: dict[str, object], last: str, said: str
) -> None:
    order = make_order(**facts)
    assert obstacle(order, step, actor, policy, on(last)) is None
    found = obstacle(order, step, actor, policy, on(last) + dt.timedelta(minutes=1))
    assert found is not None
    assert (found.error, found.sentence, found.short) == (Conflict, said, said)


def test_an_open_request_is_named_before_the_time_that_has_passed(policy: Policy) -> None:
    found = obstacle(make_order(**ASKED), Step.ASK_EXTENSION, LAMPS, policy, on("2026-12-03 10:00"))
    assert found is not None
    assert found.sentence == "上一次延期申请还没有审批。"


def test_a_helping_office_answers_once(policy: Policy) -> None:
    parts = [CoHandlingOffice(office_code="housing", answered_at=FRIDAY), CoHandlingOffice(office_code="water")]
    order = make_order(co_offices=parts)
    found = obstacle(order, Step.ANSWER_PART, HELPS, policy, FRIDAY)
    assert found is not None
    assert found.sentence == "您的单位已经作出协办答复，补充情况请用“反馈进展”。"
    water = Actor(5, Role.OFFICE, "示例", office_code="water")
    assert obstacle(order, Step.ANSWER_PART, water, policy, FRIDAY) is None
