"""A step, whichever entrance it came through: one session, one transaction, and the page at most once."""

from typing import Any

import pytest
from aiohttp import FormData

from core import clock
from core.clock import in_city
from core.database import transaction
from core.links import link_key, sign_link
from dispatch.notifications.office_links import make_link
from dispatch.orders.models import Order
from dispatch.steps.take import get_order
from dispatch.workflow import Role, Step
from tests.support.calls import ring
from tests.support.counting import counted
from tests.support.orders import dispatched, take
from tests.support.requests import post
from tests.support.sample import LAMPS
from tests.support.web_rig import WebRig
from web.office import links
from web.orders import views

DOOR = 1
"""Session in which whoever asks is recognised, or their link is opened and its use noted."""
OFFICE = "street-lighting"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """The orders whose whole answer was built."""
    built: list[Order] = []
    whole = views.order_answer

    async def noted(session: Any, policy: Any, me: Any, order: Order, **at: Any) -> Any:
        built.append(order)
        return await whole(session, policy, me, order, **at)

    for module in (views, links):
        monkeypatch.setattr(module, "order_answer", noted)
    return built


async def click(web_rig: WebRig, role: Role | None, path: str, **sent: Any) -> tuple[int, int, int]:
    """HTTP status, and how many sessions and transactions the click took behind the door."""
    if role is not None:
        await web_rig.token(role)
    with counted() as asked:
        answer = await web_rig.ask(role, "POST", path, **sent)
    return answer.status, asked.sessions - DOOR, asked.transactions - DOOR


async def changed(web_rig: WebRig) -> tuple[Order, dict[str, str]]:
    """An order before its office, and what a page says that was read before somebody else wrote in it."""
    order = await dispatched(web_rig)
    read = {"version": str(order.version), "read": str(order.step_count)}
    await take(web_rig, order, Step.ADD_CO_OFFICES, LAMPS, co_office_codes=["housing"], reason="请配合")
    return order, read


async def link_to(web_rig: WebRig, order: Order) -> str:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        mine = await get_order(session, order.id)
        link = await make_link(session, rig.policy.notifications, mine, OFFICE, by="周示例", at=clock.now())
    return f"/office-link/{sign_link(link_key(rig.settings), link.path, link.about, link.expires_at)}"


async def test_a_click_on_a_page_is_one_session_and_one_more_reads_the_page_where_it_is_refused(
    web_rig: WebRig, answers: list[Order]
) -> None:
    order, read = await changed(web_rig)
    path = f"/orders/{order.number}/steps"
    now = {"version": str(order.version + 1), "read": str(order.step_count + 1)}
    assert await click(web_rig, Role.OFFICE, f"{path}/report", data=now | {"note": "已到场"}) == (303, 1, 1)
    assert answers == []
    for step, sent, status in (
        ("report", read | {"note": "再看"}, 409),
        ("report", now | {"note": ""}, 422),
        ("start", now, 409),
        ("dispatch", now, 409),
    ):
        answers.clear()
        assert await click(web_rig, Role.OFFICE, f"{path}/{step}", data=sent) == (status, 2, 2), step
        assert len(answers) == 1


async def test_opening_an_order_is_one_session_that_shows_what_it_acknowledged(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    await web_rig.token(Role.OFFICE)
    with counted() as asked:
        answer = await web_rig.ask(Role.OFFICE, "GET", f"/orders/{order.number}")
    assert (answer.status, asked.sessions - DOOR, asked.transactions - DOOR) == (200, 1, 1)
    shown = await web_rig.get(Role.OFFICE, f"/api/orders/{order.number}")
    mine = [one for one in shown["assignments"] if one["recipient_code"] == OFFICE]
    assert [one["acknowledged_at"] is not None for one in mine] == [True]


async def test_a_program_is_answered_in_one_more_session_and_refused_in_none(
    web_rig: WebRig, answers: list[Order]
) -> None:
    order = await dispatched(web_rig)
    path = f"/api/orders/{order.number}/steps/report"
    now = {"version": order.version}
    assert await click(web_rig, Role.OFFICE, path, json=now) == (422, 1, 1)
    assert await click(web_rig, Role.COORDINATOR, path, json=now | {"note": "看"}) == (403, 1, 1)
    assert answers == []
    assert await click(web_rig, Role.OFFICE, path, json=now | {"note": "看"}) == (200, 2, 2)
    assert len(answers) == 1
    assert await click(web_rig, Role.OFFICE, path, json=now | {"note": "看"}) == (409, 1, 1)


async def test_a_click_behind_a_link_is_as_one_on_a_page(web_rig: WebRig, answers: list[Order]) -> None:
    order, read = await changed(web_rig)
    path = f"{await link_to(web_rig, order)}/steps"
    now = {"version": str(order.version + 1), "read": str(order.step_count + 1)}
    assert await click(web_rig, None, f"{path}/report", data=now | {"note": "已到场"}) == (303, 1, 1)
    assert answers == []
    for step, sent, status in (
        ("report", read | {"note": "再看"}, 409),
        ("report", now | {"note": ""}, 422),
        ("start", now, 409),
    ):
        answers.clear()
        assert await click(web_rig, None, f"{path}/{step}", data=sent) == (status, 2, 2), step
        assert len(answers) == 1
    assert await click(web_rig, None, f"{path}/ask_return", data=now) == (409, 1, 1), "not through a link"


async def test_many_are_each_one_session(web_rig: WebRig) -> None:
    numbers = [(await dispatched(web_rig)).number for _ in range(3)]
    sent = [*(("number", number) for number in numbers), ("action", "supervise"), ("reason", "请抓紧")]
    assert await click(web_rig, Role.SUPERVISOR, "/orders/many", data=FormData(sent)) == (200, 3, 3)


async def test_a_click_in_the_screen_pop_is_one_session_and_one_more_reads_the_pop(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-one.1", "15300001111", answered=True)
    path = "/calls/qufu-one.1"
    join = {"into": "QF20260101-0001-1"}
    assert await click(web_rig, Role.AGENT, f"/api{path}/join", json=join) == (422, 1, 1)
    assert await click(web_rig, Role.AGENT, f"/desk{path}/join", data=join) == (422, 2, 2)
    silent = {"disposition": "silent"}
    assert await click(web_rig, Role.AGENT, f"/desk{path}/disposition", data=silent) == (200, 2, 2)
    assert await click(web_rig, Role.AGENT, f"/desk{path}/disposition", data=silent) == (409, 2, 2)


async def test_an_answer_from_the_knowledge_base_is_one_session(web_rig: WebRig) -> None:
    await ring(web_rig, "qufu-one.2", "15300001112", answered=True)
    today = in_city(clock.now()).date()
    article = await post(
        web_rig,
        Role.COORDINATOR,
        "/api/knowledge",
        {
            "title": "图书馆几点开门", "body": "八点半。", "source": "示例文件", "bring": [], "subjects": [],
            "office_code": None, "valid_from": str(today), "review_on": str(today),
        },
    )  # fmt: skip
    path, sent = "/desk/calls/qufu-one.2/answer", {"article": str(article["id"]), "version": "1"}
    assert await click(web_rig, Role.AGENT, path, data=sent | {"version": "2"}) == (409, 2, 2)
    assert await click(web_rig, Role.AGENT, path, data=sent) == (200, 1, 1)


async def test_a_refused_page_keeps_what_was_typed_and_shows_nothing_of_it_as_stored(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    sent = {
        "version": str(order.version),
        "title": "两盏路灯不亮",
        "kind": "help",
        "subject": "street-lamp",
        "matter": "",
    }
    answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{order.number}/steps/fill_in", data=sent)
    page = await answer.text()
    assert (answer.status, "请填写诉求内容" in page) == (422, True)
    assert 'value="两盏路灯不亮"' in page
    assert f"<h1>{order.title}</h1>" in page


async def test_what_was_typed_for_a_step_that_somebody_else_has_just_taken_is_given_back(web_rig: WebRig) -> None:
    order = await dispatched(web_rig)
    for step in (Step.ACCEPT, Step.START):
        await take(web_rig, order, step, LAMPS)
    version = {"version": str((await web_rig.get(Role.OFFICE, f"/api/orders/{order.number}"))["version"])}
    reply = {"done": "换了灯头。", "public_answer": "已修好，请您放心。"}
    await take(web_rig, order, Step.REPLY, LAMPS, **reply)
    sent = version | reply | {"solved": "yes"}
    answer = await web_rig.ask(Role.OFFICE, "POST", f"/orders/{order.number}/steps/reply", data=sent)
    page = await answer.text()
    assert (answer.status, "没有办成：工单现在是“已回复”，不能回复。" in page) == (409, True)
    assert reply["done"] in page
