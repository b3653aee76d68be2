"""How steps and due events notify: offices, crews, citizens and followers, in the step's transaction.

Which step notifies whom is in the step's record (dispatch.steps.spec). The texts are the city's;
dispatch.notifications.queue decides whether and when one goes out. No text holds a citizen's name or number, wherever
it stands in the order (dispatch.citizens.outgoing).
"""

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.clock import day_and_minute
from core.errors import Conflict
from dispatch.citizens.outgoing import CoveredFacts, about_orders
from dispatch.citizens.redaction import holds_a_secret, stays_unnamed
from dispatch.city.records import City
from dispatch.kinds import Urgency
from dispatch.notifications.office_links import NotInHand, handles, link_to_marked, make_link
from dispatch.notifications.queue import queue_notification
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.families.followers import interested_in
from dispatch.orders.labels import URGENCIES
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.context import StepContext


async def notify_crew_again(session: AsyncSession, policy: Policy, order: Order, code: str, *, at: dt.datetime) -> None:
    """It has not said yes or no (dispatch.assignments.crew_search_rules)."""
    await queue_notification(
        session,
        policy.city,
        policy.notifications,
        Audience.UNIT,
        Template.CREW_ORDER,
        facts_about(policy.city, order),
        at=at,
        order=order,
        code=code,
    )


async def send_office_link(
    session: AsyncSession, policy: Policy, order: Order, code: str, *, by: str, at: dt.datetime
) -> None:
    """By a coordinator's hand, to all addresses of the office. Raises Conflict where it has not the order, or nobody
    knows its address."""
    if not handles(order, code):
        raise NotInHand
    link = await make_link(session, policy.notifications, order, code, by=by, at=at)
    facts = facts_about(policy.city, order) | {"due": shown(order.finish_due_at), "until": shown(link.expires_at)}
    queued = await queue_notification(
        session,
        policy.city,
        policy.notifications,
        Audience.OFFICE,
        Template.OFFICE_LINK,
        facts,
        at=at,
        order=order,
        code=code,
        link=link,
    )
    if not queued:
        raise Conflict("这个单位还没有登记联系方式：请先到“通知 › 联系方式”登记，或者用“生成链接”自己转交。")
    await bus.publish(session, "order", order.id)


INSIDE = "（诉求人要求保密，内容请在工单里查看）"
"""In a notification, for the words of somebody who may never know the citizen: what is redacted in them would say which
guess was right (decision 0029). An answer is left out: the texts then say where to ask."""


def facts_about(city: City, order: Order, *others: Order) -> CoveredFacts:
    """What a notification may say of an order. `others`: those that it is about as well."""
    office = city.offices.get(order.lead_office_code or "")
    town = city.towns.get(order.place_town or "")
    place = order.place if town is None or town.name in order.place else town.name + order.place
    secret = order.answer_author and any(holds_a_secret(one) for one in (order, *others))
    facts = {
        "number": order.number,
        "title": order.title,
        "confidential": "是" if stays_unnamed(order) else "",
        "office": office.name if office else "",
        "answer": "" if secret else order.public_answer,
        "urgency": "" if order.urgency is Urgency.NORMAL else URGENCIES[order.urgency],
        "place": place,
    }
    return about_orders([order, *others], facts)


async def notify(
    context: StepContext, audience: Audience, template: Template, *, code: str | None = "", **facts: str
) -> None:
    reason = context.given.get("reason") or ""
    if reason and context.actor.author and holds_a_secret(context.order):
        reason = INSIDE
    about = facts_about(context.city, context.order) | {"reason": reason, **facts}
    await notify_about(
        context.session, context.policy, context.order, audience, template, about, at=context.at, code=code or ""
    )


async def notify_about(
    session: AsyncSession,
    policy: Policy,
    order: Order,
    audience: Audience,
    template: Template,
    facts: CoveredFacts,
    *,
    at: dt.datetime,
    code: str,
) -> None:
    """An office that cannot sign in gets a link with every notification."""
    link = (
        await link_to_marked(session, policy.notifications, order, code, at=at) if audience is Audience.OFFICE else None
    )
    facts |= {"until": shown(link.expires_at if link else None)}
    await queue_notification(
        session, policy.city, policy.notifications, audience, template, facts, at=at, order=order, code=code, link=link
    )


async def notify_lead(context: StepContext, template: Template, **facts: str) -> None:
    if context.order.lead_office_code is not None:
        await notify(context, Audience.OFFICE, template, code=context.order.lead_office_code, **facts)


async def notify_followers(context: StepContext, template: Template, **facts: str) -> None:
    """Each follower by their own order's number, and as confidentially as that order asks."""
    for one in await interested_in(context.session, context.order.id):
        about = facts_about(context.city, context.order, one.order) | {**facts, "other": context.order.number}
        about |= {"number": one.order.number, "confidential": "是" if stays_unnamed(one.order) else ""}
        await queue_notification(
            context.session,
            context.city,
            context.policy.notifications,
            Audience.CITIZEN,
            template,
            about,
            at=context.at,
            order=one.order,
        )


def shown(instant: dt.datetime | None) -> str:
    return day_and_minute(instant) if instant else ""
