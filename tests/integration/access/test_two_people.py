"""举报人保密 is promised by one person and taken back by two; what was asked and decided is never rewritten."""

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core import clock
from core.database import transaction
from core.errors import BadInput, Conflict, NotAllowed
from dispatch.approvals import step_for_two
from dispatch.approvals.models import Approval, Decision
from dispatch.approvals.secrecy import LIFT_SECRECY
from dispatch.kinds import Channel
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import Order, OrderStep
from dispatch.steps.take import take_step
from dispatch.workflow import Role, State, Step
from tests.support.web_rig import WebRig

AGENT = Actor(11, Role.AGENT, "林示例")
COORDINATOR = Actor(12, Role.COORDINATOR, "周示例")
ANOTHER = Actor(13, Role.COORDINATOR, "钱示例")
WHY = "来电人本人来电说明可以公开姓名"
MATTER = {
    "kind": "report", "subject": "street-lamp", "title": "路灯材料问题", "matter": "路灯材料以次充好。",
    "place_town": "lucheng", "place": "大成路", "citizen_name": "保密示例", "confidential": True,
}  # fmt: skip


async def secret_order(rig: WebRig) -> Order:
    at = clock.now()
    async with transaction(rig.context.sessions) as session:
        draft = await new_draft(
            session, rig.context.city, channel=Channel.HOTLINE, actor=AGENT, citizen_phone="13900000778", at=at
        )
        return await take_step(session, rig.context.policy, draft.id, Step.REGISTER, actor=AGENT, at=at, fields=MATTER)


async def secret_draft(rig: WebRig) -> Order:
    at = clock.now()
    async with transaction(rig.context.sessions) as session:
        draft = await new_draft(
            session, rig.context.city, channel=Channel.HOTLINE, actor=AGENT, citizen_phone="13900000779", at=at
        )
        return await take_step(
            session, rig.context.policy, draft.id, Step.FILL_IN, actor=AGENT, at=at, fields={"confidential": True}
        )


async def now(rig: WebRig, number: str) -> Order:
    async with rig.context.sessions() as session:
        return (await session.scalars(select(Order).where(Order.number == number))).one()


async def ask(rig: WebRig, number: str, *, at: dt.datetime | None = None) -> int:
    async with transaction(rig.context.sessions) as session:
        row = await step_for_two.ask(session, LIFT_SECRECY, COORDINATOR, number, reason=WHY, at=at or clock.now())
        return row.id


async def decide(rig: WebRig, approval: int, decision: Decision, actor: Actor, note: str = "") -> Approval:
    async with transaction(rig.context.sessions) as session:
        return await step_for_two.decide(
            session, rig.context.policy, [LIFT_SECRECY], approval, decision, actor, note=note, at=clock.now()
        )


@pytest.mark.parametrize("cleared", [False, None])
@pytest.mark.parametrize("role", [Role.AGENT, Role.COORDINATOR])
async def test_no_single_person_clears_the_flag(web_rig: WebRig, cleared: bool | None, role: Role) -> None:
    order = await secret_draft(web_rig)
    wish = {"version": order.version, "confidential": cleared}
    answer = await web_rig.ask(role, "PATCH", f"/api/orders/{order.number}", json=wish)
    assert answer.status == 422, await answer.text()
    assert "另一人批准" in (await answer.json())["fields"]["confidential"]
    assert (await now(web_rig, order.number)).confidential


@pytest.mark.parametrize("cleared", [False, None])
async def test_no_step_that_takes_the_matter_clears_it_on_its_way(web_rig: WebRig, cleared: bool | None) -> None:
    rig, at, draft = web_rig.context, clock.now(), await secret_draft(web_rig)
    for step in (Step.REGISTER, Step.FILL_IN, Step.ANSWER):
        given = MATTER | {"confidential": cleared} | ({"public_answer": "已答复。"} if step is Step.ANSWER else {})
        with pytest.raises(BadInput) as refused:
            async with transaction(rig.sessions) as session:
                await take_step(session, rig.policy, draft.id, step, actor=AGENT, at=at, fields=given)
        assert "confidential" in refused.value.fields
    assert (await now(web_rig, draft.number)).confidential


async def test_two_people_lift_it_and_the_history_names_both(web_rig: WebRig) -> None:
    order = await secret_order(web_rig)
    asked = await web_rig.ask(
        Role.COORDINATOR, "POST", f"/api/orders/{order.number}/lift-secrecy", json={"reason": WHY}
    )
    assert asked.status == 201, await asked.text()
    row = await asked.json()
    assert (row["state"], row["may_decide"]) == ("open", False)
    assert (await now(web_rig, order.number)).confidential
    own = await web_rig.ask(Role.COORDINATOR, "POST", f"/api/approvals/{row['id']}/approve", json={})
    assert own.status == 403
    again = await web_rig.ask(Role.AGENT, "POST", f"/api/orders/{order.number}/lift-secrecy", json={"reason": WHY})
    assert again.status == 409
    listed = await web_rig.get(Role.SUPERVISOR, "/api/approvals")
    assert row["id"] in [one["id"] for one in listed["approvals"] if one["may_decide"]]
    badge = await (await web_rig.ask(Role.SUPERVISOR, "GET", "/menu/counts")).text()
    assert f"{listed['waiting']}个申请" in badge
    approved = await web_rig.ask(Role.SUPERVISOR, "POST", f"/api/approvals/{row['id']}/approve", json={})
    assert approved.status == 200, await approved.text()
    assert not (await now(web_rig, order.number)).confidential
    async with web_rig.context.sessions() as session:
        steps = (await session.scalars(select(OrderStep).where(OrderStep.order_id == order.id))).all()
    (lifted,) = [step for step in steps if step.step is Step.LIFT_SECRECY]
    assert "周示例" in lifted.reason
    assert "许示例" in lifted.reason
    assert lifted.details["changes"]["confidential"] == {"from": True, "to": False}
    twice = await web_rig.ask(Role.SUPERVISOR, "POST", f"/api/approvals/{row['id']}/refuse", json={"note": WHY})
    assert twice.status == 409


@pytest.mark.parametrize("role", [Role.OFFICE, Role.UNIT, Role.LEADER, Role.ADMINISTRATOR])
async def test_others_neither_ask_nor_decide(web_rig: WebRig, role: Role) -> None:
    order = await secret_order(web_rig)
    approval = await ask(web_rig, order.number)
    for path, body in (
        (f"/api/orders/{order.number}/lift-secrecy", {"reason": WHY}),
        (f"/api/approvals/{approval}/approve", {}),
    ):
        assert (await web_rig.ask(role, "POST", path, json=body)).status == 403
    assert (await now(web_rig, order.number)).confidential


async def test_who_refuses_says_why_and_who_asked_may_withdraw(web_rig: WebRig) -> None:
    order = await secret_order(web_rig)
    approval = await ask(web_rig, order.number)
    with pytest.raises(BadInput):
        await decide(web_rig, approval, Decision.REFUSED, ANOTHER, "不")
    await decide(web_rig, approval, Decision.REFUSED, ANOTHER, "没有来电人本人的意思表示")
    with pytest.raises(Conflict):
        await decide(web_rig, approval, Decision.APPROVED, ANOTHER)
    approval = await ask(web_rig, order.number)
    with pytest.raises(NotAllowed):
        await decide(web_rig, approval, Decision.WITHDRAWN, ANOTHER)
    await decide(web_rig, approval, Decision.WITHDRAWN, COORDINATOR)
    assert (await now(web_rig, order.number)).confidential


async def test_a_request_that_nobody_decided_in_time_lapses(web_rig: WebRig) -> None:
    order = await secret_order(web_rig)
    approval = await ask(web_rig, order.number, at=clock.now() - LIFT_SECRECY.lasts)
    with pytest.raises(Conflict, match="过期"):
        await decide(web_rig, approval, Decision.APPROVED, ANOTHER)
    assert (await now(web_rig, order.number)).confidential
    assert await ask(web_rig, order.number) != approval


async def test_it_is_lifted_in_whatever_state_the_order_is_and_the_state_stays(web_rig: WebRig) -> None:
    order, at = await secret_order(web_rig), clock.now()
    async with transaction(web_rig.context.sessions) as session:
        await take_step(
            session,
            web_rig.context.policy,
            order.id,
            Step.INVALIDATE,
            actor=COORDINATOR,
            at=at,
            fields={"reason": "重复"},
        )
    await decide(web_rig, await ask(web_rig, order.number), Decision.APPROVED, ANOTHER)
    after = await now(web_rig, order.number)
    assert (after.confidential, after.state) == (False, State.INVALID)


async def test_an_approval_whose_effect_is_refused_is_not_stored(web_rig: WebRig) -> None:
    async with transaction(web_rig.context.sessions) as session:
        row = await step_for_two.ask(session, LIFT_SECRECY, COORDINATOR, "QF-no-such", reason=WHY, at=clock.now())
    with pytest.raises(Conflict):
        await decide(web_rig, row.id, Decision.APPROVED, ANOTHER)
    async with web_rig.context.sessions() as session:
        assert (await session.get_one(Approval, row.id)).decided is None
    await decide(web_rig, row.id, Decision.WITHDRAWN, COORDINATOR)


async def test_the_form_of_a_confidential_order_offers_no_tick_to_take_away(web_rig: WebRig) -> None:
    order = await secret_draft(web_rig)
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{order.number}")).text()
    assert 'name="confidential"' not in page
    part = await (await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{order.number}/secrecy")).text()
    assert "申请解除保密" in part


@pytest.mark.parametrize(
    "statement",
    ["UPDATE approvals SET reason = ''", "DELETE FROM approval_decisions", "UPDATE approval_decisions SET note = ''"],
)
async def test_what_was_asked_and_decided_is_never_rewritten(web_rig: WebRig, statement: str) -> None:
    order = await secret_order(web_rig)
    await decide(web_rig, await ask(web_rig, order.number), Decision.REFUSED, ANOTHER, "没有来电人本人的意思表示")
    with pytest.raises(DBAPIError, match="append-only"):
        async with transaction(web_rig.context.sessions) as session:
            await session.execute(text(statement))
