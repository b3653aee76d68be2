"""An order without a call: visitors, letters, what others pass on."""

import io
import zipfile

import pytest

from dispatch.workflow import Role
from tests.support.requests import post
from tests.support.sample import LAMP
from tests.support.web_rig import WebRig

ELSEWHERE = LAMP | {"place_town": "wucun", "place": "白塔村", "title": "白塔村路灯不亮", "citizen_phone": "13900000840"}


async def test_a_visitors_matter_is_registered_by_the_same_rules_and_found_by_its_source(web_rig: WebRig) -> None:
    order = await post(web_rig, Role.AGENT, "/api/orders", {"channel": "walk_in"})
    number, path = order["number"], f"/api/orders/{order['number']}/steps/register"
    assert (order["state"], order["channel"], order["calls"]) == ("draft", "walk_in", [])
    assert order["history"][0]["actor_name"] == "林示例"
    page = await (await web_rig.ask(Role.AGENT, "GET", f"/orders/{number}")).text()
    for field in ("kind", "place", "no_place", "citizen_name", "citizen_phone"):
        assert f'name="{field}"' in page, field
    # Without a place, and as a likely twin, it is asked about as any other.
    nowhere = {"version": order["version"], **ELSEWHERE, "place": "", "place_town": None}
    answer = await web_rig.ask(Role.AGENT, "POST", path, json=nowhere)
    assert (answer.status, set((await answer.json())["fields"])) == (422, {"place"})
    answer = await web_rig.ask(Role.AGENT, "POST", path, json={"version": order["version"], **LAMP})
    assert (answer.status, set((await answer.json())["fields"])) == (422, {"separate"})
    registered = await post(web_rig, Role.AGENT, path, {"version": order["version"], **ELSEWHERE})
    assert registered["state"] == "dispatched"
    assert registered["finish_due_at"]

    found = (await web_rig.get(Role.COORDINATOR, "/api/orders?channel=walk_in"))["orders"]
    assert [one["number"] for one in found] == [number]
    listed = await (await web_rig.ask(Role.COORDINATOR, "GET", "/orders?channel=walk_in")).text()
    assert number in listed
    assert "来访" in listed
    sheet = await web_rig.ask(Role.COORDINATOR, "GET", "/orders.xlsx?channel=walk_in")
    with zipfile.ZipFile(io.BytesIO(await sheet.read())) as workbook:
        cells = "".join(workbook.read(name).decode() for name in workbook.namelist() if name.endswith(".xml"))
    assert "来访" in cells


async def test_one_press_on_the_list_or_the_desk_begins_it(web_rig: WebRig) -> None:
    for path, own_tab in (("/orders", False), ("/desk", True)):
        page = await (await web_rig.ask(Role.AGENT, "GET", path)).text()
        assert 'action="/orders/new"' in page
        assert ('action="/orders/new" target="_blank"' in page) is own_tab, "the desk's telephone stays where it is"
    answer = await web_rig.ask(Role.AGENT, "POST", "/orders/new", data={"channel": "letter"})
    assert answer.status == 303
    number = answer.headers["Location"].removeprefix("/orders/").removesuffix("#register")
    assert (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["channel"] == "letter"
    page = await (await web_rig.ask(Role.AGENT, "GET", f"/orders/{number}")).text()
    assert "未留电话" in page
    assert "未显示号码" not in page, "nobody has called"


@pytest.mark.parametrize("channel", ["hotline", "pigeon", ""])
async def test_a_call_begins_its_order_by_itself_and_unknown_sources_are_refused(web_rig: WebRig, channel: str) -> None:
    answer = await web_rig.ask(Role.AGENT, "POST", "/api/orders", json={"channel": channel})
    assert (answer.status, set((await answer.json())["fields"])) == (422, {"channel"})


async def test_offices_and_crews_begin_none(web_rig: WebRig) -> None:
    for role in (Role.OFFICE, Role.UNIT, Role.SUPERVISOR, Role.LEADER):
        assert (await web_rig.ask(role, "POST", "/api/orders", json={"channel": "walk_in"})).status == 403
