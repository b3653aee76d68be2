"""拆单: a part of the matter becomes an order of its own; history in both, and nothing of the citizen's is lost."""

import datetime as dt
from typing import Any

import pytest

from core import clock
from core.database import transaction
from core.errors import BadInput, NotAllowed
from dispatch.kinds import Channel, Kind
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import draft_for_call, new_draft
from dispatch.orders.families.followers import interested_in
from dispatch.orders.models import CallPurpose, Order
from dispatch.steps.take import calls_of, find_order, history, take_step
from dispatch.workflow import Role, State, Step
from tests.support.sample import AGENT, COORDINATOR, LAMP, LAMPS
from tests.support.web_rig import WebRig

MANHOLE = {
    "kind": "complaint",
    "subject": "manhole",
    "title": "神道路井盖缺失",
    "matter": "同一路口的井盖不见了，晚上看不见，很危险。",
    "reason": "一个电话说了两件事，分属两个单位。",
}


async def take(web_rig: WebRig, order: Order, step: Step, actor: Actor, at: dt.datetime, **fields: Any) -> Order:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        return await take_step(session, rig.policy, order.id, step, actor=actor, at=at, fields=fields)


async def dispatched(web_rig: WebRig, linkedid: str, at: dt.datetime, **more: Any) -> Order:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        order = await draft_for_call(session, rig.city, linkedid=linkedid, citizen_phone="13800000042", at=at)
    return await take(web_rig, order, Step.REGISTER, AGENT, at, **LAMP | more)


async def part_of(web_rig: WebRig, order: Order) -> Order:
    async with web_rig.context.sessions() as session:
        number = (await history(session, order.id))[-1].details["split_off"]
        part = await find_order(session, number)
        assert part is not None
        return part


async def test_a_part_has_its_own_number_office_and_limits_and_the_same_citizen_and_calls(web_rig: WebRig) -> None:
    at = clock.now() - dt.timedelta(hours=3)
    order = await dispatched(web_rig, "qufu-90.1", at, confidential=True)
    later = at + dt.timedelta(hours=2)
    first = await take(web_rig, order, Step.SPLIT, COORDINATOR, later, **MANHOLE)
    part = await part_of(web_rig, first)
    assert (first.state, first.title, first.lead_office_code) == (State.DISPATCHED, LAMP["title"], "street-lighting")
    assert first.finish_due_at == order.finish_due_at, "the clock of the first runs on"
    assert part.number != first.number
    assert (part.kind, part.title, part.state) == (Kind.COMPLAINT, MANHOLE["title"], State.DISPATCHED)
    assert part.lead_office_code != "street-lighting"
    assert (part.received_at, part.limits_from_at, part.dispatched_at) == (at, later, later)
    assert part.finish_due_at
    assert part.finish_due_at > later
    assert (part.citizen_phone, part.citizen_name, part.confidential) == ("13800000042", LAMP["citizen_name"], True)
    assert (part.place_town, part.place) == (LAMP["place_town"], LAMP["place"])
    async with web_rig.context.sessions() as session:
        calls = [(call.linkedid, call.purpose) for call in await calls_of(session, part.id)]
        created, registered, *_ = await history(session, part.id)
    assert calls == [("qufu-90.1", CallPurpose.SPLIT)]
    assert created.details["split_from"] == first.number
    assert registered.reason == f"由工单{first.number}拆出：{MANHOLE['reason']}"


async def test_a_place_of_its_own_replaces_all_of_the_first_ones_place(web_rig: WebRig) -> None:
    at = clock.now()
    order = await dispatched(web_rig, "qufu-91.1", at, latitude=35.6, longitude=116.99)
    await take(web_rig, order, Step.SPLIT, COORDINATOR, at, **MANHOLE, place_town="shuyuan", place="春秋路口")
    part = await part_of(web_rig, order)
    assert (part.place_town, part.place, part.latitude, part.longitude) == ("shuyuan", "春秋路口", None, None)


async def test_an_order_is_split_as_often_as_it_holds_matters_and_who_waited_waits_for_each(
    web_rig: WebRig,
) -> None:
    at = clock.now()
    order = await dispatched(web_rig, "qufu-92.1", at)
    early = await dispatched(web_rig, "qufu-92.2", at)
    await take(web_rig, early, Step.MERGE, COORDINATOR, at, merged_into=order.number, reason="同一处")
    await take(web_rig, order, Step.SPLIT, COORDINATOR, at, **MANHOLE)
    one = await part_of(web_rig, order)
    late = await dispatched(web_rig, "qufu-92.3", at)
    after = at + dt.timedelta(minutes=1)
    await take(web_rig, late, Step.MERGE, COORDINATOR, after, merged_into=order.number, reason="同一处")
    await take(web_rig, order, Step.SPLIT, COORDINATOR, after, **MANHOLE | {"title": "路面塌陷"})
    two = await part_of(web_rig, order)
    async with web_rig.context.sessions() as session:
        waiting = [{w.order.id for w in await interested_in(session, each.id)} for each in (order, one, two)]
    assert waiting == [{early.id, late.id}, {early.id}, {early.id, late.id}]
    answer = await web_rig.get(Role.COORDINATOR, f"/api/orders/{order.number}")
    assert answer["split_off"] == [one.number, two.number]
    assert (await web_rig.get(Role.COORDINATOR, f"/api/orders/{two.number}"))["split_from"] == order.number


async def test_who_waited_for_the_whole_waits_for_a_part_of_its_part(web_rig: WebRig) -> None:
    at = clock.now()
    whole, early, late = [await dispatched(web_rig, f"qufu-94.{number}", at) for number in range(3)]
    await take(web_rig, early, Step.MERGE, COORDINATOR, at, merged_into=whole.number, reason="同一处")
    await take(web_rig, whole, Step.SPLIT, COORDINATOR, at, **MANHOLE)
    part = await part_of(web_rig, whole)
    after = at + dt.timedelta(minutes=1)
    await take(web_rig, late, Step.MERGE, COORDINATOR, after, merged_into=whole.number, reason="同一处")
    await take(web_rig, part, Step.SPLIT, COORDINATOR, after, **MANHOLE | {"title": "路面塌陷"})
    last = await part_of(web_rig, part)
    async with web_rig.context.sessions() as session:
        assert [one.order.id for one in await interested_in(session, last.id)] == [early.id]


async def test_only_the_coordinator_splits_and_nothing_is_begun_by_a_refused_split(web_rig: WebRig) -> None:
    at = clock.now()
    order = await dispatched(web_rig, "qufu-93.1", at)
    with pytest.raises(NotAllowed):
        await take(web_rig, order, Step.SPLIT, LAMPS, at, **MANHOLE)
    with pytest.raises(BadInput) as wrong:
        await take(web_rig, order, Step.SPLIT, COORDINATOR, at, **MANHOLE | {"title": ""})
    assert wrong.value.fields == {"title": "请填写标题。"}
    async with transaction(web_rig.context.sessions) as session:
        before = await new_draft(session, web_rig.context.city, channel=Channel.WEB, actor=AGENT, at=at)
    with pytest.raises(BadInput):
        await take(web_rig, order, Step.SPLIT, COORDINATOR, at, **MANHOLE | {"subject": "no-such"})
    async with transaction(web_rig.context.sessions) as session:
        after = await new_draft(session, web_rig.context.city, channel=Channel.WEB, actor=AGENT, at=at)
        assert (await history(session, order.id))[-1].step is not Step.SPLIT
    assert int(after.number.split("-")[1]) == int(before.number.split("-")[1]) + 1
