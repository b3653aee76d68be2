"""A call shows a citizen to the agent who serves them, and to nobody whose own telephone merely rings."""

import datetime as dt
import itertools
from typing import Any

import pytest
from sqlalchemy import select

from access.visibility.disclosure_models import Disclosure
from core import clock
from core.database import transaction
from dispatch.orders.drafts import link_call
from dispatch.orders.models import CallPurpose, Order
from dispatch.workflow import Role, Step
from telephony.calls.call_state import CallState, Direction, LegRole
from telephony.calls.models import Call, Leg
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind
from tests.support.orders import take
from tests.support.reporters import called, registered
from tests.support.sample import COORDINATOR
from tests.support.web_rig import WebRig

_numbers = itertools.count(1)
SECRET = "13900000777"
WHY = "核实举报线索的细节"


def leg(linkedid: str, name: str, endpoint: str, role: LegRole, **times: dt.datetime | None) -> Leg:
    uniqueid = f"guest-{next(_numbers)}-{linkedid}" if name == "guest" else f"{linkedid}-{name}"
    return Leg(
        uniqueid=uniqueid, linkedid=linkedid, channel=f"PJSIP/{endpoint}-1", endpoint=endpoint, role=role,
        **{"started_at": clock.now()} | times,
    )  # fmt: skip


async def call_on_secret(rig: WebRig, direction: Direction, *legs: dict[str, Any], **fields: Any) -> str:
    """A call on the confidential order that goes on, with these legs."""
    at = clock.now()
    linkedid = f"{'out' if direction is Direction.OUTBOUND else 'qufu'}-77{next(_numbers)}"
    purpose = CallPurpose.FOLLOW_UP if direction is Direction.OUTBOUND else CallPurpose.SPLIT
    numbers = ("1001", SECRET) if direction is Direction.OUTBOUND else (SECRET, "12345")
    async with transaction(rig.context.sessions) as session:
        order = (await session.scalars(select(Order).where(Order.number == rig.sample.secret))).one()
        row = Call(
            linkedid=linkedid, pbx="qufu", direction=direction, state=CallState.TALKING, caller_name="",
            caller_number=numbers[0], called_number=numbers[1], started_at=at, acted_on=[], **fields,
        )  # fmt: skip
        row.legs.extend(leg(linkedid, **one) for one in legs)
        session.add(row)
        await session.flush()
        await link_call(session, order.id, linkedid, purpose, at=at)
    return linkedid


async def end_all(rig: WebRig, linkedid: str) -> None:
    long_ago = clock.now() - dt.timedelta(minutes=31)
    async with transaction(rig.context.sessions) as session:
        call = await session.get_one(Call, linkedid)
        call.ended_at = long_ago
        for one in call.legs:
            one.ended_at = long_ago


async def identity(rig: WebRig) -> str:
    return (await rig.get(Role.AGENT, f"/api/orders/{rig.sample.secret}"))["identity"]


AGENT = {"endpoint": "1001", "role": LegRole.AGENT}
CITIZEN = {"endpoint": "trunk", "role": LegRole.CALLER}
OUTSIDE = {"endpoint": "trunk", "role": LegRole.OUTSIDE}


async def test_an_agents_own_ringing_telephone_shows_no_secret_citizen(web_rig: WebRig) -> None:
    linkedid = await call_on_secret(web_rig, Direction.OUTBOUND, {"name": "a"} | AGENT)
    assert await identity(web_rig) == "masked"
    async with transaction(web_rig.context.sessions) as session:
        (await session.get_one(Call, linkedid)).legs[0].answered_at = clock.now()
    assert await identity(web_rig) == "masked"
    await end_all(web_rig, linkedid)
    assert await identity(web_rig) == "masked"


async def test_a_citizen_who_did_not_pick_up_is_not_shown(web_rig: WebRig) -> None:
    at = clock.now()
    linkedid = await call_on_secret(
        web_rig, Direction.OUTBOUND, {"name": "a", "answered_at": at} | AGENT, {"name": "b", "ended_at": at} | OUTSIDE
    )
    assert await identity(web_rig) == "masked"
    await end_all(web_rig, linkedid)


async def test_a_citizen_who_picked_up_is_shown_to_the_agent_who_called(web_rig: WebRig) -> None:
    at = clock.now()
    linkedid = await call_on_secret(
        web_rig, Direction.OUTBOUND, {"name": "a", "connected_at": at} | AGENT,
        {"name": "b", "connected_at": at} | OUTSIDE, answered_at=at,
    )  # fmt: skip
    assert await identity(web_rig) == "shown"
    assert (await web_rig.get(Role.AGENT, f"/api/calls/{linkedid}"))["called_number"] == SECRET
    await end_all(web_rig, linkedid)
    assert await identity(web_rig) == "masked"


@pytest.mark.parametrize("name", ["guest", "b"])
async def test_a_third_whose_telephone_rings_in_an_answered_call_is_shown_nobody(web_rig: WebRig, name: str) -> None:
    at = clock.now()
    linkedid = await call_on_secret(
        web_rig,
        Direction.INBOUND,
        {"name": "a", "connected_at": at} | CITIZEN,
        {"name": name} | AGENT,
        answered_at=at,
    )
    assert await identity(web_rig) == "masked"
    await end_all(web_rig, linkedid)


async def test_who_is_only_consulted_is_shown_nobody_until_the_citizen_is_there(web_rig: WebRig) -> None:
    at = clock.now()
    linkedid = await call_on_secret(
        web_rig, Direction.INBOUND, {"name": "a", "connected_at": at} | CITIZEN,
        {"name": "guest", "connected_at": at} | AGENT, answered_at=at,
    )  # fmt: skip
    assert await identity(web_rig) == "masked"
    async with transaction(web_rig.context.sessions) as session:
        call = await session.get_one(Call, linkedid)
        next(one for one in call.legs if one.role is LegRole.AGENT).citizen_at = clock.now()
    assert await identity(web_rig) == "shown"
    await end_all(web_rig, linkedid)


async def test_the_agents_half_hour_counts_from_when_he_left_the_call(web_rig: WebRig) -> None:
    at = clock.now()
    linkedid = await call_on_secret(
        web_rig, Direction.INBOUND, {"name": "a", "connected_at": at} | CITIZEN,
        {"name": "b", "connected_at": at, "ended_at": at - dt.timedelta(minutes=31)} | AGENT, answered_at=at,
    )  # fmt: skip
    assert await identity(web_rig) == "masked"
    await end_all(web_rig, linkedid)


@pytest.mark.parametrize("role", [Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR])
async def test_the_dialled_number_of_a_citizen_is_covered_like_the_callers(web_rig: WebRig, role: Role) -> None:
    linkedid = await call_on_secret(web_rig, Direction.OUTBOUND, {"name": "a"} | AGENT)
    assert (await web_rig.get(role, f"/api/calls/{linkedid}"))["called_number"] == ""
    for path in (f"/calls/{linkedid}", f"/api/calls/{linkedid}/actions", "/api/calls?direction=outbound"):
        assert SECRET not in await (await web_rig.ask(role, "GET", path)).text()
    await end_all(web_rig, linkedid)


async def test_calling_a_secret_citizen_takes_a_reason_and_leaves_a_look(web_rig: WebRig) -> None:
    path = f"/api/orders/{web_rig.sample.secret}/calls"
    refused = await web_rig.ask(Role.AGENT, "POST", path, json={"to": "citizen"})
    assert refused.status == 422
    assert "reason" in (await refused.json())["fields"]
    asked = await web_rig.ask(Role.AGENT, "POST", path, json={"to": "citizen", "reason": WHY})
    assert asked.status == 202, await asked.text()
    linkedid = (await asked.json())["linkedid"]
    assert await identity(web_rig) == "masked"
    (row,) = [
        one
        for one in (await web_rig.get(Role.SUPERVISOR, "/api/disclosures"))["disclosures"]
        if one["linkedid"] == linkedid
    ]
    assert (row["reason"], row["confidential"]) == (WHY, True)


async def test_calling_an_ordinary_citizen_leaves_a_look_without_a_typed_reason(web_rig: WebRig) -> None:
    path = f"/api/orders/{web_rig.sample.lamp}/calls"
    asked = await web_rig.ask(Role.AGENT, "POST", path, json={"to": "citizen"})
    assert asked.status == 202, await asked.text()
    linkedid = (await asked.json())["linkedid"]
    (row,) = [
        one
        for one in (await web_rig.get(Role.SUPERVISOR, "/api/disclosures"))["disclosures"]
        if one["linkedid"] == linkedid
    ]
    assert web_rig.sample.lamp in row["reason"]
    assert (await web_rig.get(Role.AGENT, f"/api/orders/{web_rig.sample.lamp}"))["identity"] == "masked"


async def test_a_typed_number_is_read_by_who_typed_it_only(web_rig: WebRig) -> None:
    async with transaction(web_rig.context.sessions) as session:
        (await session.get_one(Call, "qufu-110.1")).legs[1].uniqueid = "qufu-110.1-agent"
    asked = await web_rig.ask(Role.AGENT, "POST", "/api/calls/qufu-110.1/conference", json={"to": SECRET})
    assert asked.status == 202, await asked.text()
    assert (await asked.json())["target"] == SECRET
    for role in (Role.SUPERVISOR, Role.COORDINATOR, Role.LEADER):
        body = await (await web_rig.ask(role, "GET", "/api/calls/qufu-110.1/actions")).text()
        assert SECRET not in body
        assert "139****0777" not in body


async def test_a_look_whose_reason_names_the_citizen_does_not_name_him_to_the_supervisor(web_rig: WebRig) -> None:
    path = f"/api/orders/{web_rig.sample.secret}/identity"
    wish = {"reason": f"联系保密示例核实线索，电话{SECRET}"}
    assert (await web_rig.ask(Role.COORDINATOR, "POST", path, json=wish)).status == 200
    for read in ("/api/disclosures", "/disclosures", f"/api/orders/{web_rig.sample.secret}/disclosures"):
        said = await (await web_rig.ask(Role.SUPERVISOR, "GET", read)).text()
        assert "核实线索" in said
        assert "保密示例" not in said
        assert SECRET not in said


async def test_a_reason_for_a_call_is_redacted_by_all_orders_that_the_call_belongs_to_now(web_rig: WebRig) -> None:
    """Also by those that it was linked to later, and by its own number before it has any."""
    linkedid, number, name = "disclosed-1.1", "13900006182", "钱朵玉"
    await called(web_rig, linkedid, number)
    wish = {"reason": f"回访核实线索，{name}的电话{number}"}
    answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/api/calls/{linkedid}/identity", json=wish)
    assert answer.status == 200

    async def read() -> str:
        listed = (await web_rig.get(Role.SUPERVISOR, "/api/disclosures"))["disclosures"]
        page = await (await web_rig.ask(Role.SUPERVISOR, "GET", "/disclosures")).text()
        (reason,) = [one["reason"] for one in listed if one["linkedid"] == linkedid]
        assert reason in page
        return str(reason)

    assert await read() == f"回访核实线索，{name}的电话139****6182"
    first = await registered(web_rig, "disclosed-2.1", "13800000061", citizen_name="关注示例")
    secret = await registered(web_rig, "disclosed-3.1", number, citizen_name=name, confidential=True)
    async with transaction(web_rig.context.sessions) as session:
        for order in (first, secret):
            await link_call(session, order.id, linkedid, CallPurpose.FOLLOW_UP, at=clock.now())
    said = await read()
    assert "核实线索" in said
    assert name not in said
    assert "6182" not in said
    for order in (first, secret):
        told = await web_rig.get(Role.SUPERVISOR, f"/api/orders/{order.number}/disclosures")
        assert [one["reason"] for one in told["disclosures"]] == [said]


async def test_the_pop_of_a_call_of_two_orders_shows_nothing_of_the_one_whose_citizen_stays_unnamed(
    web_rig: WebRig,
) -> None:
    number = "13900006183"
    order = await registered(web_rig, "disclosed-4.1", number, citizen_name="钱朵玉")
    part = {"kind": "help", "subject": "street-lamp", "title": "另一盏灯", "matter": "另一盏灯", "reason": "两件事"}
    await take(web_rig, order, Step.SPLIT, COORDINATOR, **part)
    async with web_rig.context.sessions() as session:
        part_of = (await session.scalars(select(Order).where(Order.split_from_id == order.id))).one()
    await take(web_rig, part_of, Step.FILL_IN, COORDINATOR, confidential=True)
    for role in (Role.SUPERVISOR, Role.AGENT, Role.COORDINATOR):
        told = await web_rig.get(role, "/api/calls/disclosed-4.1/pop")
        assert (told["hidden"], told["number"], told["number_type"], told["name"]) == (True, "", "", "")
        assert "6183" not in str(told)


@pytest.mark.parametrize("reason", ["aa", "核实", "啊啊啊啊啊啊", "asdfasdfasdf", "。。。。。。"])
async def test_a_reason_that_says_nothing_shows_nobody(web_rig: WebRig, reason: str) -> None:
    path = f"/api/orders/{web_rig.sample.fresh}/identity"
    assert (await web_rig.ask(Role.LEADER, "POST", path, json={"reason": reason})).status == 422
    assert (await web_rig.get(Role.LEADER, f"/api/orders/{web_rig.sample.fresh}"))["identity"] == "masked"


async def test_mass_looks_are_refused_and_the_supervisors_are_told(web_rig: WebRig) -> None:
    path = f"/api/orders/{web_rig.sample.fresh}/identity"
    answers = [await web_rig.ask(Role.LEADER, "POST", path, json={"reason": "领导下访前了解"}) for _ in range(14)]
    assert [answer.status for answer in answers] == [200] * 10 + [429] * 4
    assert "后才能再查看" in (await answers[-1].json())["detail"]
    async with web_rig.context.sessions() as session:
        leader = (
            await session.scalars(
                select(Disclosure).where(Disclosure.role == Role.LEADER, Disclosure.order_number != "")
            )
        ).all()
        alarm = (await session.scalars(select(Alarm).where(Alarm.kind == TroubleKind.MASS_DISCLOSURES))).one()
    assert len([row for row in leader if row.order_number == web_rig.sample.fresh]) == 10
    assert "leader" in alarm.detail
