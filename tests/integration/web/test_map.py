"""The map: its file in pieces for signed-in people, its lists, and an order's place."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.database import transaction
from dispatch.orders.models import Order
from dispatch.workflow import Role
from tests.support.calls import begin_call
from tests.support.crew_actions import on_the_road
from tests.support.orders import register
from tests.support.web_rig import QUFU, WebRig
from web.map.tile_views import LONGEST_RANGE_BYTES

TILES = "/api/map/tiles.pmtiles"
SECRET = {"latitude": "35.60321", "longitude": "116.97123"}
SPOT = {"latitude": "35.59123", "longitude": "116.98765"}


@pytest.fixture(autouse=True)
def with_map(web_rig: WebRig) -> Iterator[None]:
    yield from _set(web_rig, str(QUFU / "map.pmtiles"))


@pytest.fixture
def without_map(web_rig: WebRig, tmp_path: Path) -> Iterator[None]:
    yield from _set(web_rig, str(tmp_path / "none.pmtiles"))


def _set(web_rig: WebRig, path: str) -> Iterator[None]:
    web = web_rig.context.settings.web
    before = web.map_file
    object.__setattr__(web, "map_file", path)
    yield
    object.__setattr__(web, "map_file", before)


async def shown(web_rig: WebRig, path: str, role: Role = Role.COORDINATOR) -> str:
    answer = await web_rig.ask(role, "GET", path)
    page = await answer.text()
    assert answer.status == 200, page
    return page


async def version_of(web_rig: WebRig, number: str) -> str:
    async with web_rig.context.sessions() as session:
        return str(await session.scalar(select(Order.version).where(Order.number == number)))


@pytest.mark.parametrize("role", [Role.AGENT, Role.OFFICE, Role.UNIT, Role.LEADER])
async def test_whoever_is_signed_in_gets_the_pieces_that_a_browser_asks_for(web_rig: WebRig, role: Role) -> None:
    answer = await web_rig.ask(role, "GET", TILES, headers={"Range": "bytes=0-126"})
    assert (answer.status, (await answer.read())[:7]) == (206, b"PMTiles")
    assert answer.headers["Cache-Control"].startswith("private")
    first = await web_rig.ask(role, "GET", TILES, headers={"Range": "bytes=0-16383"})
    assert (first.status, len(await first.read())) == (206, 16_384)


async def test_nobody_else_gets_any(web_rig: WebRig) -> None:
    assert (await web_rig.ask(None, "GET", TILES, headers={"Range": "bytes=0-126"})).status == 401


@pytest.mark.parametrize(
    "asked",
    [None, "bytes=0-", "bytes=-500", f"bytes=0-{LONGEST_RANGE_BYTES}", "bytes=99999999-99999999", "bytes=9-3", "x=1-2"],
)
async def test_no_answer_holds_more_than_a_piece(web_rig: WebRig, asked: str | None) -> None:
    answer = await web_rig.ask(Role.AGENT, "GET", TILES, headers={"Range": asked} if asked else {})
    assert answer.status == 416


async def test_the_address_names_no_path(web_rig: WebRig) -> None:
    for path in (f"{TILES}/../city.toml", f"{TILES}?v=../city.toml", f"{TILES}%2f..%2fcity.toml"):
        answer = await web_rig.ask(Role.AGENT, "GET", path, headers={"Range": "bytes=0-6"})
        assert await answer.read() == b"PMTiles" or answer.status == 404


@pytest.mark.usefixtures("without_map")
async def test_without_a_file_pages_say_so_and_everything_else_goes_on(web_rig: WebRig) -> None:
    number = web_rig.sample.lamp
    assert (await web_rig.ask(Role.AGENT, "GET", TILES, headers={"Range": "bytes=0-6"})).status == 404
    for path in ("/map", f"/orders/{number}/place"):
        page = await shown(web_rig, path)
        assert "还没有地图文件" in page
        assert "data-map=" not in page
        assert number in page
    assert "HOTLINE_WEB__MAP_FILE" in await shown(web_rig, "/map", Role.ADMINISTRATOR)


async def test_the_list_has_every_point_of_the_map_orders_and_crews(web_rig: WebRig) -> None:
    number = await on_the_road(web_rig, "qufu-980.1", fix_minutes_ago=1)
    page = await shown(web_rig, "/map")
    assert re.search(rf'data-spot="[\d.]+,[\d.]+" data-look="order"><a href="/orders/{number}"', page)
    assert re.search(r'data-spot="35.6,116.99" data-look="unit"><a href="/units/unit-01/day"', page)
    assert number not in await shown(web_rig, "/map?town=xiaoxue")
    assert (await web_rig.ask(Role.COORDINATOR, "GET", "/map?town=nowhere")).status == 200
    assert (await web_rig.ask(Role.AGENT, "GET", "/map")).status == 403


async def test_a_place_is_chosen_and_the_crew_is_shown_the_point(web_rig: WebRig) -> None:
    number = await register(web_rig, "qufu-981.1")
    assert "data-shows=choice" in await shown(web_rig, f"/orders/{number}/place")
    sent = SPOT | {"version": await version_of(web_rig, number)}
    answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{number}/place", data=sent)
    assert (answer.status, answer.headers["Location"]) == (303, f"/orders/{number}")
    assert "data-mark=35.59123,116.98765" in await shown(web_rig, f"/orders/{number}/place", Role.OFFICE)
    again = await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{number}/place", data=sent)
    assert again.status == 409, "an old version changes nothing"

    sent = {"remove": "yes", "version": await version_of(web_rig, number), "latitude": "", "longitude": ""}
    answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{number}/place", data=sent)
    assert answer.status == 303
    assert "35.59123" not in await shown(web_rig, f"/orders/{number}/place", Role.OFFICE)
    order = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assert (order["latitude"], order["longitude"]) == (None, None)


@pytest.mark.parametrize("confidential", [False, True])
async def test_a_calls_form_has_the_map_where_a_point_may_be_chosen(web_rig: WebRig, confidential: bool) -> None:
    linkedid, number = await begin_call(web_rig)
    sent = {"version": int(await version_of(web_rig, number)), "confidential": confidential}
    assert (await web_rig.ask(Role.COORDINATOR, "PATCH", f"/api/orders/{number}", json=sent)).status == 200
    page = await shown(web_rig, f"/desk/calls/{linkedid}/form", Role.AGENT)
    assert ("data-shows=choice" in page, 'data-field="latitude"' in page) == (not confidential, not confidential)


@pytest.mark.usefixtures("without_map")
async def test_a_calls_form_without_a_map_asks_for_no_degrees(web_rig: WebRig) -> None:
    linkedid, _ = await begin_call(web_rig)
    page = await shown(web_rig, f"/desk/calls/{linkedid}/form")
    assert 'data-field="place"' in page
    assert 'data-field="latitude"' not in page


@pytest.mark.parametrize(
    "wrong", [{"latitude": "91"}, {"longitude": ""}, {"latitude": "nan"}, {"latitude": "x" * 10_000}, {"version": "x"}]
)
async def test_a_point_that_cannot_be_is_refused_on_the_page(web_rig: WebRig, wrong: dict[str, str]) -> None:
    number = web_rig.sample.lamp
    sent = SPOT | {"version": await version_of(web_rig, number)} | wrong
    answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{number}/place", data=sent)
    assert answer.status == 422
    assert 'role="alert"' in await answer.text()


@pytest.mark.parametrize("role", [Role.OFFICE, Role.UNIT, Role.LEADER, Role.ADMINISTRATOR])
async def test_others_choose_no_place(web_rig: WebRig, role: Role) -> None:
    number = web_rig.sample.lamp
    sent = SPOT | {"version": await version_of(web_rig, number)}
    answer = await web_rig.ask(role, "POST", f"/orders/{number}/place", data=sent)
    assert answer.status == 403


async def test_the_chosen_point_of_somebody_who_stays_unnamed_is_shown_to_nobody(web_rig: WebRig) -> None:
    number = await register(web_rig, "qufu-982.1")
    sent = SECRET | {"version": await version_of(web_rig, number)}
    await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{number}/place", data=sent)
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Order).where(Order.number == number).values(confidential=True))
    for role in (Role.COORDINATOR, Role.SUPERVISOR, Role.OFFICE, Role.UNIT):
        for path in (f"/orders/{number}/place", f"/orders/{number}", f"/api/orders/{number}"):
            assert "35.60321" not in await shown(web_rig, path, role), (role, path)
    assert "35.60321" not in await shown(web_rig, "/map")
    assert "35.60321" not in await shown(web_rig, "/api/crew", Role.UNIT)
    assert "要求保密" in await shown(web_rig, f"/orders/{number}/place")
    assert "data-shows=choice" not in await shown(web_rig, f"/orders/{number}/place")
    sent = SPOT | {"version": await version_of(web_rig, number)}
    answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{number}/place", data=sent)
    assert (answer.status, "不标具体的点。" in await answer.text()) == (422, True)
    point = {"version": int(await version_of(web_rig, number)), "latitude": 35.6, "longitude": 116.9}
    answer = await web_rig.ask(Role.COORDINATOR, "PATCH", f"/api/orders/{number}", json=point)
    assert (answer.status, (await answer.json())["fields"]["latitude"]) == (422, "诉求人要求保密，不标具体的点。")
    sent = {"remove": "yes", "version": await version_of(web_rig, number)}
    answer = await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{number}/place", data=sent)
    assert answer.status == 303, "a point that lies there may still be taken away"
