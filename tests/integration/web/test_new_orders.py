"""An order without a call: visitors, letters, what others pass on."""

import datetime as dt
import io
import re
import zipfile

import pytest
from aiohttp import ClientResponse

from core import clock
from dispatch.steps.take import find_order
from dispatch.workflow import Role
from tests.support.past_orders import closed
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
    form = page.partition('id="register"')[2].partition("</form>")[0]
    assert form.count("（承办单位看不到姓名、电话和录音）") == 1, "each box to tick has its own words"
    assert re.search(r'name="separate"[^>]*>与已有工单不是同一件事', form)
    assert 0 < form.index("<button hidden>") < form.index("data-alike"), "Enter registers, and joins nothing"
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


SAME = {"subject": "street-lamp", "place_town": "lucheng", "place": "神道路中段", "title": "神道路中段路灯不亮"}


async def begin(web_rig: WebRig) -> str:
    return str((await post(web_rig, Role.AGENT, "/api/orders", {"channel": "walk_in"}))["number"])


async def alike(web_rig: WebRig, number: str, said: dict[str, str], role: Role = Role.AGENT) -> ClientResponse:
    return await web_rig.ask(role, "POST", f"/orders/{number}/alike", data=said)


async def test_the_same_matter_is_offered_while_one_writes_and_joining_keeps_the_visitors_name(web_rig: WebRig) -> None:
    number, lamp = await begin(web_rig), web_rig.sample.lamp
    shown = await (await web_rig.ask(Role.AGENT, "GET", f"/orders/{number}")).text()
    assert f'hx-post="/orders/{number}/alike"' in shown
    offer = await (await alike(web_rig, number, SAME)).text()
    assert f'name="join" value="{lamp}"' in offer
    assert "很可能是同一件事" in offer
    assert 'name="join"' not in await (await alike(web_rig, number, {"title": "路灯"})).text(), "too little is known"
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["version"]
    typed = {"version": version, "read": 1, "citizen_name": "冯示例", "citizen_phone": "13900000841", **SAME}
    path = f"/orders/{number}/steps/register"
    joined = await web_rig.ask(Role.AGENT, "POST", path, data=typed | {"join": lamp})
    assert (joined.status, joined.headers.get("Location")) == (303, f"/orders/{lamp}")
    async with web_rig.context.sessions() as session:
        visitor, other = await find_order(session, number), await find_order(session, lamp)
    assert visitor is not None
    assert other is not None
    assert (visitor.state, visitor.merged_into_id) == ("merged", other.id)
    assert (visitor.citizen_name, visitor.citizen_phone) == ("冯示例", "13900000841")
    followers = (await web_rig.get(Role.AGENT, f"/api/orders/{lamp}"))["interested"]
    assert number in [one["number"] for one in followers]


async def test_what_cannot_be_joined_leaves_the_form_as_it_was_typed(web_rig: WebRig) -> None:
    number = await begin(web_rig)
    over = await closed(web_rig.context.sessions, web_rig.context.policy, clock.now() - dt.timedelta(hours=3))
    typed = {"version": 1, "read": 1, "citizen_name": "冯示例", **SAME}
    for into in (number, "QF20200101-0001-1", over.number, "x" * 300):
        answer = await web_rig.ask(Role.AGENT, "POST", f"/orders/{number}/steps/register", data=typed | {"join": into})
        shown = await answer.text()
        assert answer.status == 422, into
        assert 'value="冯示例"' in shown
    order = await web_rig.get(Role.AGENT, f"/api/orders/{number}")
    assert (order["state"], order["citizen_name"]) == ("draft", ""), "nothing is half done"


async def test_only_who_writes_a_draft_is_offered_others_for_it(web_rig: WebRig) -> None:
    number = await begin(web_rig)
    assert (await alike(web_rig, number, SAME, Role.OFFICE)).status == 403
    assert (await alike(web_rig, web_rig.sample.lamp, SAME)).status == 409, "it is no draft"
    assert (await alike(web_rig, number, {"matter": "路灯" * 6000})).status == 422
    assert (await alike(web_rig, number, {"subject": "nonsense", "place_town": "x", "place": "%_"})).status == 200


@pytest.mark.parametrize("channel", ["hotline", "pigeon", ""])
async def test_a_call_begins_its_order_by_itself_and_unknown_sources_are_refused(web_rig: WebRig, channel: str) -> None:
    answer = await web_rig.ask(Role.AGENT, "POST", "/api/orders", json={"channel": channel})
    assert (answer.status, set((await answer.json())["fields"])) == (422, {"channel"})


async def test_offices_and_crews_begin_none(web_rig: WebRig) -> None:
    for role in (Role.OFFICE, Role.UNIT, Role.SUPERVISOR, Role.LEADER):
        assert (await web_rig.ask(role, "POST", "/api/orders", json={"channel": "walk_in"})).status == 403
