"""Orders of months that are over, made by the product's own steps at the times that they say."""

import datetime as dt
from typing import Any

from core.clock import CITY_ZONE
from core.database import Sessions, transaction
from dispatch.kinds import Channel
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.take import take_step
from dispatch.workflow import Role, Step

AGENT = Actor(1, Role.AGENT, "接线员示例")
COORDINATOR = Actor(2, Role.COORDINATOR, "管理员示例")
LAMPS = Actor(3, Role.OFFICE, "路灯所示例", office_code="street-lighting")
LAMP = {"kind": "help", "subject": "street-lamp", "title": "路灯不亮", "matter": "门口的路灯坏了",
        "place_town": "shuyuan", "no_place": "unclear"}  # fmt: skip
REPLY = {"done": "已换灯泡", "public_answer": "路灯已经修好，21日10时现场点亮。"}
YES = dict.fromkeys(("citizen_answered", "citizen_solved", "citizen_satisfied"), True)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE).astimezone(dt.UTC)


async def take(
    sessions: Sessions, policy: Policy, order: Order, step: Step, actor: Actor, when: dt.datetime, **fields: Any
) -> Order:
    async with transaction(sessions) as session:
        return await take_step(session, policy, order.id, step, actor=actor, at=when, fields=fields)


async def dispatched(sessions: Sessions, policy: Policy, when: dt.datetime, **more: Any) -> Order:
    async with transaction(sessions) as session:
        draft = await new_draft(session, policy.city, channel=Channel.WEB, actor=AGENT, at=when)
    return await take(sessions, policy, draft, Step.REGISTER, AGENT, when, **LAMP | more)


async def closed(sessions: Sessions, policy: Policy, when: dt.datetime, **more: Any) -> Order:
    """Done within two hours, to the citizen's content."""
    order = await dispatched(sessions, policy, when, **more)
    for minutes, step, actor, fields in (
        (5, Step.ACCEPT, LAMPS, {}),
        (10, Step.START, LAMPS, {}),
        (60, Step.REPLY, LAMPS, REPLY),
        (90, Step.REVIEW, COORDINATOR, {}),
        (95, Step.APPROVE, COORDINATOR, {}),
        (110, Step.RECORD_FOLLOW_UP, COORDINATOR, YES),
    ):
        order = await take(sessions, policy, order, step, actor, when + dt.timedelta(minutes=minutes), **fields)
    return order
