"""Forms of steps: every step of every state for every role has one that can be shown and read back."""

import datetime as dt

import pytest
from multidict import MultiDict

from dispatch.policy import Policy
from dispatch.routing.office_proposal import OfficeProposal
from dispatch.steps.fields import fields_of
from dispatch.workflow import TRANSITIONS, Role, State, Step
from web.http.answers.rejection import Rejection
from web.orders.schemas import OpenStep
from web.orders.steps.rejected_forms import RejectedForm, show_forms, with_errors
from web.orders.steps.step_forms import local_value, read_form, step_forms


def open_step(state: State, step: Step, role: Role) -> OpenStep:
    transition = TRANSITIONS[state][step]
    takes = sorted(fields_of(state, step, role))
    return OpenStep(step=step, name=step, asks=list(transition.asks), takes=takes, missing=list(transition.needs))


@pytest.mark.parametrize("state", TRANSITIONS)
def test_a_form_asks_for_all_that_its_step_needs_and_nothing_it_refuses(policy: Policy, state: State) -> None:
    for step, transition in TRANSITIONS[state].items():
        for role in transition.roles:
            asked = open_step(state, step, role)
            (form,) = step_forms([asked], {}, policy)
            names = {field.name for field in form.fields}
            assert {*asked.asks, *asked.missing} <= names
            assert names <= fields_of(state, step, role) | set(asked.missing)
            assert all(field.options for field in form.fields if field.widget in ("choice", "choices"))


def form_for(policy: Policy, step: Step, role: Role, state: State, **order: object):  # type: ignore[no-untyped-def]
    return step_forms([open_step(state, step, role)], order, policy)[0]


def test_what_is_typed_is_read_back_as_the_step_takes_it(policy: Policy) -> None:
    form = form_for(policy, Step.RECORD_FOLLOW_UP, Role.COORDINATOR, State.FOLLOW_UP)
    sent = MultiDict({"citizen_answered": "yes", "citizen_solved": "no", "citizen_satisfied": "", "forged": "x"})
    assert read_form(form, sent) == {"citizen_answered": True, "citizen_solved": False}


def test_a_co_handlers_task_and_limit_and_that_of_an_urging_can_be_entered(policy: Policy) -> None:
    for step, role, wanted in (
        (Step.ADD_CO_OFFICES, Role.OFFICE, {"task", "due_at"}),
        (Step.SUPERVISE, Role.SUPERVISOR, {"due_at"}),
        (Step.CONTACT, Role.OFFICE, {"contact_note"}),
    ):
        form = form_for(policy, step, role, State.IN_PROGRESS)
        assert {field.name for field in form.fields if not field.required} == wanted


def test_registering_asks_what_and_where_but_not_who(policy: Policy) -> None:
    form = form_for(policy, Step.REGISTER, Role.AGENT, State.DRAFT)
    names = {field.name for field in form.fields}
    assert {"kind", "subject", "place_town", "place", "confidential"} <= names
    assert not names & {"lead_office_code", "co_office_codes", "unit_code", "reason"}


def test_several_offices_are_read_as_a_list(policy: Policy) -> None:
    form = form_for(policy, Step.ADD_CO_OFFICES, Role.COORDINATOR, State.ACCEPTED)
    sent = MultiDict([("co_office_codes", "housing"), ("co_office_codes", "gas-company"), ("reason", " 需配合 ")])
    assert read_form(form, sent) == {"co_office_codes": ["housing", "gas-company"], "reason": "需配合"}


def test_a_promised_time_is_in_the_citys_zone(policy: Policy) -> None:
    form = form_for(policy, Step.SUSPEND, Role.COORDINATOR, State.ACCEPTED)
    assert read_form(form, MultiDict({"promised_at": "2026-12-01T17:30"}))["promised_at"] == "2026-12-01T17:30:00+08:00"
    assert local_value(dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC)) == "2026-12-01T17:30"


def test_filling_in_can_empty_a_field_but_other_steps_leave_it(policy: Policy) -> None:
    fill_in = form_for(policy, Step.FILL_IN, Role.AGENT, State.DRAFT, title="旧标题")
    assert read_form(fill_in, MultiDict({"title": ""}))["title"] == ""
    reply = form_for(policy, Step.REPLY, Role.OFFICE, State.IN_PROGRESS)
    assert read_form(reply, MultiDict({"done": "", "public_answer": "已修"})) == {"public_answer": "已修"}


def test_a_refused_form_keeps_what_was_typed_beside_what_is_wrong(policy: Policy) -> None:
    form = form_for(policy, Step.REPLY, Role.UNIT, State.IN_PROGRESS)
    wrong = Rejection(422, "有误。", {"public_answer": "请填写公开答复。", "elsewhere": "别处有误。"})
    refused = with_errors(form, {"done": "灯已换"}, wrong)
    by_name = {field.name: field for field in refused.fields}
    assert (by_name["done"].value, by_name["public_answer"].error) == ("灯已换", "请填写公开答复。")
    assert (refused.opened, refused.error) == (True, "别处有误。")


def test_the_step_that_carries_the_order_on_comes_first(policy: Policy) -> None:
    steps = [open_step(State.DISPATCHED, step, Role.OFFICE) for step in (Step.ASK_RETURN, Step.REPORT, Step.ACCEPT)]
    forms = step_forms(steps, {}, policy)
    assert (forms[0].step, forms[0].prominent, forms[0].one_click) == (Step.ACCEPT, True, True)
    assert not any(form.prominent for form in forms[1:])


@pytest.mark.parametrize(
    ("step", "role", "name"),
    [
        (Step.REDISPATCH, Role.COORDINATOR, "lead_office_code"),
        (Step.ADD_CO_OFFICES, Role.COORDINATOR, "co_office_codes"),
        (Step.ASK_RETURN, Role.OFFICE, "suggested_office_code"),
    ],
)
def test_proposed_offices_stand_first_but_not_those_that_have_the_order(
    policy: Policy, step: Step, role: Role, name: str
) -> None:
    proposals = [OfficeProposal("street-lighting", 0.6, "职责清单"), OfficeProposal("housing", 0.3, "先例")]
    order = {"lead_office_code": "street-lighting", "co_office_codes": []}
    (form,) = step_forms([open_step(State.IN_PROGRESS, step, role)], order, policy, proposals)
    shown = next(field for field in form.fields if field.name == name)
    assert shown.options[0] == ("建议", (("housing", f"{policy.city.offices['housing'].name} 30%（先例）"),))
    codes = [code for _, pairs in shown.options for code, _ in pairs]
    assert sorted(codes) == sorted(policy.city.offices), "each once"
    untold = step_forms([open_step(State.IN_PROGRESS, step, role)], order, policy, [OfficeProposal("housing", 0.3, "")])
    shown = next(field for field in untold[0].fields if field.name == name)
    assert shown.options[0] == ("建议", (("housing", policy.city.offices["housing"].name),))


@pytest.mark.parametrize(("wrong", "status"), [(422, 422), (409, 409), (403, 403), (429, 429)])
def test_a_form_that_is_still_there_comes_back_as_it_was_sent(policy: Policy, wrong: int, status: int) -> None:
    forms = [form_for(policy, step, Role.OFFICE, State.IN_PROGRESS) for step in (Step.REPLY, Step.REPORT)]
    sent = RejectedForm(Step.REPORT, MultiDict({"note": "已到场"}), Rejection(wrong, "请再看。"))
    shown = show_forms(forms, sent, policy.city, lambda step: "没有。")
    assert (shown.status, shown.impossible, shown.unsent) == (status, "", ())
    assert [(form.opened, form.error) for form in shown.forms] == [(False, ""), (True, "请再看。")]
    assert shown.forms[1].fields[0].value == "已到场"


@pytest.mark.parametrize(("wrong", "status"), [(422, 409), (409, 409), (403, 409), (429, 429)])
def test_of_a_form_that_is_gone_the_words_come_back_as_the_form_showed_them(
    policy: Policy, wrong: int, status: int
) -> None:
    forms = [form_for(policy, Step.REPORT, Role.OFFICE, State.IN_PROGRESS)]
    sent = RejectedForm(Step.REPLY, MultiDict({"done": "已修好", "solved": "yes"}), Rejection(wrong, "请再看。"))
    shown = show_forms(forms, sent, policy.city, lambda step: f"{step}：已回复")
    assert (shown.status, shown.impossible, shown.step) == (status, "reply：已回复", Step.REPLY)
    assert [words for _, words in shown.unsent] == ["已修好", "是"]
    assert not any(form.opened for form in shown.forms)
