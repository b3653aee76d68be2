"""One date must not make the lists fail: it is refused when it comes, and shown where it is stored already."""

import datetime as dt

import pytest
from sqlalchemy import text

from core import clock
from core.database import transaction
from core.instants import EARLIEST, LATEST
from dispatch.orders.drafts import draft_for_call
from dispatch.workflow import Role
from tests.support.web_rig import WebRig


async def draft(web_rig: WebRig, linkedid: str) -> str:
    async with transaction(web_rig.context.sessions) as session:
        city, at = web_rig.context.city, clock.now()
        order = await draft_for_call(session, city, linkedid=linkedid, citizen_phone="", at=at)
        return order.number


@pytest.mark.parametrize(
    "instant",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1949-12-31T00:00:00Z", "2100-01-01T00:00:00Z"],
)
async def test_an_instant_out_of_all_bounds_is_refused_in_plain_words(web_rig: WebRig, instant: str) -> None:
    number = await draft(web_rig, f"qufu-{900 + len(instant)}.{instant[:4]}")
    body = {"version": 1, "happened_at": instant}
    answer = await web_rig.ask(Role.AGENT, "PATCH", f"/api/orders/{number}", json=body)
    assert (answer.status, "年至" in (await answer.json())["fields"]["happened_at"]) == (422, True)
    for path in ("/api/figures?to=9999-12-31", "/api/figures?from=0001-01-01", f"/api/calls?before={instant}"):
        assert (await web_rig.ask(Role.SUPERVISOR, "GET", path.replace("+", "%2B"))).status == 422


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("0044-03-15 12:00:00+00 BC", EARLIEST), ("12000-01-01 00:00:00+00", LATEST), ("infinity", LATEST)],
)
async def test_what_is_stored_already_stops_no_list(web_rig: WebRig, stored: str, shown: dt.datetime) -> None:
    number = await draft(web_rig, f"qufu-990.{len(stored)}")
    async with transaction(web_rig.context.sessions) as session:
        query = text("UPDATE orders SET happened_at = CAST(:stored AS timestamptz) WHERE number = :number")
        await session.execute(query, {"stored": stored, "number": number})
    try:
        for path in ("/orders", f"/orders/{number}", "/api/orders"):
            assert (await web_rig.ask(Role.COORDINATOR, "GET", path)).status == 200
        answer = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
        assert dt.datetime.fromisoformat(answer["happened_at"]) == shown
    finally:
        async with transaction(web_rig.context.sessions) as session:
            await session.execute(text("UPDATE orders SET happened_at = NULL WHERE number = :n"), {"n": number})
