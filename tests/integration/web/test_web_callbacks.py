"""待回电 over HTTP: roles that see the list or may call, and that a click becomes one job of the line."""

import datetime as dt

import pytest
from sqlalchemy import select, text

from core import clock
from core.database import transaction
from dispatch.callbacks.models import CallbackTry
from dispatch.callbacks.queue import note_request
from dispatch.callbacks.rules import CallbackState
from dispatch.orders.models import Order
from dispatch.workflow import Role
from tests.support.web_rig import WebRig


@pytest.fixture(scope="module")
async def wishes(web_rig: WebRig) -> list[int]:
    """Two, the later wish with the earlier place; their ids in the order of their places."""
    now = clock.now()
    async with transaction(web_rig.context.sessions) as session:
        order = (await session.scalars(select(Order).where(Order.number == web_rig.sample.lamp))).one()
        for name, number, minutes in (("a", "13900000011", 5), ("b", "13900000012", 9)):
            await note_request(
                session, order_id=order.id, linkedid=f"back-{name}.1", number=number,
                place_at=now - dt.timedelta(minutes=minutes), asked_at=now,
            )  # fmt: skip
    listed = await web_rig.get(Role.AGENT, "/api/callbacks")
    return [one["id"] for one in listed["callbacks"]]


async def test_the_list_is_in_the_order_of_places_and_numbers_are_masked(web_rig: WebRig, wishes: list[int]) -> None:
    listed = (await web_rig.get(Role.AGENT, "/api/callbacks"))["callbacks"]
    assert [one["number"] for one in listed] == ["139****0012", "139****0011"]
    assert {one["tries_most"] for one in listed} == {3}
    page = await (await web_rig.ask(Role.AGENT, "GET", "/calls")).text()
    assert "待回电" in page
    assert page.count(">回电</button>") == 2
    assert ">回电</button>" not in await (await web_rig.ask(Role.SUPERVISOR, "GET", "/calls")).text()


@pytest.mark.parametrize("role", [Role.OFFICE, Role.UNIT])
async def test_offices_and_crews_do_not_see_it(web_rig: WebRig, role: Role) -> None:
    assert (await web_rig.ask(role, "GET", "/api/callbacks")).status == 403


async def test_one_click_is_one_try_and_one_job_and_a_second_is_refused(web_rig: WebRig, wishes: list[int]) -> None:
    path = f"/api/callbacks/{wishes[0]}/dial"
    assert (await web_rig.ask(Role.COORDINATOR, "POST", path)).status == 403
    assert (await web_rig.ask(Role.AGENT, "POST", path)).status == 202
    again = await web_rig.ask(Role.AGENT, "POST", path)
    assert again.status == 409
    assert "已有同事正在给这个号码回电" in await again.text()
    async with web_rig.context.sessions() as session:
        tried = (await session.scalars(select(CallbackTry).where(CallbackTry.callback_id == wishes[0]))).one()
        jobs = await session.scalars(text("SELECT args FROM procrastinate_jobs WHERE task_name = 'callbacks.dial'"))
    assert list(jobs) == [{"try_id": tried.id}]
    assert tried.extension == "1001"
    listed = (await web_rig.get(Role.AGENT, "/api/callbacks"))["callbacks"]
    assert listed[0]["state"] == CallbackState.DIALLING
    assert "正在回电" in await (await web_rig.ask(Role.AGENT, "GET", "/calls")).text()


async def test_a_person_may_say_why_no_call_is_needed(web_rig: WebRig, wishes: list[int]) -> None:
    path = f"/api/callbacks/{wishes[1]}/settle"
    assert (await web_rig.ask(Role.AGENT, "POST", path, json={"note": ""})).status == 422
    assert (await web_rig.ask(Role.AGENT, "POST", path, json={"note": "已到窗口办理"})).status == 200
    assert wishes[1] not in [one["id"] for one in (await web_rig.get(Role.AGENT, "/api/callbacks"))["callbacks"]]
    assert (await web_rig.ask(Role.AGENT, "POST", "/api/callbacks/999999/dial")).status == 404
