"""One answer to whether a person may take a step, for the rule and for the page."""

import pytest

from core.errors import Conflict, HotlineError, NotAllowed
from dispatch.orders.actors import SYSTEM, Actor
from dispatch.orders.models import CoHandlingOffice, Order
from dispatch.steps.permission import obstacle
from dispatch.workflow import Role, State, Step

LAMPS = Actor(1, Role.OFFICE, "示例", office_code="street-lighting")
HELPS = Actor(2, Role.OFFICE, "示例", office_code="housing")
COORDINATOR = Actor(3, Role.COORDINATOR, "示例")
SUPERVISOR = Actor(4, Role.SUPERVISOR, "示例")


def make_order(state: State = State.ACCEPTED, **facts: object) -> Order:
    given = {"lead_office_code": "street-lighting", "unit_code": "unit-01", "return_count": 0} | facts
    return Order(state=state, co_offices=[CoHandlingOffice(office_code="housing")], **given)


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
    actor: Actor, step: Step, error: type[HotlineError], said: str
) -> None:
    found = obstacle(make_order(), step, actor)
    assert found is not None
    assert (found.sentence, found.error) == (said, error)


def test_a_list_of_steps_names_people_only_and_leaves_out_whose_page_it_is() -> None:
    asked = obstacle(make_order(), Step.CONTACT, COORDINATOR)
    assert asked is not None
    assert asked.sentence == "“联系记录”只能由承办单位、直通车、系统办理，您是市级管理员。"
    assert asked.short == "由承办单位、直通车办理"


@pytest.mark.parametrize(
    ("actor", "step"),
    [(LAMPS, Step.START), (HELPS, Step.ANSWER_PART), (HELPS, Step.REPORT), (LAMPS, Step.REPORT), (SYSTEM, Step.WARN)],
)
def test_nothing_stands_against_whose_step_it_is(actor: Actor, step: Step) -> None:
    assert obstacle(make_order(), step, actor) is None


def test_an_open_return_has_one_decider() -> None:
    first = make_order(return_before=Role.COORDINATOR, return_count=1)
    second = make_order(return_before=Role.SUPERVISOR, return_count=2)
    for step in (Step.REDISPATCH, Step.DECLINE_RETURN):
        assert obstacle(first, step, COORDINATOR) is None
        assert obstacle(second, step, SUPERVISOR) is None
        assert obstacle(first, step, SUPERVISOR) is not None
        assert obstacle(second, step, COORDINATOR) is not None
