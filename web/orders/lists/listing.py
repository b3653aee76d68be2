"""The list of orders that one person may see, found by words and filters (dispatch.orders.listing does the finding)."""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HALL, HANDS
from access.accounts.sessions import Me
from access.visibility.rules import may_be_heard
from core import clock
from core.errors import NotAllowed
from core.numbers.phone import number_key
from core.texts.normal_form import normal_form
from dispatch.orders import listing
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
    """Newest first. Raises NotAllowed for an account that has lost its office or crew."""
    page = await listing.list_orders(session, wanted(me, query), after=query.after, limit=query.limit)
    return OrdersAnswer(orders=[order_summary(order) for order in page.orders], next=page.after)


def is_number(typed: str) -> bool:
    """Whether what was typed is a telephone number and nothing else."""
    plain = normal_form(typed).strip()
    return _PHONE.fullmatch(plain) is not None and len(number_key(plain)) >= SHORTEST


def wanted(me: Me, query: OrdersQuery) -> listing.Filter:
    """The filter, narrowed to what is this person's to see; the same rule as dispatch.orders.actors.may_see."""
    if me.role in HANDS and owner_of(me) is None:
        raise NotAllowed("这个账号没有指明单位或直通车，请联系系统管理员。")
    # Only those who know the numbers anyway may search by them.
    by_phone = me.role in KNOWS_PHONES and is_number(query.q)
    return listing.Filter(
        states=(query.state,) if query.state else (),
        open_only=query.open,
        waiting=waits(query.waiting, clock.now()) if query.waiting else None,
        kind=query.kind,
        urgency=query.urgency,
        office=me.office_code if me.role is Role.OFFICE else query.office,
        unit=me.unit_code if me.role is Role.UNIT else query.unit,
        citizen_phone=query.q if by_phone else "",
        text="" if by_phone else query.q,
        said=calls_saying(query.q, among=[may_be_heard(me)]) if me.role in HALL and not by_phone else None,
    )
