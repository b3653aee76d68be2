"""What the overseers of the crews see of them."""

import re

from dispatch.workflow import Role
from tests.support.crew_actions import on_the_road
from tests.support.orders import register
from tests.support.web_rig import WebRig


async def test_a_crew_that_stands_too_long_comes_first_with_its_order_and_a_stale_position_is_called_so(
    web_rig: WebRig,
) -> None:
    number = await on_the_road(web_rig, "qufu-970.1", fix_minutes_ago=40)
    units = (await web_rig.get(Role.COORDINATOR, "/api/units"))["units"]
    assert len(units) == len(web_rig.context.city.units)
    first = units[0]
    assert (first["code"], first["status"], first["order"]["number"]) == ("unit-01", "on_the_way", number)
    assert first["minutes_over"] >= 30
    assert first["position"]["fresh"] is False
    assert (units[-1]["on_shift"], units[-1]["status"], units[-1]["since"]) == (False, "off_shift", None)
    part = await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{number}/unit")
    beside = await part.text()
    for said in ("在路上", "超过规定", "已过时，不用于选派"):
        assert said in beside


async def test_a_fresh_position_is_not_called_stale(web_rig: WebRig) -> None:
    number = await on_the_road(web_rig, "qufu-971.1", fix_minutes_ago=0.1)
    unit = (await web_rig.get(Role.SUPERVISOR, "/api/units"))["units"][0]
    assert unit["position"]["fresh"] is True
    beside = await (await web_rig.ask(Role.AGENT, "GET", f"/orders/{number}/unit")).text()
    assert "已过时" not in beside
    assert re.search(r"离现场直线约\d\.\d公里（现场按书院街道的位置估算）", beside)
    chosen = await web_rig.get(Role.COORDINATOR, f"/api/orders/{await register(web_rig, 'qufu-971.2')}")
    why = next(one["why"] for one in chosen["unit_choice"] if one["unit_code"] == "unit-01")
    assert re.search(r"距现场约\d\.\d公里（\d+分钟前的位置，现场按书院街道的位置估算）", why)


async def test_an_order_that_no_crew_has_in_hand_shows_no_crew(web_rig: WebRig) -> None:
    page = await web_rig.ask(Role.COORDINATOR, "GET", f"/orders/{web_rig.sample.done}/unit")
    assert (page.status, (await page.text()).strip()) == (200, "")
