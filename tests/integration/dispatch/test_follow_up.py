"""回访: asked at a random moment by link or by a person's call; one answer a link; the office never sees when."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import InternalError, ProgrammingError

from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from dispatch.follow_up.models import FollowUp
from dispatch.follow_up.rules import FollowUpState
from dispatch.jobs.ask_citizens import ask_due
from dispatch.notifications.models import Notification
from dispatch.notifications.rules import NotificationState, Template
from dispatch.orders.models import Order
from dispatch.steps.take import get_order, history
from dispatch.workflow import Role, State, Step
from hotline.bridges.line.first_contact import note_contact
from telephony.calls.call_state import Direction, Outcome
from telephony.calls.models import Call
from telephony.control.commands import CommandKind, CommandState
from telephony.control.models import CallCommand
from tests.support.follow_ups import Asked
from tests.support.gateways import http_gateway
from tests.support.sample import COORDINATOR, LAMP, LAMPS, REPLY
from tests.support.web_rig import WebRig

YES = {"citizen_answered": "yes", "citizen_solved": "yes", "citizen_satisfied": "no", "said": ""}


@pytest.fixture(scope="module")
async def asked(web_rig: WebRig) -> AsyncIterator[Asked]:
    async with http_gateway() as gateway:
        yield Asked(web_rig, gateway)


async def test_a_citizen_who_is_content_closes_his_order_and_cannot_answer_twice(asked: Asked) -> None:
    order = await asked.approved()
    assert (await asked.ask(order)).state is FollowUpState.ASKED
    path = await asked.link(order)
    for _ in range(2):
        status, page = await asked.get(path)
        assert status == 200
        assert REPLY["public_answer"] in page
    status, page = await asked.post(path, citizen_answered="yes")
    assert status == 422
    assert page.count("请选一项。") == 2
    status, page = await asked.post(path, **YES | {"said": "来得快"})
    assert (status, "谢谢您的评价" in page) == (200, True)
    assert (await asked.order(order)).state is State.CLOSED
    status, page = await asked.post(path, **YES | {"citizen_solved": "no"})
    assert (status, "已经填过" in page) == (410, True)
    assert (await asked.get(path))[0] == 410
    result = await asked.answers(Role.SUPERVISOR, order)
    assert result["first"] == result["final"]
    assert (result["first"]["by_role"], result["first"]["said"], result["first"]["satisfied"]) == (
        "citizen",
        "来得快",
        False,
    )
    assert [one["state"] for one in result["rounds"]] == ["done"]


async def test_the_link_of_one_citizen_names_no_other_citizen_of_the_family(asked: Asked) -> None:
    """An office that knew the reporter before the wish may write the name into the answer to another citizen."""
    order = await asked.dispatched("13800000043", title="欧阳朵玉家门口路灯不亮", citizen_name="关注示例")
    reporter = await asked.dispatched("13900009179", citizen_name="欧阳朵玉", confidential=True)
    await asked.take(reporter, Step.MERGE, COORDINATOR, merged_into=order.number, reason="同一件事")
    order = await asked.again(order)
    async with transaction(asked.web_rig.context.sessions) as session:
        (await session.get_one(Order, order.id)).public_answer = "已向欧阳朵玉（13900009179）核实，路灯修复。"
    await asked.ask(order)
    status, page = await asked.get(await asked.link(order))
    assert (status, order.number in page, "家门口路灯不亮" in page) == (200, True, True)
    assert "朵玉" not in page
    assert "13900009179" not in page
    assert "核实" not in page, "where a reporter may be named no answer of the office's is quoted (decision 0029)"


async def test_not_solved_reopens_and_the_first_answer_stays_beside_the_final_one(asked: Asked) -> None:
    order = await asked.approved()
    await asked.ask(order)
    status, page = await asked.post(await asked.link(order), **YES | {"citizen_solved": "no"})
    assert (status, "重新办理" in page) == (200, True)
    assert (await asked.order(order)).state is State.REOPENED
    await asked.take(order, Step.DISPATCH, COORDINATOR)
    await asked.again(order)
    answers = {"citizen_answered": True, "citizen_solved": True, "citizen_satisfied": True}
    await asked.take(order, Step.RECORD_FOLLOW_UP, COORDINATOR, **answers)
    result = await asked.answers(Role.COORDINATOR, order)
    assert (result["first"]["solved"], result["final"]["solved"]) == (False, True)
    assert result["final"]["by_name"] == COORDINATOR.name
    assert [one["state"] for one in result["rounds"]] == ["done", "done"]
    for change in ("UPDATE citizen_answers SET solved = true", "DELETE FROM citizen_answers"):
        with pytest.raises((InternalError, ProgrammingError), match="append-only"):
            async with transaction(asked.web_rig.context.sessions) as session:
                await session.execute(text(change))


async def test_whom_no_link_reaches_is_called_by_a_person(asked: Asked) -> None:
    landline, silent, unsent = [await asked.approved(phone) for phone in ("05374411000", "13800000042", "13900000777")]
    assert (await asked.ask(landline)).state is FollowUpState.TO_CALL
    await asked.ask(silent)
    path = await asked.link(silent)
    await asked.ask(unsent)
    rig = asked.web_rig.context
    async with transaction(rig.sessions) as session:
        mine = Notification.order_id == unsent.id, Notification.template == Template.FOLLOW_UP
        await session.execute(update(Notification).where(*mine).values(state=NotificationState.HELD))
        ended = update(FollowUp).where(FollowUp.order_id == silent.id)
        await session.execute(ended.values(due_at=clock.now() - dt.timedelta(seconds=1)))
    await ask_due(rig.sessions, rig.policy, at=clock.now())
    answer = await asked.web_rig.get(Role.COORDINATOR, "/api/follow-ups")
    numbers = {one["order"]: one for one in answer["to_call"]}
    assert {landline.number, silent.number, unsent.number} <= numbers.keys()
    assert numbers[landline.number]["asked_at"] is None
    assert numbers[silent.number]["asked_at"] is not None
    assert (await asked.post(path, **YES))[0] == 200, "his link is still good while it has not expired"
    assert (await asked.order(silent)).state is State.CLOSED


async def test_nobody_is_asked_before_his_moment_nor_when_the_order_went_another_way(asked: Asked) -> None:
    order = await asked.approved()
    rig = asked.web_rig.context
    await ask_due(rig.sessions, rig.policy, at=clock.now())
    planned = await asked.round(order)
    assert planned.state is FollowUpState.PLANNED
    assert planned.due_at is not None
    assert planned.due_at >= planned.planned_at + dt.timedelta(hours=rig.policy.follow_up.after_hours)
    await asked.take(order, Step.CLOSE, COORDINATOR, reason="来电人来电说已经解决")
    await ask_due(rig.sessions, rig.policy, at=clock.now() + dt.timedelta(days=30))
    assert (await asked.round(order)).state is FollowUpState.VOID
    token = sign_link(link_key(rig.settings), "follow-up", planned.id, clock.now() + dt.timedelta(hours=1))
    status, page = await asked.get(f"/follow-up/{token}")
    assert (status, "不用再评价" in page) == (410, True)


async def test_a_link_that_is_old_or_not_ours_leads_to_the_telephone(asked: Asked) -> None:
    key = link_key(asked.web_rig.context.settings)
    old = sign_link(key, "follow-up", 1, clock.now() - dt.timedelta(seconds=2))
    nobody = sign_link(key, "follow-up", 10**9, clock.now() + dt.timedelta(hours=1))
    for token in (old, nobody, "made-up", sign_link(key, "office", 1, clock.now() + dt.timedelta(hours=1))):
        for status, page in (await asked.get(f"/follow-up/{token}"), await asked.post(f"/follow-up/{token}", **YES)):
            assert status == 410
            assert "请拨打12345" in page


async def test_a_confidential_matter_is_not_shown_to_whoever_holds_the_telephone(asked: Asked) -> None:
    order = await asked.approved(confidential=True)
    await asked.ask(order)
    status, page = await asked.get(await asked.link(order))
    assert status == 200
    assert LAMP["title"] not in page
    assert REPLY["public_answer"] not in page


async def test_the_office_sees_nothing_of_it_and_whom_it_called_meanwhile_the_supervisor_sees(asked: Asked) -> None:
    order = await asked.approved()
    rig = asked.web_rig.context
    async with transaction(rig.sessions) as session:
        session.add(
            CallCommand(
                linkedid="out-900", command=CommandKind.CALL_OUT, target="citizen", order_number=order.number,
                extension="0537", account_id=3, account_name="street-lighting", display_name="路灯所 陈示例",
                role="office", asked_at=clock.now(), state=CommandState.DONE, result="对方已接听",
            )
        )  # fmt: skip
    for role in (Role.OFFICE, Role.UNIT, Role.AGENT):
        for path in ("/api/orders/{}/follow-up", "/orders/{}/follow-up"):
            assert (await asked.web_rig.ask(role, "GET", path.format(order.number))).status == 403
    whole = await asked.web_rig.ask(Role.OFFICE, "GET", f"/api/orders/{order.number}")
    due = (await asked.round(order)).due_at
    assert due is not None
    assert f"{due:%Y-%m-%dT%H:%M}" not in await whole.text()
    await asked.ask(order)
    for role, shown in ((Role.OFFICE, False), (Role.COORDINATOR, True)):
        page = await (await asked.web_rig.ask(role, "GET", f"/orders/{order.number}")).text()
        assert ("通知诉求人" in page) is shown
    result = await asked.answers(Role.SUPERVISOR, order)
    assert [(one["by"], one["linkedid"]) for one in result["between"]] == [("路灯所 陈示例", "out-900")]


async def test_a_call_that_the_citizen_answered_is_the_first_contact_and_nobody_types_it(asked: Asked) -> None:
    order, rig = await asked.dispatched(), asked.web_rig.context
    await asked.take(order, Step.ACCEPT, LAMPS)
    for linkedid, outcome in (("out-901", Outcome.FAILED), ("out-902", Outcome.ANSWERED)):
        call = Call(linkedid=linkedid, direction=Direction.OUTBOUND, outcome=outcome, ended_at=clock.now())
        async with transaction(rig.sessions) as session:
            session.add(
                CallCommand(
                    linkedid=linkedid, command=CommandKind.CALL_OUT, target="citizen", order_number=order.number,
                    extension="0537", account_id=3, account_name="street-lighting", display_name="路灯所 陈示例",
                    role="office", asked_at=clock.now(), state=CommandState.DONE, result="对方已接听",
                )
            )  # fmt: skip
        for _ in range(2):
            async with transaction(rig.sessions) as session:
                await note_contact(rig.policy, session, call)
    async with rig.sessions() as session:
        tries = [row for row in await history(session, order.id) if row.step is Step.CONTACT]
        assert (await get_order(session, order.id)).contacted_at == call.ended_at
    assert [(row.actor_role, row.details["reached"]) for row in tries] == [(Role.SYSTEM, False), (Role.SYSTEM, True)]
    page = await (await asked.web_rig.ask(Role.OFFICE, "GET", f"/orders/{order.number}")).text()
    assert "路灯所 陈示例经热线与诉求人通话，有录音。" in page
    assert "首次联系" not in page, "it is done"
