"""What was written while the citizen was an ordinary one, and quoted: once the citizen asks to stay unnamed, no
quotation of it is read by anybody who may never know, redacted or not. The author reads the words where they stand.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, text

from core import clock
from core.database import transaction
from core.privacy.redaction import NO_NAME
from dispatch.assignments.crew_search import SAID_ELSEWHERE
from dispatch.assignments.models import CrewSearch
from dispatch.jobs.search_crews import continue_search
from dispatch.notifications.contacts import add_contact
from dispatch.notifications.rules import Audience, NotificationChannel
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.orders.request_models import Precedent
from dispatch.steps.notify import INSIDE
from dispatch.steps.requests.returns import AT_THE_ORDER
from dispatch.workflow import Role, Step
from tests.support.orders import take
from tests.support.reporters import registered
from tests.support.sample import COORDINATOR, CREW, LAMPS
from tests.support.web_rig import WebRig

NAME, NUMBER = "钱朵玉", "13900009173"
LIST = f"不是李示例就是{NAME}"
SUPERVISOR = Actor(5, Role.SUPERVISOR, "许示例")
MOVE = {"reason_code": "not_ours", "suggested_office_code": "housing"}
STRANGERS = (Role.OFFICE, Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR)


@dataclass
class Quoted:
    order: Order
    """Ruled on and refused by its crew before the wish."""
    later: Order
    """Another, whose history quotes the ruling."""


async def ruled(web_rig: WebRig, linkedid: str) -> Order:
    """An ordinary order with two returns, the second of which the supervisor ruled on."""
    order = await registered(web_rig, linkedid, NUMBER, citizen_name=NAME)
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason=f"甲由：{LIST}", boundary=f"甲界：{LIST}", **MOVE)
    await take(web_rig, order, Step.DECLINE_RETURN, COORDINATOR, reason="职责清楚")
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, reason=f"甲由：{LIST}", boundary=f"甲界：{LIST}", **MOVE)
    return await take(web_rig, order, Step.DECLINE_RETURN, SUPERVISOR, reason=f"乙裁：{LIST}")


@pytest.fixture(scope="module")
async def quoted(web_rig: WebRig) -> Quoted:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        for audience, code in ((Audience.OFFICE, "street-lighting"), (Audience.SUPERVISOR, "")):
            await add_contact(
                session, rig.city, audience, code, NotificationChannel.SMS, "13800000001", secret="", by="周示例",
                at=clock.now(),
            )  # fmt: skip
    order = await ruled(web_rig, "wish-1.1")
    await take(web_rig, order, Step.SUPERVISE, SUPERVISOR, reason=f"乙督：{LIST}")
    await take(web_rig, order, Step.DECLINE, CREW, reason=f"丙由：{LIST}")
    async with transaction(rig.sessions) as session:
        for search_id in await session.scalars(select(CrewSearch.id).where(CrewSearch.order_id == order.id)):
            await continue_search(session, rig.policy, search_id, at=clock.now() + dt.timedelta(hours=1))
    later = await registered(web_rig, "wish-2.1", "13800000066", citizen_name="关注示例")
    await take(web_rig, order, Step.FILL_IN, COORDINATOR, confidential=True)
    return Quoted(order, later)


async def order_read(web_rig: WebRig, role: Role, order: Order) -> Any:
    return await web_rig.get(role, f"/api/orders/{order.number}")


async def test_notifications_of_before_are_not_quoted(web_rig: WebRig, quoted: Quoted) -> None:
    for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        listed = await web_rig.get(role, "/api/notifications", params={"order": quoted.order.number})
        assert len(listed["notifications"]) > 2
        assert {one["text"] for one in listed["notifications"]} == {INSIDE}
    listed = await web_rig.get(Role.COORDINATOR, "/api/notifications", params={"order": quoted.order.number})
    assert any("乙督" in one["text"] for one in listed["notifications"])


async def test_precedents_lose_their_words(web_rig: WebRig, quoted: Quoted) -> None:
    async with web_rig.context.sessions() as session:
        rows = await session.scalars(select(Precedent).where(Precedent.order_number == quoted.order.number))
        assert {(row.ruling, row.boundary) for row in rows} == {(AT_THE_ORDER, AT_THE_ORDER)}


@pytest.mark.parametrize("role", STRANGERS)
async def test_the_history_of_another_order_no_longer_quotes_the_ruling(
    web_rig: WebRig, quoted: Quoted, role: Role
) -> None:
    for shown in (
        str(await order_read(web_rig, role, quoted.later)),
        await (await web_rig.ask(role, "GET", f"/orders/{quoted.later.number}")).text(),
    ):
        assert f"{quoted.order.number}；理由：{AT_THE_ORDER}" in shown
        assert "乙裁" not in shown
        assert NO_NAME not in shown


@pytest.mark.parametrize("role", STRANGERS)
async def test_the_systems_reasons_no_longer_quote_the_crew(web_rig: WebRig, quoted: Quoted, role: Role) -> None:
    answer = await order_read(web_rig, role, quoted.order)
    (handed_on,) = [row for row in answer["history"] if row["step"] == Step.HAND_ON]
    assert f"不能前往（{SAID_ELSEWHERE}）" in handed_on["reason"]
    said = [
        action["why"]
        for search in answer["crew_searches"]
        for action in search["actions"]
        if "不能前往" in action["why"]
    ]
    assert said == ([] if role is Role.OFFICE else [handed_on["reason"]])
    page = await (await web_rig.ask(role, "GET", f"/orders/{quoted.order.number}")).text()
    assert "不能前往（丙由" not in page


async def test_a_ruling_is_hidden_as_well_when_a_confidential_order_is_merged_in(web_rig: WebRig) -> None:
    first = await ruled(web_rig, "wish-3.1")
    second = await registered(web_rig, "wish-4.1", "13900005521", citizen_name="孙梅贝", confidential=True)
    await take(web_rig, second, Step.MERGE, COORDINATOR, merged_into=first.number, reason="同一件事")
    async with web_rig.context.sessions() as session:
        rows = await session.scalars(select(Precedent.ruling).where(Precedent.order_number == first.number))
        assert set(rows) == {AT_THE_ORDER}
        # What is hidden stays where it was written.
        said = text("SELECT count(*) FROM returns WHERE order_id = :id AND ruling LIKE '乙裁%'")
        assert await session.scalar(said, {"id": first.id}) == 1
