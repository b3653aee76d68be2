"""Orders and calls are found by what people type: the last digits of a number, a whole name with a reason, a call's
number, order and agent; and nobody finds a confidential reporter by trying."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from access.accounts.roles import EVERYBODY
from access.accounts.sessions import Me
from access.visibility.disclosure_models import Disclosure
from core import clock
from core.database import transaction
from dispatch.orders.models import Order
from dispatch.workflow import Role, Step
from tests.support.orders import take
from tests.support.reporters import called, registered
from tests.support.sample import COORDINATOR
from tests.support.web_rig import WebRig
from web.orders.lists.found_where import find_words
from web.orders.presenter import order_summary

NAME, SECRET_NAME, MERGED_NAME = "秦可寻", "秦可密", "秦可并"
WHY = "回电核实现场的准确位置"
ASKS = (Role.AGENT, Role.COORDINATOR)


async def found(rig: WebRig, role: Role, typed: str, path: str = "/api/orders") -> list[str]:
    answer = await rig.ask(role, "GET", path, params={"q": typed, "limit": 200})
    if answer.status == 403:
        return []
    listed = await answer.json()
    return (
        [one["number"] for one in listed["orders"]] if "orders" in listed else [c["linkedid"] for c in listed["calls"]]
    )


async def by_name(rig: WebRig, role: Role, name: str, reason: str = WHY) -> tuple[int, Any]:
    answer = await rig.ask(role, "POST", "/api/name-search", json={"name": name, "reason": reason})
    return answer.status, await answer.json()


@pytest.fixture(scope="module")
async def orders(web_rig: WebRig) -> dict[str, Order]:
    """An ordinary citizen's, a confidential reporter's, and an ordinary one's that was merged into the reporter's."""
    ordinary = await registered(web_rig, "asked-1.1", "13900004417", citizen_name=NAME)
    landline = await registered(web_rig, "asked-2.1", "05374414418", citizen_name="")
    secret = await registered(web_rig, "asked-3.1", "13900004419", citizen_name=SECRET_NAME, confidential=True)
    merged = await registered(web_rig, "asked-4.1", "13900004420", citizen_name=MERGED_NAME)
    into = await registered(web_rig, "asked-5.1", "13900004421", citizen_name="", confidential=True)
    await take(web_rig, merged, Step.MERGE, COORDINATOR, merged_into=into.number, reason="同一件事")
    return {"ordinary": ordinary, "landline": landline, "secret": secret, "merged": merged, "into": into}


@pytest.mark.parametrize("typed", ["4417", "尾号4417", "４４１７", "尾号 四四一七"])
async def test_an_order_and_a_call_are_found_by_the_last_digits_that_their_masks_show(
    web_rig: WebRig, orders: dict[str, Order], typed: str
) -> None:
    for role in EVERYBODY:
        assert (orders["ordinary"].number in await found(web_rig, role, typed)) is (role in ASKS), role
        assert ("asked-1.1" in await found(web_rig, role, typed, "/api/calls")) is (role in ASKS), role


@pytest.mark.parametrize(("which", "linkedid", "ending"), [
    ("landline", "asked-2.1", "4418"), ("secret", "asked-3.1", "4419"), ("merged", "asked-4.1", "4420"),
    ("into", "asked-5.1", "4421"),
])  # fmt: skip
async def test_digits_that_no_mask_shows_find_nothing_whoever_tries(
    web_rig: WebRig, orders: dict[str, Order], which: str, linkedid: str, ending: str
) -> None:
    for role in EVERYBODY:
        for typed in (ending, f"尾号{ending}"):
            assert orders[which].number not in await found(web_rig, role, typed), role
            assert linkedid not in await found(web_rig, role, typed, "/api/calls"), role


async def test_a_calls_whole_number_finds_it_unless_its_citizen_stays_unnamed(
    web_rig: WebRig, orders: dict[str, Order]
) -> None:
    await called(web_rig, "asked-6.1", "13900004422")
    for role in EVERYBODY:
        assert ("asked-6.1" in await found(web_rig, role, "+86 139 0000 4422", "/api/calls")) is (role in ASKS), role
        assert "asked-3.1" not in await found(web_rig, role, "13900004419", "/api/calls"), role


async def test_who_looked_at_a_reporter_finds_them_while_that_lasts(web_rig: WebRig, orders: dict[str, Order]) -> None:
    secret = await registered(web_rig, "asked-7.1", "13900004423", citizen_name="秦可看", confidential=True)
    assert secret.number not in await found(web_rig, Role.COORDINATOR, "4423")
    path = f"/api/orders/{secret.number}/identity"
    assert (await web_rig.ask(Role.COORDINATOR, "POST", path, json={"reason": WHY})).status == 200
    assert secret.number in await found(web_rig, Role.COORDINATOR, "4423")
    assert "asked-7.1" in await found(web_rig, Role.COORDINATOR, "13900004423", "/api/calls")
    assert secret.number not in await found(web_rig, Role.AGENT, "4423")


async def test_a_call_is_found_by_order_agent_and_days_and_says_why(web_rig: WebRig, orders: dict[str, Order]) -> None:
    number = orders["ordinary"].number
    assert await found(web_rig, Role.SUPERVISOR, number.lower(), "/api/calls") == ["asked-1.1"]
    assert web_rig.sample.linkedid in await found(web_rig, Role.SUPERVISOR, "林示例", "/api/calls")
    assert web_rig.sample.linkedid in await found(web_rig, Role.SUPERVISOR, "1001", "/api/calls")
    tomorrow = (clock.now() + dt.timedelta(days=2)).date().isoformat()
    later = await web_rig.get(Role.SUPERVISOR, "/api/calls", params={"q": number, "first": tomorrow})
    assert later["calls"] == []
    shown = await (await web_rig.ask(Role.COORDINATOR, "GET", "/calls", params={"q": "尾号4417"})).text()
    assert "号码尾号：<mark>4417</mark>" in shown
    shown = await (await web_rig.ask(Role.COORDINATOR, "GET", "/calls", params={"q": number})).text()
    assert f"工单：<mark>{number}</mark>" in shown
    shown = await (await web_rig.ask(Role.COORDINATOR, "GET", "/calls", params={"q": "井盖"})).text()
    assert "<mark>井盖</mark>" in shown
    assert "通话里说到" in shown
    shown = await (await web_rig.ask(Role.COORDINATOR, "GET", "/orders", params={"q": "4417"})).text()
    assert "电话尾号：<mark>4417</mark>" in shown


async def test_a_whole_name_finds_its_orders_for_a_reason_that_is_recorded(
    web_rig: WebRig, orders: dict[str, Order]
) -> None:
    status, answer = await by_name(web_rig, Role.COORDINATOR, NAME, f"核实{NAME}（13900004499）反映的准确位置")
    assert status == 200, answer
    assert [one["number"] for one in answer["orders"]] == [orders["ordinary"].number]
    assert "13900004417" not in str(answer)
    listed = (await web_rig.get(Role.SUPERVISOR, "/api/disclosures"))["disclosures"][:2]
    assert [one["order"] for one in listed] == [orders["ordinary"].number, ""]
    assert all(one["by_name"] for one in listed)
    for read in ("/disclosures", "/api/disclosures", f"/orders/{orders['ordinary'].number}/disclosures"):
        said = await (await web_rig.ask(Role.SUPERVISOR, "GET", read)).text()
        assert "反映的准确位置" in said
        assert NAME not in said, read
        assert "4499" not in said, read
    assert (await web_rig.get(Role.COORDINATOR, f"/api/orders/{orders['ordinary'].number}"))["identity"] == "masked"


@pytest.mark.parametrize("name", [SECRET_NAME, MERGED_NAME, NAME[:2], NAME[1:], f"{NAME}示", "无此人", "秦%", "秦__"])
async def test_a_part_of_a_name_or_a_reporters_finds_nothing_and_is_recorded_all_the_same(
    web_rig: WebRig, orders: dict[str, Order], name: str
) -> None:
    before = await count_of_rows(web_rig)
    status, answer = await by_name(web_rig, Role.AGENT, name)
    assert (status, answer) == (200, {"orders": [], "more": False})
    assert await count_of_rows(web_rig) == before + 1


async def test_who_may_not_search_by_name_is_refused_and_nothing_is_searched_without_a_reason(
    web_rig: WebRig, orders: dict[str, Order]
) -> None:
    before = await count_of_rows(web_rig)
    for role in EVERYBODY - set(ASKS):
        assert (await by_name(web_rig, role, NAME))[0] == 403, role
        assert (await web_rig.ask(role, "GET", "/name-search")).status == 403
        assert (await web_rig.ask(role, "POST", "/name-search", data={"name": NAME, "reason": WHY})).status == 403
    for name, reason in ((NAME, ""), (NAME, "查"), ("", WHY), (" ", WHY), ("秦", WHY), ("4417", WHY)):
        assert (await by_name(web_rig, Role.COORDINATOR, name, reason))[0] == 422, (name, reason)
    typed = {"name": NAME, "reason": "查"}
    refused = await web_rig.ask(Role.COORDINATOR, "POST", "/name-search", data=typed)
    assert refused.status == 422
    assert NAME in (shown := await refused.text())
    assert orders["ordinary"].number not in shown
    assert await count_of_rows(web_rig) == before


async def test_the_page_shows_what_a_name_found(web_rig: WebRig, orders: dict[str, Order]) -> None:
    answer = await web_rig.ask(Role.COORDINATOR, "POST", "/name-search", data={"name": NAME, "reason": WHY})
    shown = await answer.text()
    assert answer.status == 200
    assert f'href="/orders/{orders["ordinary"].number}"' in shown
    assert "13900004417" not in shown


async def test_searches_by_name_have_the_brake_of_looks(web_rig: WebRig, orders: dict[str, Order]) -> None:
    """Those that find nothing too: a list of names is tried no faster than masked numbers are looked at."""
    statuses = [(await by_name(web_rig, Role.AGENT, f"无人{sign}"))[0] for sign in "甲乙丙丁戊己庚辛壬癸子丑"]
    assert statuses[-1] == 429
    path = f"/api/orders/{orders['ordinary'].number}/identity"
    assert (await web_rig.ask(Role.AGENT, "POST", path, json={"reason": WHY})).status == 429
    refused = await web_rig.ask(Role.AGENT, "POST", "/name-search", data={"name": NAME, "reason": WHY})
    assert refused.status == 429
    assert orders["ordinary"].number not in await refused.text()


async def count_of_rows(rig: WebRig) -> int:
    async with transaction(rig.context.sessions) as session:
        return await session.scalar(select(func.count()).select_from(Disclosure)) or 0


async def test_an_order_that_other_words_found_does_not_name_its_reporters_digits(
    web_rig: WebRig, orders: dict[str, Order]
) -> None:
    """4419 in what was said on a call finds the order, and would else be confirmed as the end of the number."""
    async with web_rig.context.sessions() as session:
        for which, ending, named in (("ordinary", "4417", True), ("secret", "4419", False), ("merged", "4420", False)):
            me = Me(1, "agent9", "示例", Role.AGENT, None, None, None)
            order = await session.get_one(Order, orders[which].id)
            found_words = await find_words(session, me, [order_summary(order)], ending)
            assert (order.number in found_words) is named, which
