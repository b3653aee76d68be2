"""The JSON API: calls, recordings with ranges, orders from draft to crew, the agent's desk, the description."""

import asyncio
import datetime as dt
import hashlib
import io
import json
from typing import Any

import pytest
from openapi_spec_validator import validate
from sqlalchemy import select, text, update

from core import clock
from core.database import transaction
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import Order
from dispatch.workflow import Role
from telephony.calls.call_state import CallState, Direction, Outcome
from telephony.calls.models import Call, Leg
from tests.support.web_rig import WebRig

LAMP = {
    "kind": "help",
    "subject": "street-lamp",
    "title": "大同路路灯不亮",
    "matter": "大同路十号门口路灯不亮。",
    "place_town": "shuyuan",
    "place": "大同路十号",
}


async def make_draft(web_rig: WebRig, linkedid: str) -> str:
    async with transaction(web_rig.context.sessions) as session:
        order = await draft_for_call(
            session, web_rig.context.city, linkedid=linkedid, citizen_phone="13800000001", at=clock.now()
        )
        return order.number


async def post(web_rig: WebRig, role: Role, path: str, body: dict[str, Any], method: str = "POST") -> tuple[int, Any]:
    answer = await web_rig.ask(role, method, path, json=body)
    return answer.status, await answer.json()


async def test_the_description_is_true_openapi(web_rig: WebRig) -> None:
    document = await web_rig.get(Role.LEADER, "/api/openapi.json")
    validate(document)
    assert document["paths"]["/api/orders/{number}/steps/{step}"]["post"]["operationId"] == "take_step"


async def test_an_agent_fills_in_registers_and_the_rules_send_it_on(web_rig: WebRig) -> None:
    path = f"/api/orders/{await make_draft(web_rig, 'qufu-700.1')}"
    draft = await web_rig.get(Role.AGENT, path)
    status, filled = await post(web_rig, Role.AGENT, path, {"version": draft["version"], "title": "路灯"}, "PATCH")
    assert (status, filled["title"]) == (200, "路灯")
    assert "register" in [step["step"] for step in filled["open_steps"]]
    status, answer = await post(web_rig, Role.AGENT, path, {"version": draft["version"], "title": "灯"}, "PATCH")
    assert (status, answer["slug"]) == (409, "conflict")
    status, answer = await post(web_rig, Role.AGENT, f"{path}/steps/register", {"version": filled["version"]})
    assert (status, set(answer["fields"])) == (422, {"kind", "matter", "subject"})
    assert answer["fields"]["kind"] == "请填写诉求类型。"
    status, sent = await post(web_rig, Role.AGENT, f"{path}/steps/register", {"version": filled["version"], **LAMP})
    assert (status, sent["state"], sent["unit_code"]) == (200, "dispatched", "unit-01")
    assert {assignment["recipient_code"] for assignment in sent["assignments"]} == {"street-lighting", "unit-01"}


async def test_a_step_that_is_not_mine_is_refused_with_a_sentence(web_rig: WebRig) -> None:
    path = f"/api/orders/{web_rig.sample.fresh}/steps/accept"
    version = (await web_rig.get(Role.COORDINATOR, f"/api/orders/{web_rig.sample.fresh}"))["version"]
    status, answer = await post(web_rig, Role.COORDINATOR, path, {"version": version})
    assert (status, answer["slug"]) == (403, "not_allowed")
    assert "只能由承办单位、直通车办理" in answer["detail"]
    status, answer = await post(web_rig, Role.COORDINATOR, path.replace("accept", "fly"), {"version": version})
    assert status == 404


async def test_what_cannot_be_read_is_told_field_by_field(web_rig: WebRig) -> None:
    path = f"/api/orders/{web_rig.sample.lamp}/steps/reply"
    status, result = await post(web_rig, Role.UNIT, path, {"done": "好", "latitude": 99, "color": "red"})
    assert (status, result["fields"]) == (
        422,
        {"version": "此项必填。", "latitude": "不能大于90.0。", "color": "没有这一项。"},
    )
    answer = await web_rig.ask(Role.UNIT, "POST", path, data=b"{", headers={"Content-Type": "application/json"})
    assert answer.status == 422
    large = io.BytesIO(json.dumps({"version": 1, "done": "字" * 300_000}).encode())
    answer = await web_rig.ask(Role.UNIT, "POST", path, data=large, headers={"Content-Type": "application/json"})
    assert answer.status == 413


async def test_two_who_press_at_once_do_not_both_win(web_rig: WebRig) -> None:
    path = f"/api/orders/{await make_draft(web_rig, 'qufu-701.1')}"
    body = {"version": (await web_rig.get(Role.AGENT, path))["version"], "separate": True, **LAMP}
    results = await asyncio.gather(*(post(web_rig, Role.AGENT, f"{path}/steps/register", body) for _ in range(4)))
    assert sorted(status for status, _ in results) == [200, 409, 409, 409]


async def test_an_office_finds_only_its_own_orders(web_rig: WebRig) -> None:
    found = await web_rig.get(Role.OFFICE, "/api/orders?limit=200")
    assert {order["lead_office_code"] for order in found["orders"]} == {"street-lighting"}
    numbers = {order["number"] for order in found["orders"]}
    assert web_rig.sample.fresh not in numbers
    assert (await web_rig.ask(Role.OFFICE, "GET", f"/api/orders/{web_rig.sample.fresh}")).status == 404
    # Asking for another office's by filter changes nothing.
    other = await web_rig.get(Role.OFFICE, "/api/orders?office=housing&limit=200")
    assert {order["number"] for order in other["orders"]} == numbers


async def test_orders_are_found_by_chinese_words_number_and_phone(web_rig: WebRig) -> None:
    for query in ("神道路 路灯", web_rig.sample.lamp, "13800000042"):
        found = await web_rig.get(Role.COORDINATOR, f"/api/orders?q={query}")
        assert [order["number"] for order in found["orders"]] == [web_rig.sample.lamp], query
    assert (await web_rig.get(Role.SUPERVISOR, "/api/orders?q=13800000042"))["orders"] == []


async def test_pages_of_orders_neither_skip_nor_repeat(web_rig: WebRig) -> None:
    everything = await web_rig.get(Role.COORDINATOR, "/api/orders?limit=200")
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await web_rig.get(Role.COORDINATOR, f"/api/orders?limit=2&after={after}")
        seen += [order["number"] for order in page["orders"]]
        after = page["next"]
    assert seen == [order["number"] for order in everything["orders"]]


async def test_pages_of_calls_lose_none_of_those_that_began_at_once(web_rig: WebRig) -> None:
    begun = clock.now() - dt.timedelta(days=300)
    together = [f"qufu-same.{number}" for number in range(5)]
    async with transaction(web_rig.context.sessions) as session:
        for linkedid in together:
            session.add(
                Call(
                    linkedid=linkedid, pbx="qufu", direction=Direction.INBOUND, state=CallState.ENDED,
                    outcome=Outcome.TRANSFERRED_OUT, caller_number="", caller_name="", called_number="12345",
                    started_at=begun, ended_at=begun,
                )
            )  # fmt: skip
    everything = await web_rig.get(Role.COORDINATOR, "/api/calls?limit=200")
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await web_rig.get(Role.COORDINATOR, f"/api/calls?limit=2&after={after}")
        seen += [call["linkedid"] for call in page["calls"]]
        after = page["next"]
    assert seen == [call["linkedid"] for call in everything["calls"]]
    assert set(seen) >= set(together)


async def test_live_calls_are_those_that_go_on(web_rig: WebRig) -> None:
    live = await web_rig.get(Role.AGENT, "/api/calls?live=true")
    assert [call["state"] for call in live["calls"]] == ["ringing", "queued", "talking"]
    lost = await web_rig.get(Role.AGENT, "/api/calls?outcome=abandoned")
    assert [call["linkedid"] for call in lost["calls"]] == ["qufu-120.1"]


async def test_a_call_tells_its_legs_recording_transcript_and_order(web_rig: WebRig) -> None:
    call = await web_rig.get(Role.OFFICE, "/api/calls/qufu-100.1")
    assert [leg["role"] for leg in call["legs"]] == ["caller", "agent"]
    (recording,) = call["recordings"]
    assert (recording["state"], recording["transcript"]["state"]) == ("saved", "done")
    assert recording["transcript"]["segments"][1]["words"][6]["word"] == "鲁城"
    assert call["orders"][0]["number"] == web_rig.sample.lamp
    assert (await web_rig.ask(Role.OFFICE, "GET", "/api/calls/qufu-101.1")).status == 404


async def test_a_recording_is_sent_in_ranges(web_rig: WebRig) -> None:
    path = f"/api/recordings/{web_rig.sample.recording_id}/audio"
    whole = await web_rig.ask(Role.COORDINATOR, "GET", path)
    data = await whole.read()
    assert (whole.status, whole.content_type, whole.headers["Accept-Ranges"]) == (200, "audio/flac", "bytes")
    stored = (await web_rig.get(Role.COORDINATOR, "/api/calls/qufu-100.1"))["recordings"][0]
    assert hashlib.sha256(data).hexdigest() == stored["sha256"]
    part = await web_rig.ask(Role.COORDINATOR, "GET", path, headers={"Range": "bytes=1000-1999"})
    assert (part.status, part.headers["Content-Range"]) == (206, f"bytes 1000-1999/{len(data)}")
    assert await part.read() == data[1000:2000]
    beyond = await web_rig.ask(Role.COORDINATOR, "GET", path, headers={"Range": f"bytes={len(data)}-"})
    assert beyond.status == 416


@pytest.mark.parametrize("id", ["0", "999999", "9" * 30])
async def test_a_recording_that_is_not_there_is_not_found(web_rig: WebRig, id: str) -> None:
    assert (await web_rig.ask(Role.COORDINATOR, "GET", f"/api/recordings/{id}/audio")).status == 404


async def test_the_wave_shows_who_spoke_when(web_rig: WebRig) -> None:
    wave = await web_rig.get(Role.UNIT, f"/api/recordings/{web_rig.sample.recording_id}/peaks")
    citizen, city = wave["channels"]
    at = len(citizen) / wave["duration_seconds"]
    assert max(citizen[: int(3 * at)]) == 0 < max(city[: int(3 * at)])
    assert max(citizen[int(4 * at) : int(11 * at)]) > 0.05


async def test_what_was_said_is_found(web_rig: WebRig) -> None:
    found = await web_rig.get(Role.SUPERVISOR, "/api/transcripts/search?q=派人来修")
    (hit,) = found["hits"]
    assert (hit["order"], hit["start_seconds"], hit["speaker"]) == (web_rig.sample.lamp, 3.8, "caller")
    assert (await web_rig.get(Role.SUPERVISOR, "/api/transcripts/search?q=派人来吃"))["hits"] == []


async def test_a_secret_voice_is_not_played_to_the_office(web_rig: WebRig) -> None:
    path = f"/api/recordings/{web_rig.sample.recording_id}/audio"
    await set_confidential(web_rig, confidential=True)
    try:
        assert (await web_rig.ask(Role.OFFICE, "GET", path)).status == 404
        assert (await web_rig.ask(Role.COORDINATOR, "GET", path)).status == 404
        look = f"/api/orders/{web_rig.sample.lamp}/identity"
        assert (await web_rig.ask(Role.COORDINATOR, "POST", look, json={"reason": "核实举报"})).status == 200
        assert (await web_rig.ask(Role.COORDINATOR, "GET", path)).status == 200
        assert (await web_rig.get(Role.SUPERVISOR, "/api/transcripts/search?q=派人来修"))["hits"] == []
    finally:
        await set_confidential(web_rig, confidential=False)


async def set_confidential(web_rig: WebRig, *, confidential: bool) -> None:
    async with transaction(web_rig.context.sessions) as session:
        statement = update(Order).where(Order.number == web_rig.sample.lamp).values(confidential=confidential)
        await session.execute(statement)


async def test_the_desk_shows_the_call_on_my_telephone_with_its_draft(web_rig: WebRig) -> None:
    desk = await web_rig.get(Role.AGENT, "/api/desk/current")
    assert (desk["agent_state"], desk["call"]["linkedid"]) == ("ready", "qufu-110.1")
    assert (desk["order"]["state"], desk["order"]["title"]) == ("draft", "小雪街道停水咨询")


async def test_an_agents_wish_becomes_a_job_of_the_line(web_rig: WebRig) -> None:
    status, answer = await post(web_rig, Role.AGENT, "/api/agent/state", {"state": "paused"})
    assert (status, answer["fields"]) == (422, {"reason": "请说明暂停的原因。"})
    status, _ = await post(web_rig, Role.AGENT, "/api/agent/state", {"state": "paused", "reason": "整理"})
    assert status == 202
    async with web_rig.context.sessions() as session:
        rows = await session.execute(
            text("SELECT queue_name, args FROM procrastinate_jobs WHERE task_name = 'agents.set_state'")
        )
        assert rows.one() == ("line", {"extension": "1001", "state": "paused", "reason": "整理"})


async def test_opening_ones_own_order_acknowledges_its_push(web_rig: WebRig) -> None:
    number = await make_draft(web_rig, "qufu-702.1")
    version = (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["version"]
    await post(
        web_rig, Role.AGENT, f"/api/orders/{number}/steps/register", {"version": version, "separate": True, **LAMP}
    )
    waiting = await web_rig.get(Role.OFFICE, "/api/inbox")
    assert number in [assignment["order"]["number"] for assignment in waiting["assignments"]]
    assert (await web_rig.ask(Role.OFFICE, "GET", f"/orders/{number}")).status == 200
    waiting = await web_rig.get(Role.OFFICE, "/api/inbox")
    assert number not in [assignment["order"]["number"] for assignment in waiting["assignments"]]


async def test__the_installation_says_that_it_lives(web_rig: WebRig) -> None:
    assert await web_rig.get(None, "/healthz") == {"status": "ok", "database": True, "live": True}
    assert await web_rig.get(None, "/readyz") == {"ready": True, "database": True, "live": True, "lines": {}}


async def test_every_number_in_the_database_is_shown_as_it_is(web_rig: WebRig) -> None:
    async with web_rig.context.sessions() as session:
        numbers = (await session.scalars(select(Order.number))).all()
    shown = await web_rig.get(Role.ADMINISTRATOR, "/api/orders?limit=200")
    assert {order["number"] for order in shown["orders"]} == set(numbers)


async def test_a_practice_call_rings_once_and_only_when_the_desks_telephone_is_there(web_rig: WebRig) -> None:
    """Whoever begins it comes from another page: the exchange may still know the telephone that this page had."""
    rung = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'practice.ring'")
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Leg).where(Leg.endpoint == "1001").values(ended_at=clock.now()))
    answer = await web_rig.ask(Role.AGENT, "POST", "/practice", data={"script": "gas"})
    place = answer.headers["Location"]
    assert place.startswith("/desk?practice=")
    run = place.removeprefix("/desk?practice=")
    async with web_rig.context.sessions() as session:
        assert await session.scalar(rung) == 0
    for _ in range(2):
        status, _ = await post(web_rig, Role.AGENT, f"/api/practice/{run}/ring", {})
        assert status == 202
    async with web_rig.context.sessions() as session:
        assert await session.scalar(rung) == 1
    assert (await web_rig.ask(Role.COORDINATOR, "POST", f"/api/practice/{run}/ring")).status == 403
