"""The list of orders that one person may see, found by words and filters (dispatch.orders.listing does the finding)."""

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HALL, HANDS
from access.accounts.sessions import Me
from access.visibility.asked_numbers import asked_number
from access.visibility.rules import may_be_heard
from core import clock
from core.city_words import city_words
from core.clock import start_of_day
from core.errors import NotAllowed
from dispatch.orders import listing
from dispatch.orders.sorting import ListSort, PageStart
from dispatch.orders.work_queues import may_ask_for, waits
from dispatch.workflow import Role
from recordings.transcripts.search import calls_saying
from web.http.sockets.inboxes import owner_of
from web.orders.presenter import order_summary
from web.orders.schemas import OrdersAnswer, OrdersQuery


async def list_orders(session: AsyncSession, me: Me, query: OrdersQuery) -> OrdersAnswer:
    """Raises NotAllowed for an account that has lost its office or crew."""
    page = await listing.list_orders(
        session, wanted(me, query), sort=sort_of(query), place=place_of(query), limit=query.limit
    )
    return OrdersAnswer(orders=[order_summary(order) for order in page.orders], next=page.after, previous=page.before)


async def count_found(session: AsyncSession, me: Me, query: OrdersQuery) -> int:
    """On all pages; one more than listing.MOST_COUNTED: more than that."""
    return await listing.count_orders(session, wanted(me, query), sort=sort_of(query))


def sort_of(query: OrdersQuery) -> ListSort:
    """A queue is worked off by its limits, unless somebody wants it otherwise."""
    return query.sort or (ListSort.LIMIT if query.waiting else ListSort.NEWEST)


def place_of(query: OrdersQuery) -> PageStart:
    return PageStart(query.after) if query.after else PageStart(query.before, backwards=True)


def wanted(me: Me, query: OrdersQuery) -> listing.Filter:
    """The filter, narrowed to what is this person's to see; the same rule as dispatch.orders.actors.may_see."""
    if me.role in HANDS and owner_of(me) is None:
        raise NotAllowed(f"这个账号没有指明单位或{city_words().crew}，请联系系统管理员。")
    if query.waiting and not may_ask_for(query.waiting, me.role):
        raise NotAllowed("您的账号不能看这类待办。")
    asked = asked_number(me, query.q)
    text = "" if asked.nothing_else else query.q
    return listing.Filter(
        states=(query.state,) if query.state else (),
        open_only=query.open,
        waiting=waits(query.waiting, clock.now()) if query.waiting else None,
        kind=query.kind,
        urgency=query.urgency,
        channel=query.channel,
        subject=query.subject,
        town=query.town,
        received_from=start_of_day(query.first) if query.first else None,
        received_before=start_of_day(query.last + dt.timedelta(days=1)) if query.last else None,
        office=me.office_code if me.role is Role.OFFICE else query.office,
        unit=me.unit_code if me.role is Role.UNIT else query.unit,
        citizen_phone=asked.whole,
        phone_ending=asked.ending,
        known=me.known.orders,
        text=text,
        said=calls_saying(text, among=[may_be_heard(me)]) if me.role in HALL and text else None,
    )
