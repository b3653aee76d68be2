"""Citizens who are asked whether their matter is settled, and how they answer."""

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import FormData
from sqlalchemy import select, update

from core import clock
from core.database import transaction
from core.links import link_key
from core.sections.notifications import NotificationsSettings
from dispatch.channels.senders import make_senders
from dispatch.follow_up.models import FollowUp
from dispatch.follow_up.rules import FollowUpState
from dispatch.jobs.ask_citizens import ask_due
from dispatch.jobs.send_notifications import Sending, send_notification
from dispatch.kinds import Channel
from dispatch.notifications.models import Notification
from dispatch.notifications.rules import Template
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import Order
from dispatch.steps.take import get_order, take_step
from dispatch.workflow import Role, Step
from tests.support.gateways import Gateway
from tests.support.sample import AGENT, COORDINATOR, LAMP, LAMPS, REPLY
from tests.support.web_rig import WebRig


@dataclass
class Asked:
    """Orders whose result was approved, and their citizens' telephones."""

    web_rig: WebRig
    gateway: Gateway

    async def take(self, order: Order, step: Step, actor: Actor, **fields: Any) -> Order:
        rig = self.web_rig.context
        async with transaction(rig.sessions) as session:
            return await take_step(session, rig.policy, order.id, step, actor=actor, at=clock.now(), fields=fields)

    async def approved(self, phone: str = "13800000042", **more: Any) -> Order:
        return await self.again(await self.dispatched(phone, **more))

    async def dispatched(self, phone: str = "13800000042", **more: Any) -> Order:
        rig = self.web_rig.context
        async with transaction(rig.sessions) as session:
            order = await new_draft(
                session, rig.city, channel=Channel.HOTLINE, actor=AGENT, citizen_phone=phone, at=clock.now()
            )
        return await self.take(order, Step.REGISTER, AGENT, **LAMP | more)

    async def again(self, order: Order) -> Order:
        await self.take(order, Step.ACCEPT, LAMPS)
        await self.take(order, Step.START, LAMPS)
        await self.take(order, Step.REPLY, LAMPS, **REPLY)
        await self.take(order, Step.REVIEW, COORDINATOR)
        return await self.take(order, Step.APPROVE, COORDINATOR)

    async def ask(self, order: Order, at: dt.datetime | None = None) -> FollowUp:
        """As if its moment had come."""
        rig = self.web_rig.context
        async with transaction(rig.sessions) as session:
            due = update(FollowUp).where(FollowUp.order_id == order.id, FollowUp.state == FollowUpState.PLANNED)
            await session.execute(due.values(due_at=clock.now()))
        await ask_due(rig.sessions, rig.policy, at=at or clock.now())
        return await self.round(order)

    async def round(self, order: Order) -> FollowUp:
        async with self.web_rig.context.sessions() as session:
            query = select(FollowUp).where(FollowUp.order_id == order.id).order_by(FollowUp.id.desc())
            return (await session.scalars(query.limit(1))).one()

    async def link(self, order: Order) -> str:
        """The page's path, as it came by text message."""
        rig = self.web_rig.context
        async with transaction(rig.sessions) as session:
            query = select(Notification).where(
                Notification.order_id == order.id, Notification.template == Template.FOLLOW_UP
            )
            notification = (await session.scalars(query)).one()
            # By whatever hour the tests run: the quiet hours are another test's.
            notification.next_try_at = clock.now()
        loud = {name: replace(wording, at_night=True) for name, wording in rig.policy.notifications.texts.items()}
        policy = replace(rig.policy, notifications=replace(rig.policy.notifications, texts=loud))
        senders = make_senders(NotificationsSettings(sms_url=self.gateway.url))
        key = link_key(rig.settings)
        sending = Sending(rig.sessions, policy, senders, clock.now, key, "https://line.example.cn")
        await send_notification(sending, notification.id)
        found = re.search(r"https://line\.example\.cn(/follow-up/\S+)", self.gateway.got[-1]["text"])
        assert found
        return found[1]

    async def post(self, path: str, **fields: str) -> tuple[int, str]:
        answer = await self.web_rig.ask(None, "POST", path, data=FormData(fields))
        return answer.status, await answer.text()

    async def get(self, path: str) -> tuple[int, str]:
        answer = await self.web_rig.ask(None, "GET", path)
        return answer.status, await answer.text()

    async def order(self, order: Order) -> Order:
        async with self.web_rig.context.sessions() as session:
            return await get_order(session, order.id)

    async def answers(self, role: Role, order: Order) -> Any:
        return await self.web_rig.get(role, f"/api/orders/{order.number}/follow-up")
