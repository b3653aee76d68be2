"""Every step of the table, really taken: by each role that may, from each state that allows it."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.database import Sessions, transaction
from core.errors import Conflict, NotAllowed
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.kinds import Channel, ReturnReason
from dispatch.orders.actors import SYSTEM, Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import CoHandlingOffice, Order, OrderStep
from dispatch.orders.request_models import Return
from dispatch.policy import Policy, load_policy
from dispatch.steps.take import get_order, history, take_step
from dispatch.workflow import FINAL, SET_ASIDE, TRANSITIONS, Role, State, Step, state_after

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)

TAKEN = [
    (state, step, role)
    for state, steps in TRANSITIONS.items()
    for step, transition in steps.items()
    for role in Role
    if role in transition.roles
]

NEXT = {
    (State.DRAFT, Step.REGISTER): State.DISPATCHED,
    (State.DRAFT, Step.ANSWER): State.CLOSED,
    (State.REGISTERED, Step.ANSWER): State.CLOSED,
    (State.REOPENED, Step.ANSWER): State.CLOSED,
    (State.FOLLOW_UP, Step.RECORD_FOLLOW_UP): State.REOPENED,
}
"""Where the system at once goes on by itself."""

ANSWERS: dict[str, Any] = {
    "kind": "help",
    "subject": "street-lamp",
    "reason_code": "not_ours",
    "lead_office_code": "housing",
    "unit_code": "unit-02",
    "co_office_codes": ["audit"],
    "suggested_office_code": "housing",
    "promised_at": (AT + dt.timedelta(days=5)).isoformat(),
    "contact_way": "phone",
    "reached": False,
    "citizen_answered": True,
    "citizen_solved": False,
    "citizen_satisfied": False,
}


@pytest.fixture(scope="module")
async def policy(sessions: Sessions) -> Policy:
    found = load_policy(Path(__file__).parents[3] / "deploy/city/qufu")
    async with transaction(sessions) as session:
        await import_city(session, found.city)
    return found


@pytest.fixture(scope="module")
def city(policy: Policy) -> City:
    return policy.city


@pytest.fixture(scope="module")
async def other(sessions: Sessions, city: City) -> str:
    """Number of an open order to merge into."""
    async with transaction(sessions) as session:
        return (await new_draft(session, city, channel=Channel.HOTLINE, actor=SYSTEM, at=AT)).number


ASKED: dict[Step, str] = {
    Step.DECLINE_RETURN: "return",
    Step.GRANT_EXTENSION: "extension",
    Step.DECLINE_EXTENSION: "extension",
    Step.ANSWER_SUPERVISION: "supervise",
}
"""What must lie before those who decide it or answer it."""


async def make_order(
    sessions: Sessions, city: City, state: State, step: Step | None = None, role: Role | None = None
) -> Order:
    """An order put into `state` by force: only here, where the way into it is not the question. `step` and `role`:
    with what they need to be there first."""
    async with transaction(sessions) as session:
        order = await new_draft(session, city, channel=Channel.HOTLINE, actor=SYSTEM, at=AT)
        values = {
            "state": state,
            "set_aside_from": State.ACCEPTED if state in SET_ASIDE else None,
            "kind": "help",
            "subject": "street-lamp",
            "title": "路灯不亮",
            "matter": "门口的路灯坏了",
            "place_town": "shuyuan",
            "no_place": "unclear",
        }
        if state is not State.DRAFT:
            values |= {
                "lead_office_code": "street-lighting",
                "unit_code": "unit-01",
                "registered_at": AT,
                "limits_from_at": AT,
                "finish_due_at": AT + dt.timedelta(days=7),
                "closed_at": AT if state in FINAL else None,
            }
        if step is Step.TAKE_BACK:
            values |= {"registered_at": None, "limits_from_at": None}
        asked = ASKED.get(step) if step else None
        if (step, role) == (Step.REDISPATCH, Role.SUPERVISOR):
            asked = "return"
        if asked == "return":
            values |= {"return_before": role, "return_due_at": AT + dt.timedelta(hours=1), "return_count": 1}
            session.add(make_return(order.id, role))
        if asked == "extension":
            values["extension_until_at"] = AT + dt.timedelta(days=10)
        if asked == "supervise":
            values["supervision_due_at"] = AT + dt.timedelta(days=1)
        if step is Step.TEXT_CITIZEN:
            values |= {"citizen_phone": "13900000101", "phone_keys": ["13900000101"]}
        if step is Step.ANSWER_PART:
            session.add(CoHandlingOffice(order_id=order.id, office_code="audit", added_at=AT))
        await session.execute(update(Order).where(Order.id == order.id).values(**values))
    async with sessions() as session:
        return await get_order(session, order.id)


def make_return(order_id: int, before: Role | None) -> Return:
    assert before is not None
    return Return(
        order_id=order_id,
        nth=1,
        office_code="street-lighting",
        at=AT,
        by="示例",
        reason_code=ReturnReason.NOT_OURS,
        reason="示例",
        boundary="示例",
        suggested_office_code="housing",
        before=before,
        due_at=AT,
    )


def actor(role: Role, step: Step) -> Actor:
    lead = "audit" if step is Step.ANSWER_PART else "street-lighting"
    office = lead if role is Role.OFFICE else None
    return Actor(1, role, "示例", office_code=office, unit_code="unit-01" if role is Role.UNIT else None)


@pytest.mark.parametrize(("state", "step", "role"), TAKEN)
async def test_every_step_of_the_table_can_be_taken_and_is_written_down(
    sessions: Sessions, policy: Policy, other: str, state: State, step: Step, role: Role
) -> None:
    before = await make_order(sessions, policy.city, state, step, role)
    asked = {"merged_into": other} | ANSWERS
    if step is Step.ASK_EXTENSION:
        asked["promised_at"] = (AT + dt.timedelta(days=10)).isoformat()
    fields = {name: asked.get(name, "示例") for name in TRANSITIONS[state][step].asks}
    async with transaction(sessions) as session:
        order = await take_step(session, policy, before.id, step, actor=actor(role, step), at=AT, fields=fields)
    expected = NEXT.get((state, step)) or state_after(state, step, before.set_aside_from)
    assert order.state is expected
    assert order.version > before.version
    assert (order.closed_at is not None) is (expected in FINAL)
    async with sessions() as session:
        rows = (await session.scalars(select(OrderStep).where(OrderStep.order_id == order.id))).all()
    taken = next(row for row in rows if row.step is step)
    assert (taken.from_state, taken.actor_role, taken.actor_name) == (state, role, "示例")
    assert len(rows) == order.step_count


@pytest.mark.parametrize("state", State)
async def test_no_other_step_can_be_taken(sessions: Sessions, policy: Policy, state: State) -> None:
    order = await make_order(sessions, policy.city, state)
    async with sessions() as session:
        for step in Step:
            for role in Role:
                if (state, step, role) not in TAKEN:
                    with pytest.raises(NotAllowed if step in TRANSITIONS[state] else Conflict):
                        await take_step(session, policy, order.id, step, actor=actor(role, step), at=AT)
        assert len(await history(session, order.id)) == 1
