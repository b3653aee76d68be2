"""What the agent reads out to a caller."""

import datetime as dt

import pytest

from dispatch.orders.models import CoHandlingOffice, Order
from dispatch.policy import Policy
from dispatch.workflow import State
from web.desk.read_out import number_in_groups, progress_words, who_comes

AT = dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)


def order(state: State, **more: object) -> Order:
    given = {
        "number": "QF20261121-0042-2", "lead_office_code": "street-lighting", "unit_code": None,
        "finish_due_at": AT + dt.timedelta(days=3),
    } | more  # fmt: skip
    return Order(state=state, **given)


def test_a_number_is_read_in_groups_whatever_its_letters() -> None:
    assert number_in_groups("QF20261121-0042-2") == "QF 2026 1121 0042 2"
    assert number_in_groups("ZC20261121-10042-7") == "ZC 2026 1121 10042 7"


def test_who_has_it_and_until_when_is_said(policy: Policy) -> None:
    said = progress_words(order(State.IN_PROGRESS), policy.city, "", AT)
    assert said == "工单QF 2026 1121 0042 2，市路灯管理所正在办理，最迟11月24日 10:00办结。"


def test_a_missed_limit_is_not_hidden_from_the_citizen(policy: Policy) -> None:
    late = order(State.DISPATCHED, finish_due_at=AT - dt.timedelta(hours=1))
    assert progress_words(late, policy.city, "", AT).endswith("原定11月21日 09:00办结，现在已经超时。")


def test_the_answer_is_read_once_the_order_is_done(policy: Policy) -> None:
    assert progress_words(order(State.CLOSED), policy.city, "已修好。", AT).endswith("已经办结。答复是：已修好。")
    assert "已修好" not in progress_words(order(State.REPLIED), policy.city, "已修好。", AT)


@pytest.mark.parametrize("state", list(State))
def test_every_state_but_a_draft_can_be_told(policy: Policy, state: State) -> None:
    assert bool(progress_words(order(state), policy.city, "", AT)) is (state is not State.DRAFT)


def test_an_order_that_waits_for_the_coordinator_has_no_office_yet(policy: Policy) -> None:
    waiting, sent = order(State.REGISTERED), order(State.DISPATCHED)
    assert who_comes(waiting, policy.city, "市级管理员") == "等市级管理员派单，拟派市路灯管理所"
    assert who_comes(sent, policy.city, "市级管理员") == "市路灯管理所"


def test_offices_that_help_are_read_out_beside_the_lead_office(policy: Policy) -> None:
    helpers = [code for code in policy.city.offices if code != "street-lighting"][:2]
    names = "、".join(policy.city.offices[code].name for code in helpers)
    co_offices = [CoHandlingOffice(office_code=code) for code in helpers]
    waiting, sent = order(State.REGISTERED, co_offices=co_offices), order(State.DISPATCHED, co_offices=co_offices)
    assert who_comes(waiting, policy.city, "市级管理员") == f"等市级管理员派单，拟派市路灯管理所，{names}协办"
    assert who_comes(sent, policy.city, "市级管理员") == f"市路灯管理所，{names}协办"
