"""A crew's actions over the API: each id once, refusals kept with their reason, positions only on shift."""

import asyncio
import datetime as dt
import uuid

from core import clock
from dispatch.steps.take import find_order
from dispatch.workflow import Role, Step
from tests.support.crew_actions import send
from tests.support.orders import register, take
from tests.support.sample import COORDINATOR
from tests.support.web_rig import WebRig


async def steps(web_rig: WebRig, number: str) -> list[str]:
    answer = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    return [row["step"] for row in answer["history"] if row["actor_role"] == "unit"]


async def test_a_action_sent_many_times_at_once_is_done_once(web_rig: WebRig) -> None:
    number, client_id = await register(web_rig, "qufu-960.1"), str(uuid.uuid4())
    await web_rig.token(Role.UNIT)
    said = await asyncio.gather(*(send(web_rig, "report", number, client_id, note="已联系") for _ in range(6)))
    assert said == [{"state": "done", "reason": ""}] * 6
    assert await steps(web_rig, number) == ["report"]


async def test_a_forgotten_rung_is_climbed_with_the_next(web_rig: WebRig) -> None:
    number = await register(web_rig, "qufu-961.1")
    texts = {"done": "更换灯头。", "public_answer": "您反映的路灯已修复。", "solved": True}
    assert (await send(web_rig, "done", number, str(uuid.uuid4()), **texts))["state"] == "done"
    assert await steps(web_rig, number) == ["accept", "start", "reply"]


async def test_a_action_that_cannot_be_done_is_refused_for_good_and_changes_nothing(web_rig: WebRig) -> None:
    number, client_id = await register(web_rig, "qufu-962.1"), str(uuid.uuid4())
    first = await send(web_rig, "done", number, client_id, done="更换灯头。")
    assert first["state"] == "refused"
    assert "公开答复" in first["reason"]
    texts = {"done": "更换灯头。", "public_answer": "已修复。"}
    assert await send(web_rig, "done", number, client_id, **texts) == first
    assert await steps(web_rig, number) == []
    foreign = await send(web_rig, "accept", web_rig.sample.fresh, str(uuid.uuid4()))
    assert (foreign["state"], "改派" in foreign["reason"]) == ("refused", True)


async def test_the_page_tells_rung_and_position_with_its_age(web_rig: WebRig) -> None:
    number = await register(web_rig, "qufu-963.1")
    await send(web_rig, "start_shift", None, str(uuid.uuid4()))
    await send(web_rig, "on_the_way", number, str(uuid.uuid4()))
    at = clock.now()
    fix = {"latitude": 35.6, "longitude": 116.99, "accuracy_metres": 12.0}
    fixes = [fix | {"taken_at": moment.isoformat()} for moment in (at - dt.timedelta(days=2), at)]
    answer = await web_rig.ask(Role.UNIT, "POST", "/api/crew/positions", json={"fixes": fixes})
    assert await answer.json() == {"stored": 1}
    seen = await web_rig.get(Role.UNIT, "/api/crew")
    assert (seen["on_shift"], seen["status"], seen["active"]) == (True, "on_the_way", number)
    assert (seen["position"]["fresh"], seen["position"]["accuracy_metres"]) == (True, 12.0)
    home = await send(web_rig, "end_shift", None, str(uuid.uuid4()))
    assert (home["state"], "在路上" in home["reason"]) == ("refused", True)


async def test_the_page_tells_why_a_reply_came_back_and_names_nobody(web_rig: WebRig) -> None:
    number = await register(web_rig, "qufu-964.1", citizen_name="孔示例", citizen_phone="13900000042")
    texts = {"done": "更换灯头。", "public_answer": "您反映的路灯已修复。", "solved": True}
    await send(web_rig, "done", number, str(uuid.uuid4()), **texts)
    async with web_rig.context.sessions() as session:
        order = await find_order(session, number)
    assert order
    why = "孔示例说还是不亮，请再去看看，电话13900000042。"
    order = await take(web_rig, order, Step.REVIEW, COORDINATOR)
    await take(web_rig, order, Step.SEND_BACK, COORDINATOR, reason=why)
    shown = {one["number"]: one for one in (await web_rig.get(Role.UNIT, "/api/crew"))["orders"]}[number]
    assert "还是不亮，请再去看看" in shown["came_back"]
    assert shown["phones"] == ["139****0042"]
    assert not any(word in str(shown) for word in ("孔示例", "13900000042"))
