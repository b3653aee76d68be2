"""The list from which an order was opened: it stands in the order's address, so that one comes back to its filters and
its place, and goes on to the next order in it."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from core.errors import BadInput
from dispatch.orders import listing
from dispatch.orders.models import Order
from dispatch.orders.sorting import PageStart, key_of
from web.http.routes import read
from web.orders.lists.listing import sort_of, wanted
from web.orders.lists.page_links import order_address, orders_address
from web.orders.schemas import OrdersQuery

LONGEST = 2000


@dataclass(frozen=True)
class KeptList:
    query: OrdersQuery
    previous: str | None = None
    """Number of the order that stands before the one that is shown; None: it is the first."""
    next: str | None = None

    @property
    def typed(self) -> str:
        """As it stands in an order's address."""
        return self.address.partition("?")[2]

    @property
    def address(self) -> str:
        return orders_address(self.query.model_dump(mode="json", exclude_defaults=True), None)

    def order(self, number: str, done: str = "") -> str:
        """Address of an order of this list. `done`: the order that was just dispatched, to be said there."""
        return order_address(number, self.typed, done)


def parse_list(typed: str) -> KeptList | None:
    """None: the order was not opened from a list, or from one that there is not."""
    given = {name: value for name, value in parse_qsl(typed[:LONGEST].lstrip("?")) if value}
    try:
        return KeptList(read(OrdersQuery, given)) if given else None
    except BadInput:
        return None


async def find_neighbours(session: AsyncSession, me: Me, kept: KeptList, order: Order) -> KeptList:
    """The same list with the orders beside this one."""
    await session.refresh(order, ["nearest_limit_at"])
    sort = sort_of(kept.query)
    found = []
    for backwards in (True, False):
        place = PageStart(key_of(order, sort), backwards)
        page = await listing.list_orders(session, wanted(me, kept.query), sort=sort, place=place, limit=1)
        found.append(page.orders[0].number if page.orders else None)
    return KeptList(kept.query, *found)
