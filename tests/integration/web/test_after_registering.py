"""The card after registering, and the further matters of one call."""

import asyncio
import datetime as dt
from typing import Any

from sqlalchemy import func, select, update

from core import clock
from core.database import transaction
from dispatch.intake.models import ProposalRow
from dispatch.intake.proposals import proposals_of
from dispatch.notifications.models import Notification
from dispatch.notifications.rules import NotificationState
from dispatch.orders.models import CallPurpose, Order, OrderCall
from dispatch.steps.take import find_order
from dispatch.workflow import Role, State
from hotline.bridges.recordings.proposals import propose_now
from recordings.models import Speaker
from recordings.transcripts.models import LiveSegment
from telephony.calls.models import Call
from tests.support.calls import ring
from tests.support.orders import fill_in, register_lamp
from tests.support.requests import post
from tests.support.sample import LAMP
from tests.support.web_rig import WebRig

ELSEWHERE = LAMP | {"place_town": "wucun", "place": "峪口村", "title": "峪口村路灯不亮", "citizen_name": "冯示例"}


async def registered(web_rig: WebRig, linkedid: str, caller: str, **more: Any) -> str:
    number = await ring(web_rig, linkedid, caller, answered=True)
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["version"]
    fields = {"version": version, "separate": True, **ELSEWHERE, **more}
    await post(web_rig, Role.AGENT, f"/api/orders/{number}/steps/register", fields)
    return number


async def page(web_rig: WebRig, path: str, role: Role = Role.AGENT) -> str:
    answer = await web_rig.ask(role, "GET", path)
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def send(web_rig: WebRig, path: str, text: str = "") -> tuple[int, str]:
    answer = await web_rig.ask(Role.AGENT, "POST", path, data={"text": text})
    return answer.status, await answer.text()


async def test_the_agent_reads_out_number_limit_and_who_comes_and_sees_what_was_texted(web_rig: WebRig) -> None:
    number = await registered(web_rig, "qufu-820.1", "13900000820")
    card = await page(web_rig, "/desk/calls/qufu-820.1/form")
    order = await web_rig.get(Role.AGENT, f"/api/orders/{number}")
    day, count, check = number[2:].split("-")
    assert f"QF {day[:4]} {day[4:]} {count} {check}" in card
    assert "念给来电人" in card
    assert "市路灯管理所" in card
    assert order["unit_code"] is None or "前往" in card
    assert "最迟办结" in card
    assert f"已受理，工单号{number}" in card
    assert "等待发送" in card
    assert "delay:5s" in card, "what becomes of it is looked at again"
    async with transaction(web_rig.context.sessions) as session:
        held = update(Notification).where(Notification.title == "已受理").values(state=NotificationState.HELD)
        await session.execute(held)
    card = await page(web_rig, "/desk/calls/qufu-820.1/form")
    assert "渠道没有设置" in card, "without SMS the agent must not promise one"
    assert "delay:5s" not in card
    for key in ("N", "S", "X"):
        assert f'data-key="{key}"' in card


async def test_who_is_not_on_the_line_reads_nothing_out(web_rig: WebRig) -> None:
    number = await registered(web_rig, "qufu-821.1", "13900000821")
    card = await page(web_rig, "/desk/calls/qufu-821.1/form", Role.COORDINATOR)
    assert number in card
    assert "念给来电人" not in card
    assert "data-key" not in card
    for path in ("further", f"orders/{number}/supplement", f"orders/{number}/text"):
        answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/desk/calls/qufu-821.1/{path}", data={"text": "x"})
        assert answer.status == 404, path


async def test_a_landline_gets_no_text_and_the_card_says_why(web_rig: WebRig) -> None:
    await registered(web_rig, "qufu-822.1", "05374400822")
    card = await page(web_rig, "/desk/calls/qufu-822.1/form")
    assert "没有发：诉求人的电话不是手机。" in card
    assert 'data-key="X"' not in card


async def test_addition_and_message_are_written_from_the_card_and_a_refused_one_keeps_its_words(
    web_rig: WebRig,
) -> None:
    number = await registered(web_rig, "qufu-823.1", "13900000823")
    mine = f"/desk/calls/qufu-823.1/orders/{number}"
    status, card = await send(web_rig, f"{mine}/supplement", "村里还有三盏也不亮")
    assert (status, "已补充到工单" in card) == (200, True)
    status, card = await send(web_rig, f"{mine}/text", "维修人员下午到")
    assert (status, "短信已交去发送" in card) == (200, True)
    assert "维修人员下午到" in card
    steps = (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["history"][-2:]
    assert [step["step"] for step in steps] == ["supplement", "text_citizen"]
    status, card = await send(web_rig, f"{mine}/text", "长" * 201)
    assert status == 422
    assert "长" * 201 in card
    assert 'role="alert"' in card
    of_another = await register_lamp(web_rig, "qufu-823.2", "别人的路灯")
    status, _ = await send(web_rig, f"/desk/calls/qufu-823.1/orders/{of_another}/supplement", "x")
    assert status == 404


async def test_a_further_matter_is_an_order_of_its_own_with_the_same_citizen(web_rig: WebRig) -> None:
    first = await registered(web_rig, "qufu-824.1", "13900000824")
    status, form = await send(web_rig, "/desk/calls/qufu-824.1/further")
    assert status == 200
    assert "data-takes-focus" in form
    assert "13900000824" in form, "whoever begins it is on the line with this citizen"
    second = (await web_rig.get(Role.AGENT, "/api/calls/qufu-824.1/pop"))["order"]
    assert second != first
    assert f'data-draft="{second}"' in form
    assert f'data-draft="{second}"' in await page(web_rig, "/desk/calls/qufu-824.1/form"), "also after a reload"
    assert "念给来电人" in await page(web_rig, f"/desk/calls/qufu-824.1/form?order={first}")
    order = await web_rig.get(Role.AGENT, f"/api/orders/{second}")
    assert (order["citizen_name"], order["citizen_phone"]) == ("冯示例", "13900000824")
    assert (order["matter"], order["kind"], order["split_from"]) == ("", None, None)
    assert order["received_at"] == (await web_rig.get(Role.AGENT, f"/api/orders/{first}"))["received_at"]
    # Pressed twice, or in two windows: one order.
    again = await asyncio.gather(*(post(web_rig, Role.AGENT, "/api/calls/qufu-824.1/further") for _ in range(3)))
    assert {one["number"] for one in again} == {second}
    # Registered, it is read out; then there may be a third.
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{second}"))["version"]
    fields = {"version": version, **ELSEWHERE, "place": "白塔村", "title": "白塔村路灯不亮", "separate": True}
    await post(web_rig, Role.AGENT, f"/api/orders/{second}/steps/register", fields)
    assert "念给来电人" in await page(web_rig, "/desk/calls/qufu-824.1/form")
    third = (await post(web_rig, Role.AGENT, "/api/calls/qufu-824.1/further"))["number"]
    assert third not in (first, second)


async def test_a_call_without_an_order_or_with_an_open_draft_begins_nothing_new(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-825.1", "13900000825")
    answer = await web_rig.ask(Role.AGENT, "POST", "/api/calls/qufu-825.1/further", json={})
    assert answer.status == 404
    number = await ring(web_rig, "qufu-825.2", "13900000825", answered=True)
    assert (await post(web_rig, Role.AGENT, "/api/calls/qufu-825.2/further"))["number"] == number
    async with web_rig.context.sessions() as session:
        linked = select(func.count()).where(OrderCall.linkedid == "qufu-825.2")
        assert await session.scalar(linked) == 1


async def test_a_further_matter_begun_by_mistake_is_thrown_away_with_one_press(web_rig: WebRig) -> None:
    first = await registered(web_rig, "qufu-826.1", "13900000826")
    second = (await post(web_rig, Role.AGENT, "/api/calls/qufu-826.1/further"))["number"]
    pop = await web_rig.get(Role.AGENT, "/api/calls/qufu-826.1/pop")
    assert pop["dispositions"] == {"nothing_further": "没有另外的事", "asked_progress": "只问以前的工单"}
    assert first in [one["number"] for one in pop["earlier"]], "the first is one of the caller's orders now"
    pop = await post(web_rig, Role.AGENT, "/api/calls/qufu-826.1/disposition", {"disposition": "nothing_further"})
    assert pop["thrown_out"] == "没有新的诉求：没有另外的事", "the citizen did nothing wrong"
    assert (await web_rig.get(Role.AGENT, f"/api/orders/{second}"))["state"] == "invalid"
    assert (await web_rig.get(Role.AGENT, f"/api/orders/{first}"))["state"] == "dispatched"


async def test_a_further_matter_left_a_draft_is_named_on_the_desk_after_the_call(web_rig: WebRig) -> None:
    first = await registered(web_rig, "qufu-827.1", "13900000827")
    second = (await post(web_rig, Role.AGENT, "/api/calls/qufu-827.1/further"))["number"]
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Call).where(Call.linkedid == "qufu-827.1").values(ended_at=clock.now()))
    rest = await page(web_rig, "/desk/unregistered")
    assert second in rest
    assert first not in rest


async def test_who_wishes_to_stay_unnamed_stays_so_in_the_further_matter_too(web_rig: WebRig) -> None:
    first = await registered(web_rig, "qufu-828.1", "13900000828", confidential=True)
    second = (await post(web_rig, Role.AGENT, "/api/calls/qufu-828.1/further"))["number"]
    await fill_in(web_rig, second, matter="冯示例说村口的井盖也没了，电话13900000828", title="冯示例说的井盖")
    shown = await web_rig.get(Role.COORDINATOR, f"/api/orders/{second}")
    assert shown["confidential"] is True
    supervisor = str(await web_rig.get(Role.SUPERVISOR, f"/api/orders/{second}"))
    assert "冯示例" not in supervisor
    assert "13900000828" not in supervisor
    # One family: asked for in one of them only, it covers the texts of both.
    async with web_rig.context.sessions() as session:
        families = select(func.count(Order.family_id.distinct())).where(Order.number.in_((first, second)))
        assert await session.scalar(families) == 1


async def test_a_wish_to_stay_unnamed_that_comes_with_the_second_matter_covers_the_first(web_rig: WebRig) -> None:
    first = await registered(web_rig, "qufu-829.1", "13900000829", matter="冯示例家门口的路灯不亮")
    second = (await post(web_rig, Role.AGENT, "/api/calls/qufu-829.1/further"))["number"]
    await fill_in(web_rig, second, confidential=True)
    assert "冯示例" not in str(await web_rig.get(Role.SUPERVISOR, f"/api/orders/{first}"))


async def say(web_rig: WebRig, linkedid: str, start: float, text: str) -> None:
    async with transaction(web_rig.context.sessions) as session:
        session.add(
            LiveSegment(
                linkedid=linkedid, speaker=Speaker.CALLER, start_seconds=start, end_seconds=start + 4, text=text,
                confidence=0.9, words=[], repairs=[], heard_at=clock.now(),
            )
        )  # fmt: skip
    await propose_now(web_rig.context.sessions, web_rig.context.policy, linkedid)


async def heard(web_rig: WebRig, number: str) -> dict[str, ProposalRow]:
    async with web_rig.context.sessions() as session:
        order = await find_order(session, number)
        assert order is not None
        return {row.field: row for row in await proposals_of(session, order.id)}


async def test_the_further_form_hears_only_what_is_said_after_it_was_begun(web_rig: WebRig) -> None:
    linkedid = "qufu-830.1"
    first = await ring(
        web_rig, linkedid, "13900000830", answered=True, recording_started_at=clock.now() - dt.timedelta(seconds=60)
    )
    await say(web_rig, linkedid, 5, "你好静轩东路的路灯不亮了")
    assert (await heard(web_rig, first))["subject"].value == "street-lamp"
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{first}"))["version"]
    fields = {"version": version, "separate": True, **ELSEWHERE}
    await post(web_rig, Role.AGENT, f"/api/orders/{first}/steps/register", fields)
    second = (await post(web_rig, Role.AGENT, f"/api/calls/{linkedid}/further"))["number"]
    await propose_now(web_rig.context.sessions, web_rig.context.policy, linkedid)
    assert await heard(web_rig, second) == {}
    before = await heard(web_rig, first)
    await say(web_rig, linkedid, 70, "还有书院街道有一个井盖不见了路上很危险")
    found = await heard(web_rig, second)
    assert found["subject"].value == "manhole"
    assert {field: row.value for field, row in (await heard(web_rig, first)).items()} == {
        field: row.value for field, row in before.items()
    }
    answer = await web_rig.get(Role.AGENT, f"/api/calls/{linkedid}/proposals?order={second}")
    assert "street-lamp" not in str(answer)


async def test_after_a_call_that_was_thrown_out_there_may_be_a_matter_after_all(web_rig: WebRig) -> None:
    first = await ring(web_rig, "qufu-831.1", "13900000831", answered=True)
    await post(web_rig, Role.AGENT, "/api/calls/qufu-831.1/disposition", {"disposition": "asked_progress"})
    assert (await web_rig.get(Role.AGENT, f"/api/orders/{first}"))["state"] == State.INVALID
    assert 'data-key="N"' in await page(web_rig, "/desk/calls/qufu-831.1/form")
    second = (await post(web_rig, Role.AGENT, "/api/calls/qufu-831.1/further"))["number"]
    async with web_rig.context.sessions() as session:
        purposes = select(OrderCall.purpose).where(OrderCall.linkedid == "qufu-831.1").order_by(OrderCall.id)
        assert list(await session.scalars(purposes)) == [CallPurpose.INCOMING, CallPurpose.FURTHER]
    assert second != first


async def test_the_form_and_the_card_say_that_an_order_waits_and_what_for(web_rig: WebRig) -> None:
    number = await ring(web_rig, "qufu-832.1", "13900000832", answered=True)
    gas = {"subject": "gas-leak", "kind": "help", "title": "燃气泄漏", "matter": "有煤气味", "place": "秋水苑三号楼"}
    await fill_in(web_rig, number, **gas)
    form = await page(web_rig, "/desk/calls/qufu-832.1/form")
    assert "登记后不会马上派出，要等市级管理员：需要燃气直通车，但没有确定镇街。" in form
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["version"]
    await post(web_rig, Role.AGENT, f"/api/orders/{number}/steps/register", {"version": version})
    assert "等市级管理员派单，拟派市燃气公司" in await page(web_rig, "/desk/calls/qufu-832.1/form")
