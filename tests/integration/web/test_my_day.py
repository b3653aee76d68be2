"""我的一天: an agent's own day."""

import datetime as dt

from core import clock
from core.clock import in_city
from dispatch.steps.take import find_order
from dispatch.workflow import Role, Step
from tests.support.calls import ring
from tests.support.orders import take
from tests.support.requests import post
from tests.support.sample import COORDINATOR, LAMP, LAMPS
from tests.support.web_rig import WebRig

ELSEWHERE = LAMP | {"place_town": "wucun", "place": "仓巷", "title": "仓巷路灯不亮", "separate": True}
AWAY = {
    "reason_code": "not_ours", "reason": "不是我们的灯", "boundary": "职责清单第一条",
    "suggested_office_code": "housing",
}  # fmt: skip


async def my_day(web_rig: WebRig, day: str = "") -> str:
    answer = await web_rig.ask(Role.AGENT, "GET", f"/my-day{day}")
    assert answer.status == 200, await answer.text()
    return await answer.text()


def section(page: str, anchor: str) -> str:
    return page.partition(f'id="{anchor}"')[2].partition("</section>")[0]


async def test_an_agent_sees_calls_registered_orders_and_what_came_back_each_with_its_list(web_rig: WebRig) -> None:
    number = await ring(web_rig, "qufu-850.1", "13900000850", answered=True)
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["version"]
    await post(web_rig, Role.AGENT, f"/api/orders/{number}/steps/register", {"version": version, **ELSEWHERE})
    async with web_rig.context.sessions() as session:
        order = await find_order(session, number)
        assert order is not None
    page = await my_day(web_rig)
    assert "/calls/qufu-850.1" in section(page, "calls")
    assert number in section(page, "registered")
    assert number not in section(page, "corrected") + section(page, "returned")
    for anchor in ("calls", "registered", "returned", "corrected", "reopened", "dissatisfied"):
        assert f'href="#{anchor}"' in page, "each figure leads to its list"
    await take(web_rig, order, Step.FILL_IN, COORDINATOR, title="仓巷东头路灯不亮")
    await take(web_rig, order, Step.ACCEPT, LAMPS)
    await take(web_rig, order, Step.ASK_RETURN, LAMPS, **AWAY)
    page = await my_day(web_rig)
    assert number in section(page, "corrected")
    assert number in section(page, "returned")
    assert "13900000850" not in page.replace(section(page, "calls"), "")


async def test_another_agents_day_and_a_day_to_come_are_not_shown(web_rig: WebRig) -> None:
    yesterday, tomorrow = (in_city(clock.now()).date() + dt.timedelta(days=days) for days in (-1, 1))
    page = await my_day(web_rig, f"?day={yesterday}")
    assert "后一天" in page
    assert f'href="/my-day?day={yesterday - dt.timedelta(days=1)}"' in page
    for day in (str(tomorrow), "0001-01-01", "x"):
        assert (await web_rig.ask(Role.AGENT, "GET", f"/my-day?day={day}")).status == 422, day
    for role in (Role.COORDINATOR, Role.SUPERVISOR, Role.OFFICE):
        assert (await web_rig.ask(role, "GET", "/my-day")).status == 403
