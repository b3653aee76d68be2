"""Orders brought to where a test begins, by the product's own steps."""

from typing import Any

from core import clock
from core.database import transaction
from dispatch.kinds import Channel
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import draft_for_call, new_draft
from dispatch.orders.models import Order
from dispatch.steps.take import find_order, take_step
from dispatch.workflow import Step
from tests.support.sample import AGENT, COORDINATOR, LAMP, LAMPS
from tests.support.web_rig import WebRig


async def register_lamp(web_rig: WebRig, linkedid: str, title: str, place: str = "林前街") -> str:
    fields = {
        "kind": "help", "subject": "street-lamp", "title": title, "matter": title, "place_town": "shuyuan",
        "place": place,
    }  # fmt: skip
    async with transaction(web_rig.context.sessions) as session:
        policy, at = web_rig.context.policy, clock.now()
        order = await draft_for_call(session, policy.city, linkedid=linkedid, citizen_phone="13800000000", at=at)
        await take_step(session, policy, order.id, Step.REGISTER, actor=AGENT, at=at, fields=fields)
        return order.number


async def register(web_rig: WebRig, linkedid: str, **fields: Any) -> str:
    given = {
        "kind": "help", "subject": "street-lamp", "title": "路灯不亮", "matter": "路灯不亮", "place_town": "shuyuan",
        "place": "林前街",
    } | fields  # fmt: skip
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        at = clock.now()
        order = await draft_for_call(session, rig.city, linkedid=linkedid, citizen_phone="", at=at)
        await take_step(session, rig.policy, order.id, Step.REGISTER, actor=AGENT, at=at, fields=given)
        return order.number


async def waiting_lamp(web_rig: WebRig, title: str) -> str:
    """Number of an order that waits for the coordinator: without the town no crew is certain."""
    rig, fields = web_rig.context, LAMP | {"title": title, "place_town": None, "place": "小区门口"}
    async with transaction(rig.sessions) as session:
        order = await new_draft(session, rig.city, channel=Channel.WEB, actor=AGENT, at=clock.now())
    return (await take(web_rig, order, Step.REGISTER, AGENT, **fields)).number


async def dispatched(web_rig: WebRig, **more: Any) -> Order:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        order = await new_draft(session, rig.city, channel=Channel.WEB, actor=AGENT, at=clock.now())
    return await take(web_rig, order, Step.REGISTER, AGENT, **LAMP | more)


async def in_progress(web_rig: WebRig) -> Order:
    order = await dispatched(web_rig)
    for step in (Step.ACCEPT, Step.START):
        order = await take(web_rig, order, step, LAMPS)
    return order


async def take(web_rig: WebRig, order: Order, step: Step, actor: Actor, **fields: Any) -> Order:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        return await take_step(session, rig.policy, order.id, step, actor=actor, at=clock.now(), fields=fields)


async def fill_in(web_rig: WebRig, number: str, **fields: Any) -> None:
    async with transaction(web_rig.context.sessions) as session:
        order = await find_order(session, number)
        assert order is not None
        await take_step(
            session, web_rig.context.policy, order.id, Step.FILL_IN, actor=AGENT, at=clock.now(), fields=fields
        )


async def give_to(web_rig: WebRig, number: str, unit_code: str) -> None:
    fields: dict[str, Any] = {"lead_office_code": "street-lighting", "unit_code": unit_code, "reason": "二队更近"}
    async with transaction(web_rig.context.sessions) as session:
        order = await find_order(session, number)
        assert order
        await take_step(
            session, web_rig.context.policy, order.id, Step.REDISPATCH, actor=COORDINATOR, at=clock.now(), fields=fields
        )


EVASIVE = {"done": "已答复来电人", "public_answer": "您好：路灯不属于我单位管辖范围，请向有关部门反映。谢谢！"}


async def make_reviewed(web_rig: WebRig, linkedid: str, reply: dict[str, Any]) -> str:
    """Number of an order whose `reply` lies before the coordinator."""
    policy, at = web_rig.context.policy, clock.now()
    async with transaction(web_rig.context.sessions) as session:
        order = await draft_for_call(session, policy.city, linkedid=linkedid, citizen_phone="13800000042", at=at)
        for step, actor, fields in (
            (Step.REGISTER, AGENT, LAMP),
            (Step.ACCEPT, LAMPS, {}),
            (Step.START, LAMPS, {}),
            (Step.REPLY, LAMPS, reply),
            (Step.REVIEW, COORDINATOR, {}),
        ):
            await take_step(session, policy, order.id, step, actor=actor, at=at, fields=fields)
        return order.number
