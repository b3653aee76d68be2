"""Orders that were ever merged or split belong together for good, however far apart and even after the merger was
undone: the texts of each cover the citizens of all (decision 0032).
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from access.visibility.rules import UNHEARD
from core.database import transaction
from core.errors import HotlineError
from dispatch.citizens.redaction import citizens_of, holds_a_secret, redactor_of
from dispatch.orders.actors import Actor
from dispatch.orders.families.family import may_name_confidential
from dispatch.orders.models import Order
from dispatch.orders.request_models import Precedent
from dispatch.steps.requests.returns import AT_THE_ORDER
from dispatch.steps.take import history
from dispatch.workflow import Role, Step
from hotline.bridges.recordings.search_covers import citizen_changed
from tests.support.orders import take
from tests.support.planted import attach_sound, call_crew
from tests.support.reporters import registered
from tests.support.sample import COORDINATOR, CREW, LAMPS
from tests.support.web_rig import WebRig

NAME, NUMBER = "钱朵玉", "13900009173"
SUPERVISOR = Actor(5, Role.SUPERVISOR, "许示例")
STRANGERS = (Role.OFFICE, Role.UNIT, Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR)
"""They may never know the reporter."""
SAID = f"北关那边{NAME}也来过"
MOVE = {"reason_code": "not_ours", "suggested_office_code": "housing"}
PART = {"kind": "help", "subject": "street-lamp", "title": "另一盏灯不亮", "matter": "另一盏灯不亮", "reason": "两件事"}


@dataclass
class Made:
    """Makes orders for one shape."""

    web_rig: WebRig
    run: str
    number: int = 0

    async def ordinary(self) -> Order:
        self.number += 1
        return await registered(
            self.web_rig, f"family-{self.run}-{self.number}", f"1380000{self.number:04}", citizen_name="关注示例"
        )

    async def reporter(self, *, confidential: bool = True) -> Order:
        return await registered(
            self.web_rig, f"family-{self.run}-0", NUMBER, citizen_name=NAME, confidential=confidential
        )

    async def merge(self, order: Order, into: Order) -> None:
        await take(self.web_rig, order, Step.MERGE, COORDINATOR, merged_into=into.number, reason="同一件事")

    async def undo(self, order: Order) -> None:
        await take(self.web_rig, order, Step.REOPEN, COORDINATOR, reason="不是同一件事")

    async def split(self, order: Order, **fields: str) -> Order:
        await take(self.web_rig, order, Step.SPLIT, COORDINATOR, **PART | fields)
        async with self.web_rig.context.sessions() as session:
            number = (await history(session, order.id))[-1].details["split_off"]
            return (await session.scalars(select(Order).where(Order.number == number))).one()

    async def hide(self, order: Order) -> None:
        await take(self.web_rig, order, Step.FILL_IN, COORDINATOR, confidential=True)


async def undone(made: Made) -> Order:
    far, secret = await made.ordinary(), await made.reporter()
    await made.merge(secret, far)
    await made.undo(secret)
    return far


async def chained(made: Made) -> Order:
    secret, one, two, far = await made.reporter(), await made.ordinary(), await made.ordinary(), await made.ordinary()
    await made.merge(secret, one)
    await made.merge(one, two)
    await made.merge(two, far)
    return far


async def chain_broken_in_the_middle(made: Made) -> Order:
    secret, one, far = await made.reporter(), await made.ordinary(), await made.ordinary()
    await made.merge(secret, one)
    await made.merge(one, far)
    await made.undo(one)
    return far


async def merged_into_the_same_one(made: Made) -> Order:
    """The sibling is open again, so that others write on it."""
    secret, far, both = await made.reporter(), await made.ordinary(), await made.ordinary()
    await made.merge(far, both)
    await made.merge(secret, both)
    await made.undo(far)
    again = {"lead_office_code": "street-lighting", "unit_code": "unit-01"}
    return await take(made.web_rig, far, Step.DISPATCH, COORDINATOR, **again)


async def part_of_a_part(made: Made) -> Order:
    first = await made.ordinary()
    part = await made.split(await made.split(first))
    await made.merge(await made.reporter(), first)
    return part


async def part_of_what_it_was_merged_into(made: Made) -> Order:
    secret, one, whole = await made.reporter(), await made.ordinary(), await made.ordinary()
    await made.merge(secret, one)
    await made.merge(one, whole)
    return await made.split(whole)


async def where_a_part_went(made: Made) -> Order:
    secret, whole, far = await made.reporter(), await made.ordinary(), await made.ordinary()
    part = await made.split(whole)
    await made.merge(part, far)
    await made.merge(secret, whole)
    return far


async def wish_of_a_distant_one(made: Made) -> Order:
    """The citizen of the first asks to stay unnamed when its part has long been split."""
    secret = await made.reporter(confidential=False)
    part = await made.split(await made.split(secret))
    await made.hide(secret)
    return part


SHAPES: list[Callable[[Made], Awaitable[Order]]] = [
    undone,
    chained,
    chain_broken_in_the_middle,
    merged_into_the_same_one,
    part_of_a_part,
    part_of_what_it_was_merged_into,
    where_a_part_went,
    wish_of_a_distant_one,
]


@dataclass
class Far:
    """An order in whose texts others have named the reporter of a distant one."""

    web_rig: WebRig
    order: Order
    notes: dict[Role, int]
    linkedid: str
    recording: int
    ruling: str


@pytest.fixture(scope="module", params=SHAPES, ids=lambda shape: shape.__name__)
async def far(web_rig: WebRig, request: pytest.FixtureRequest) -> Far:
    shape = request.param
    order = await shape(Made(web_rig, shape.__name__))
    linkedid, recording = await call_crew(web_rig, order, SAID)
    text = f"请找{NAME}，电话{NUMBER}"
    await take(web_rig, order, Step.FILL_IN, COORDINATOR, matter=f"北关路灯不亮，{text}。", title=f"{NAME}反映北关路灯")
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason=f"甲由{text}", boundary=f"甲界{text}", **MOVE)
    await take(web_rig, order, Step.DECLINE_RETURN, COORDINATOR, reason="职责清楚")
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason=f"甲由{text}", boundary=f"甲界{text}", **MOVE)
    await take(web_rig, order, Step.DECLINE_RETURN, SUPERVISOR, reason=f"乙裁{text}")
    await take(web_rig, order, Step.SUPERVISE, SUPERVISOR, reason=f"乙督{text}")
    await take(web_rig, order, Step.ACCEPT, CREW)
    await take(web_rig, order, Step.REPORT, CREW, note=f"丙报{text}")
    await take(web_rig, order, Step.REPORT, LAMPS, note=f"甲报{text}")
    notes = {role: await attach_sound(web_rig, order, role, SAID) for role in (Role.UNIT, Role.AGENT)}
    async with transaction(web_rig.context.sessions) as session:
        await citizen_changed(session, order.id)
    return Far(web_rig, order, notes, linkedid, recording, f"乙裁{text}")


OWN = {Role.OFFICE: "甲", Role.UNIT: "丙", Role.SUPERVISOR: "乙"}
"""Their own words are shown as they were typed; each begins so."""


def told_of_others(role: Role, told: str) -> str:
    text = f"请找{NAME}，电话{NUMBER}"
    for begun in ("由", "界", "报", "督", "裁"):
        told = told.replace(f"{OWN.get(role, '无')}{begun}{text}", "")
    return told.replace(SAID, "") if role is Role.UNIT else told


@pytest.mark.parametrize("role", STRANGERS)
async def test_no_page_of_the_distant_order_names_the_reporter(far: Far, role: Role) -> None:
    number, asked = far.order.number, 0
    for path in (
        f"/api/orders/{number}", f"/orders/{number}", "/api/orders", f"/api/orders/{number}/attachments",
        f"/api/notifications?order={number}", "/api/crew",
    ):  # fmt: skip
        answer = await far.web_rig.ask(role, "GET", path)
        asked += answer.status == 200
        told = told_of_others(role, await answer.text())
        assert NAME not in told, path
        assert NUMBER not in told, path
    assert asked >= 3


@pytest.mark.parametrize("role", STRANGERS)
async def test_nobody_hears_what_others_said_on_the_distant_order(far: Far, role: Role) -> None:
    listed = await far.web_rig.get(role, f"/api/orders/{far.order.number}/attachments")
    words = {one["id"]: one["words"] for one in listed["attachments"]}
    for sender, note in far.notes.items():
        own = role is sender
        assert words[note] == (SAID if own else UNHEARD)
        answer = await far.web_rig.ask(role, "GET", f"/api/attachments/{note}/file")
        assert answer.status == (200 if own else 403)
    if role is not Role.UNIT:
        answer = await far.web_rig.ask(role, "GET", f"/api/recordings/{far.recording}/audio")
        assert answer.status == 404


@pytest.mark.parametrize("role", [*STRANGERS, Role.AGENT, Role.COORDINATOR])
async def test_search_finds_the_distant_order_by_no_word_of_the_reporters(far: Far, role: Role) -> None:
    # Agents and coordinators find whoever calls by the whole number, and one of the orders is the reporter's own.
    by_number = role in (Role.AGENT, Role.COORDINATOR)
    for word in (f"找{NAME[:2]}", NUMBER[-6:] if by_number else NUMBER, "甲报"):
        found = await far.web_rig.get(role, "/api/orders", params={"q": word, "limit": 200})
        assert far.order.number not in [one["number"] for one in found["orders"]], word
    if role is not Role.UNIT:
        found = await far.web_rig.get(role, "/api/orders", params={"q": "北关路灯", "limit": 200})
        assert far.order.number in [one["number"] for one in found["orders"]]
    said = await far.web_rig.ask(role, "GET", "/api/transcripts/search", params={"q": NAME})
    assert said.status == 403 or far.linkedid not in str(await said.json())


async def test_no_precedent_of_the_distant_order_quotes_anybody(far: Far) -> None:
    async with far.web_rig.context.sessions() as session:
        rows = await session.scalars(select(Precedent).where(Precedent.order_number == far.order.number))
        assert {(row.ruling, row.boundary) for row in rows} == {(AT_THE_ORDER, AT_THE_ORDER)}


DICE = random.Random(11)
RUNS = 4
ORDERS = 7
STEPS = 14


def citizen(run: int, index: int) -> tuple[str, str]:
    return f"欧阳{'甲乙丙丁戊己庚'[index]}{'春夏秋冬'[run]}", f"13{DICE.randrange(10**9):09}"


def joined(belongs: dict[int, int], one: int, other: int) -> None:
    kept, lost = belongs[one], belongs[other]
    belongs.update({order_id: kept for order_id, family in belongs.items() if family == lost})


async def shuffled(web_rig: WebRig, run: int) -> tuple[dict[int, tuple[str, str]], dict[int, int]]:
    """Orders merged, split and taken apart at random: the citizen of each, and which belong together."""
    made = Made(web_rig, f"random-{run}")
    people = [citizen(run, index) for index in range(ORDERS)]
    text = "；".join(f"{name}{number}" for name, number in people)
    orders = [
        await registered(web_rig, f"random-{run}-{index}", number, citizen_name=name, matter=text, title="路灯",
                         confidential=DICE.random() < 0.2)
        for index, (name, number) in enumerate(people)
    ]  # fmt: skip
    citizens = {order.id: person for order, person in zip(orders, people, strict=True)}
    belongs = {order.id: order.id for order in orders}
    for _ in range(STEPS):
        one, other = DICE.sample(orders, 2)
        way = DICE.choice(["merge", "merge", "undo", "split"])
        try:
            if way == "merge":
                await made.merge(one, other)
                joined(belongs, other.id, one.id)
            elif way == "undo":
                await made.undo(one)
            elif len(orders) < ORDERS + 3:
                part = await made.split(one, matter=text)
                orders.append(part)
                citizens[part.id], belongs[part.id] = citizens[one.id], belongs[one.id]
        except HotlineError:
            continue  # An order that is over is neither merged nor split.
    return citizens, belongs


@pytest.mark.parametrize("run", range(RUNS))
async def test_whoever_was_ever_merged_or_split_stays_covered_and_nobody_else_is(web_rig: WebRig, run: int) -> None:
    citizens, belongs = await shuffled(web_rig, run)
    assert len(set(belongs.values())) < ORDERS
    async with web_rig.context.sessions() as session:
        orders = (await session.scalars(select(Order).where(Order.id.in_(citizens)))).all()
        secret = set(await session.scalars(select(Order.id).where(may_name_confidential(Order.id))))
        index = {one: found for one, found in await session.execute(select(Order.id, Order.search_text))}
    assert len(orders) == len(citizens)
    for order in orders:
        family = {other for other, of in belongs.items() if of == belongs[order.id]}
        assert citizens_of(order).keys() == family
        assert (order.id in secret) == holds_a_secret(order)
        covered = redactor_of([order]).without(order.matter)
        for other, (name, number) in citizens.items():
            names_one = any(citizens[one] == (name, number) for one in family)
            assert (name in covered) != names_one, other
            assert (name in (index[order.id] or "")) != names_one, other
            assert (number in (index[order.id] or "")) != names_one, other
