"""An office that cannot sign in handles one order through a signed link: made, used, ended.

A link goes out with a notification: to contacts that are marked so, or by a coordinator's hand (dispatch.steps.notify).
It is good for the city's days, while the office leads or helps with the order and nobody took it back.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core import bus
from core.city_words import WordedTable, city_words
from core.clock import day_and_minute, in_city
from core.errors import Conflict, NotFound
from dispatch.notifications.contacts import contacts_of
from dispatch.notifications.office_link_models import LinkAction, LinkEnd, OfficeLink, OfficeLinkUse
from dispatch.notifications.queue import LinkToSend
from dispatch.notifications.rules import Audience, NotificationRules
from dispatch.orders.models import Order
from dispatch.workflow import FINAL

LINK_PATH = "office-link"
FILES_A_LINK = 20
"""The holder of a link may not fill the disk through it."""
STEPS = ((30, dt.timedelta(hours=1), "一小时"), (100, dt.timedelta(days=1), "一天"))
"""How many steps in which time are taken from an office through all its links to an order: each adds a row to its
history, of any length, written by anybody who has the link.
"""

ONE_LOOK = dt.timedelta(minutes=1)
_LOOKING = frozenset({LinkAction.OPENED, LinkAction.FETCHED_FILE})

_ENDED = WordedTable(
    {
        LinkEnd.REVOKED: "这个链接已被{coordinator}收回。",
        LinkEnd.MOVED: "这张工单已转给其他单位办理。",
        LinkEnd.CLOSED: "这张工单已经结束。",
    }
)


class NotInHand(Conflict):
    """这张工单不在这个单位手里，不能发链接。"""


async def link_to_marked(
    session: AsyncSession, rules: NotificationRules, order: Order, office_code: str, *, at: dt.datetime
) -> LinkToSend | None:
    """A new link for a notification to the office; None: it has no contact that is marked for links, or not the
    order."""
    if not handles(order, office_code):
        return None
    if not any(contact.with_link for contact in await contacts_of(session, Audience.OFFICE, office_code)):
        return None
    return await make_link(session, rules, order, office_code, by="系统", at=at)


async def make_link(
    session: AsyncSession, rules: NotificationRules, order: Order, office_code: str, *, by: str, at: dt.datetime
) -> LinkToSend:
    expires_at = at + dt.timedelta(days=rules.office_link_days)
    row = OfficeLink(order_id=order.id, office_code=office_code, made_at=at, made_by=by, expires_at=expires_at)
    session.add(row)
    await session.flush()
    return LinkToSend(LINK_PATH, row.id, expires_at)


async def make_link_by_hand(
    session: AsyncSession, rules: NotificationRules, order: Order, office_code: str, *, by: str, at: dt.datetime
) -> LinkToSend:
    """For a coordinator who passes it on personally: no contact is asked for. Raises Conflict as sending does."""
    if not handles(order, office_code):
        raise NotInHand
    link = await make_link(session, rules, order, office_code, by=f"{by}（自行转交）", at=at)
    await bus.publish(session, "order", order.id)
    return link


def handles(order: Order, office_code: str) -> bool:
    """Whether the office leads the order or helps with it, and it is not over."""
    offices = (order.lead_office_code, *(co.office_code for co in order.co_offices))
    return office_code in offices and order.state not in FINAL


async def end_links(
    session: AsyncSession, order_id: int, how: LinkEnd, *, at: dt.datetime, keep: Collection[str] = ()
) -> None:
    """Of all offices but those in `keep`."""
    others = OfficeLink.order_id == order_id, OfficeLink.ended_at.is_(None), OfficeLink.office_code.not_in(keep)
    await session.execute(update(OfficeLink).where(*others).values(ended_at=at, ended=how))


async def revoke_link(session: AsyncSession, order_id: int, link_id: int, *, by: str, at: dt.datetime) -> None:
    """Raises NotFound; Conflict where it has ended already."""
    link = await session.get(OfficeLink, link_id, with_for_update=True)
    if link is None or link.order_id != order_id:
        raise NotFound("没有这个链接。")
    if link.ended is not None:
        raise Conflict(_ENDED[link.ended])
    link.ended_at, link.ended, link.ended_by = at, LinkEnd.REVOKED, by
    await bus.publish(session, "order", order_id)


async def use_link(
    session: AsyncSession, link_id: int, action: LinkAction, *, address: str, at: dt.datetime
) -> tuple[OfficeLink, str]:
    """The link with its `order`, and a row that it was used; looked at again within a minute from the same address, it
    is one use. With it the reason why the action has to wait, for the holder to read, and then there is no row; empty:
    it need not wait. Raises NotFound; Conflict where the link has ended.
    """
    query = select(OfficeLink).where(OfficeLink.id == link_id).options(selectinload(OfficeLink.order))
    link = await session.scalar(query)
    if link is None:
        raise NotFound("没有这个链接。")
    if link.ended is not None:
        raise Conflict(_ENDED[link.ended])
    if not handles(link.order, link.office_code):
        raise Conflict(_ENDED[LinkEnd.MOVED])
    if action in _LOOKING:
        held_up, noted = "", not await _looked_just_now(session, link_id, action, address, at)
    else:
        # One after the other: a hundred at once would each count the same few.
        whose = f"office-link {link.order_id} {link.office_code}"
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(whose, 0))))
        steps = action is LinkAction.SENT_STEP
        held_up = await (_steps_wait(session, link, at) if steps else _files_wait(session, link_id))
        noted = not held_up
    if noted:
        session.add(OfficeLinkUse(link_id=link_id, at=at, action=action, address=address))
    return link, held_up


async def _steps_wait(session: AsyncSession, link: OfficeLink, at: dt.datetime) -> str:
    for most, span, words in STEPS:
        mine = OfficeLink.order_id == link.order_id, OfficeLink.office_code == link.office_code
        query = select(OfficeLinkUse.at).join(OfficeLink, OfficeLink.id == OfficeLinkUse.link_id).where(*mine)
        query = query.where(OfficeLinkUse.action == LinkAction.SENT_STEP, OfficeLinkUse.at > at - span)
        # The one that has to be forgotten before there is room for another.
        oldest = await session.scalar(query.order_by(OfficeLinkUse.at.desc()).offset(most - 1).limit(1))
        if oldest is not None:
            free = in_city(oldest + span + dt.timedelta(minutes=1))
            return f"通过链接{words}最多提交{most}次，已经满了，{day_and_minute(free)}后才能再提交。"
    return ""


async def _files_wait(session: AsyncSession, link_id: int) -> str:
    query = select(func.count()).where(OfficeLinkUse.link_id == link_id, OfficeLinkUse.action == LinkAction.SENT_FILE)
    full = (await session.scalar(query) or 0) >= FILES_A_LINK
    return f"一个链接最多上传{FILES_A_LINK}个文件，更多的请寄给{city_words().coordinator}。" if full else ""


async def _looked_just_now(
    session: AsyncSession, link_id: int, action: LinkAction, address: str, at: dt.datetime
) -> bool:
    same = OfficeLinkUse.link_id == link_id, OfficeLinkUse.action == action, OfficeLinkUse.address == address
    found = select(OfficeLinkUse.id).where(*same, OfficeLinkUse.at > at - ONE_LOOK).limit(1)
    return await session.scalar(found) is not None


async def links_of(session: AsyncSession, order_id: int) -> Sequence[OfficeLink]:
    """Newest first, with their `uses`."""
    query = select(OfficeLink).where(OfficeLink.order_id == order_id).options(selectinload(OfficeLink.uses))
    return (await session.scalars(query.order_by(OfficeLink.id.desc()))).all()
