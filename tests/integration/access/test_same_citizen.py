"""A citizen who wishes to stay unnamed on one order stays unnamed on all orders of its family that are the same
citizen's: a part that was split off, a second call that was merged in (decision 0032).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from core.database import transaction
from dispatch.orders.models import Order, OrderCall
from dispatch.steps.take import history
from dispatch.workflow import Role, Step
from hotline.bridges.recordings.search_covers import citizen_changed
from tests.support.attachments import send
from tests.support.file_samples import photo
from tests.support.orders import take
from tests.support.planted import plant_recording
from tests.support.reporters import called, registered
from tests.support.sample import COORDINATOR, LAMPS, REPLY
from tests.support.web_rig import WebRig

NAME, NUMBER = "欧阳朵玉", "13900009174"
LOOKS = (Role.OFFICE, Role.UNIT, Role.SUPERVISOR, Role.LEADER)
"""They see an ordinary citizen for a reason, and may never know this one."""
REASON = {"reason": "需要与诉求人核实现场位置"}
PART = {"kind": "help", "subject": "street-lamp", "title": "另一盏灯不亮", "matter": "另一盏灯不亮", "reason": "两件事"}
_run = count(1)


@dataclass(frozen=True)
class Two:
    """Two orders of one citizen; the wish stands on the first alone."""

    wished: Order
    other: Order
    known_by: tuple[str, ...]
    """By which names and numbers the other order's citizen is known."""


async def _registered(web_rig: WebRig, number: str, **fields: object) -> Order:
    return await registered(web_rig, f"same-{next(_run)}", number, **fields)


async def _part_of(web_rig: WebRig, order: Order) -> Order:
    await take(web_rig, order, Step.SPLIT, COORDINATOR, **PART)
    async with web_rig.context.sessions() as session:
        number = (await history(session, order.id))[-1].details["split_off"]
        return (await session.scalars(select(Order).where(Order.number == number))).one()


async def _merged(web_rig: WebRig, order: Order, into: Order) -> None:
    await take(web_rig, order, Step.MERGE, COORDINATOR, merged_into=into.number, reason="同一件事")


async def _hide(web_rig: WebRig, order: Order) -> Order:
    return await take(web_rig, order, Step.FILL_IN, COORDINATOR, confidential=True)


async def wish_on_the_part(web_rig: WebRig) -> Two:
    first = await _registered(web_rig, NUMBER, citizen_name=NAME)
    return Two(await _hide(web_rig, await _part_of(web_rig, first)), first, (NAME, NUMBER))


async def wish_on_the_first(web_rig: WebRig) -> Two:
    first = await _registered(web_rig, NUMBER, citizen_name=NAME)
    part = await _part_of(web_rig, first)
    return Two(await _hide(web_rig, first), part, (NAME, NUMBER))


async def called_again(web_rig: WebRig) -> Two:
    """From the same number, in another spelling; nobody asked for a name."""
    first = await _registered(web_rig, NUMBER, citizen_name=NAME, confidential=True)
    again = await _registered(web_rig, f"+86{NUMBER}", citizen_name="")
    await _merged(web_rig, again, first)
    return Two(first, again, (NUMBER,))


async def called_again_and_taken_out(web_rig: WebRig) -> Two:
    two = await called_again(web_rig)
    await take(web_rig, two.other, Step.REOPEN, COORDINATOR, reason="另办")
    again = {"lead_office_code": "street-lighting", "unit_code": "unit-01"}
    return Two(two.wished, await take(web_rig, two.other, Step.DISPATCH, COORDINATOR, **again), two.known_by)


async def called_from_another_number(web_rig: WebRig) -> Two:
    first = await _registered(web_rig, NUMBER, citizen_name=NAME, confidential=True)
    again = await _registered(web_rig, "13700009175", citizen_name=f"{NAME}女士")
    await _merged(web_rig, first, again)
    return Two(first, again, (NAME, "13700009175"))


async def number_corrected_since(web_rig: WebRig) -> Two:
    first = await _registered(web_rig, NUMBER, citizen_name=NAME, confidential=True)
    await take(web_rig, first, Step.FILL_IN, COORDINATOR, citizen_phone="13700009176", citizen_name="改名示例")
    again = await _registered(web_rig, NUMBER, citizen_name="")
    await _merged(web_rig, first, again)
    return Two(first, again, (NUMBER,))


async def through_a_third(web_rig: WebRig) -> Two:
    """The name of the one, the number of the other."""
    first = await _registered(web_rig, "", citizen_name=NAME, confidential=True)
    between = await _registered(web_rig, NUMBER, citizen_name=NAME)
    far = await _registered(web_rig, NUMBER, citizen_name="")
    await _merged(web_rig, between, first)
    await _merged(web_rig, first, far)
    return Two(first, far, (NUMBER,))


SHAPES: list[Callable[[WebRig], Awaitable[Two]]] = [
    wish_on_the_part,
    wish_on_the_first,
    called_again,
    called_again_and_taken_out,
    called_from_another_number,
    number_corrected_since,
    through_a_third,
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
async def test_nobody_who_may_never_know_is_shown_the_citizen_on_the_other_order(
    web_rig: WebRig, shape: Callable[[WebRig], Awaitable[Two]]
) -> None:
    two = await shape(web_rig)
    for role in (*LOOKS, Role.ADMINISTRATOR):
        for order in (two.wished, two.other):
            page = await web_rig.ask(role, "GET", f"/api/orders/{order.number}")
            if page.status == 404:
                continue
            shown = await page.json()
            assert (shown["citizen_name"], shown["citizen_phone"], shown["identity"]) == ("", "", "kept"), role
            assert shown["confidential"]
            assert all(one["hidden"] and not one["phone"] for one in shown["interested"])
            looked = await web_rig.ask(role, "POST", f"/api/orders/{order.number}/identity", json=REASON)
            assert looked.status == 403
            if order.citizen_phone:
                rung = await web_rig.ask(role, "POST", f"/api/orders/{order.number}/calls", json={"to": "citizen"})
                assert rung.status == 403
            told = await (await web_rig.ask(role, "GET", f"/orders/{order.number}")).text()
            assert not [one for one in (*two.known_by, f"{NUMBER[:3]}****{NUMBER[-4:]}") if one in told], role


async def test_the_pop_of_a_call_from_the_same_number_shows_a_supervisor_no_order_of_the_family(
    web_rig: WebRig,
) -> None:
    two = await called_again(web_rig)
    await called(web_rig, "same-pop", NUMBER, live=True)
    pop = await web_rig.get(Role.SUPERVISOR, "/api/calls/same-pop/pop")
    assert two.other.number not in str(pop)
    assert two.other.number in str(await web_rig.get(Role.AGENT, "/api/calls/same-pop/pop"))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
async def test_a_call_of_the_other_order_is_heard_and_found_by_its_words_by_nobody_without_a_look(
    web_rig: WebRig, shape: Callable[[WebRig], Awaitable[Two]]
) -> None:
    two, word = await shape(web_rig), f"银杏{shape.__name__.replace('_', '')}"
    async with transaction(web_rig.context.sessions) as session:
        calls = select(OrderCall.linkedid).where(OrderCall.order_id.in_([two.wished.id, two.other.id]))
        linkedids = sorted(set(await session.scalars(calls)))
    recordings = {linkedid: await plant_recording(web_rig, linkedid, f"{word}漏水") for linkedid in linkedids}
    async with transaction(web_rig.context.sessions) as session:
        await citizen_changed(session, two.wished.id)
    for role in (*LOOKS, Role.ADMINISTRATOR, Role.AGENT, Role.COORDINATOR):
        for linkedid, recording in recordings.items():
            for path in (f"/api/recordings/{recording}/audio", f"/api/recordings/{recording}/peaks"):
                answer = await web_rig.ask(role, "GET", path, headers={"Range": "bytes=0-50"})
                assert answer.status == 404, (role, path)
            call = await web_rig.get(role, f"/api/calls/{linkedid}")
            assert (call["recordings"], call["caller_number"]) == ([], ""), role
            for path in (f"/api/calls/{linkedid}/transcript", f"/api/calls/{linkedid}/sound?start=0&end=1"):
                assert (await web_rig.ask(role, "GET", path)).status in (403, 404), (role, path)
        assert (await web_rig.get(role, "/api/orders", params={"q": word}))["orders"] == [], role
        found = await web_rig.ask(role, "GET", "/api/transcripts/search", params={"q": word})
        assert found.status == 403 or (await found.json())["hits"] == [], role
    if shape is called_again:
        for order in (two.wished, two.other):
            await web_rig.ask(Role.AGENT, "POST", f"/api/orders/{order.number}/identity", json=REASON)
        hits = (await web_rig.get(Role.AGENT, "/api/transcripts/search", params={"q": word}))["hits"]
        assert {hit["linkedid"] for hit in hits} == set(linkedids), "after a look they are found"


async def test_another_citizen_of_the_family_is_shown_as_on_every_order(web_rig: WebRig) -> None:
    first = await _registered(web_rig, NUMBER, citizen_name=NAME, confidential=True)
    other = await _registered(web_rig, "13700009177", citizen_name="欧阳平平")
    await _merged(web_rig, other, first)
    shown = await web_rig.get(Role.SUPERVISOR, f"/api/orders/{other.number}")
    assert (shown["citizen_name"], shown["citizen_phone"]) == ("欧**", "137****9177")
    looked = await web_rig.ask(Role.SUPERVISOR, "POST", f"/api/orders/{other.number}/identity", json=REASON)
    assert (await looked.json())["name"] == "欧阳平平"


@pytest.mark.parametrize("name", ["欧阳平平", "王示例"])
async def test_a_followers_masked_name_does_not_tell_the_reporters_surname(web_rig: WebRig, name: str) -> None:
    first = await _registered(web_rig, NUMBER, citizen_name=NAME, confidential=True)
    await _merged(web_rig, await _registered(web_rig, "13700009178", citizen_name=name), first)
    (shown,) = (await web_rig.get(Role.OFFICE, f"/api/orders/{first.number}"))["interested"]
    assert (shown["name"], shown["phone"]) == (f"{name[0]}**", "137****9178")


async def test_a_files_name_names_the_reporter_to_nobody_who_was_shown_another_of_the_family(
    web_rig: WebRig,
) -> None:
    first = await _registered(web_rig, NUMBER, citizen_name=NAME, confidential=True)
    other = await _registered(web_rig, "13700009180", citizen_name="关注示例")
    await _merged(web_rig, first, other)
    sent = await send(web_rig, Role.AGENT, other.number, photo(), name=f"{NAME}-{NUMBER}.jpg")
    assert sent.status == 201
    for role in (Role.SUPERVISOR, Role.COORDINATOR):
        looked = await web_rig.ask(role, "POST", f"/api/orders/{other.number}/identity", json=REASON)
        assert (looked.status, (await looked.json())["name"]) == (200, "关注示例")
        (file,) = (await web_rig.get(role, f"/api/orders/{other.number}/attachments"))["attachments"]
        fetched = await web_rig.ask(role, "GET", file["address"])
        assert file["name"] == f"附件{file['id']}.jpg"
        assert file["name"] in unquote(fetched.headers["Content-Disposition"])


@pytest.mark.parametrize("state", ["merged", "replied", "closed"])
async def test_the_wish_is_taken_in_whatever_state_the_order_is(web_rig: WebRig, state: str) -> None:
    """A citizen fears an office when it has replied, and a follower may ask for it as well."""
    order = await _registered(web_rig, NUMBER, citizen_name=NAME)
    if state == "merged":
        await _merged(web_rig, order, await _registered(web_rig, "13700009181", citizen_name="关注示例"))
    else:
        for step, given in ((Step.ACCEPT, {}), (Step.START, {}), (Step.REPLY, REPLY)):
            await take(web_rig, order, step, LAMPS, **given)
    if state == "closed":
        for step in (Step.REVIEW, Step.APPROVE, Step.CLOSE):
            await take(web_rig, order, step, COORDINATOR, **({"reason": "已核实"} if step is Step.CLOSE else {}))
    shown = await web_rig.get(Role.AGENT, f"/api/orders/{order.number}")
    assert (shown["state"], shown["confidential"]) == (state, False)
    path = f"/api/orders/{order.number}/steps/promise_secrecy"
    asked = {"version": shown["version"], "reason": "本人来电要求"}
    assert (await web_rig.ask(Role.SUPERVISOR, "POST", path, json=asked)).status == 403
    assert (await web_rig.ask(Role.AGENT, "POST", path, json=asked)).status == 200
    shown = await web_rig.get(Role.SUPERVISOR, f"/api/orders/{order.number}")
    assert (shown["state"], shown["confidential"], shown["identity"]) == (state, True, "kept")
    assert shown["history"][-1]["details"]["changes"] == {"confidential": {"from": False, "to": True}}
    again = await web_rig.ask(Role.COORDINATOR, "POST", path, json=asked | {"version": shown["version"]})
    assert (again.status, (await again.json())["detail"]) == (409, "已经标明要求保密。")


async def test_the_wish_is_lifted_where_it_was_given(web_rig: WebRig) -> None:
    """The other order's citizen is shown again with it, as the first one's is."""
    two = await wish_on_the_part(web_rig)
    async with transaction(web_rig.context.sessions) as session:
        (await session.get_one(Order, two.wished.id)).confidential = False
    shown = await web_rig.get(Role.SUPERVISOR, f"/api/orders/{two.other.number}")
    assert (shown["identity"], shown["citizen_phone"]) == ("masked", f"{NUMBER[:3]}****{NUMBER[-4:]}")
