"""The list of orders that one person may see, found by words and filters (dispatch.orders.listing does the finding)."""

import datetime as dt
import re

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HALL, HANDS
from access.accounts.sessions import Me
from access.visibility.rules import may_be_heard
from core import clock
from core.city_words import city_words
from core.clock import CITY_ZONE
from core.errors import NotAllowed
from core.numbers.phone import number_key
from core.texts.normal_form import normal_form
from dispatch.orders import listing
from dispatch.orders.sorting import ListSort, PageStart
from dispatch.orders.work_queues import waits
from dispatch.workflow import Role
from recordings.transcripts.search import calls_saying
from web.http.sockets.inboxes import owner_of
from web.orders.presenter import order_summary
from web.orders.schemas import OrdersAnswer, OrdersQuery

_PHONE = re.compile(r"\+?[0-9][0-9 ()/.·-]{5,}", re.ASCII)
SHORTEST = 7
"""Digits: shorter ones stand in orders' numbers and texts."""
KNOWS_PHONES = frozenset({Role.AGENT, Role.COORDINATOR})


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


def _start_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), CITY_ZONE)


def is_number(typed: str) -> bool:
    """Whether what was typed is a telephone number and nothing else."""
    plain = normal_form(typed).strip()
    return _PHONE.fullmatch(plain) is not None and len(number_key(plain)) >= SHORTEST


def finds_by_phone(me: Me, typed: str) -> bool:
    """Only those who know the numbers anyway may search by them."""
    return me.role in KNOWS_PHONES and is_number(typed)


def wanted(me: Me, query: OrdersQuery) -> listing.Filter:
    """The filter, narrowed to what is this person's to see; the same rule as dispatch.orders.actors.may_see."""
    if me.role in HANDS and owner_of(me) is None:
        raise NotAllowed(f"这个账号没有指明单位或{city_words().crew}，请联系系统管理员。")
    by_phone = finds_by_phone(me, query.q)
    return listing.Filter(
        states=(query.state,) if query.state else (),
        open_only=query.open,
        waiting=waits(query.waiting, clock.now()) if query.waiting else None,
        kind=query.kind,
        urgency=query.urgency,
        channel=query.channel,
        subject=query.subject,
        town=query.town,
        received_from=_start_of(query.first) if query.first else None,
        received_before=_start_of(query.last + dt.timedelta(days=1)) if query.last else None,
        office=me.office_code if me.role is Role.OFFICE else query.office,
        unit=me.unit_code if me.role is Role.UNIT else query.unit,
        citizen_phone=query.q if by_phone else "",
        text="" if by_phone else query.q,
        said=calls_saying(query.q, among=[may_be_heard(me)]) if me.role in HALL and not by_phone else None,
    )
