"""The overdue sweep: every order on which something has fallen due, one transaction each.

Any number of sweepers may run at once, be killed and begin again: a row that one has locked the others pass by, and
what was done is kept by unique rows (dispatch.steps.due_events). An order that cannot be swept does not
hold up the others.
"""

import datetime as dt

import structlog
from sqlalchemy import select, tuple_
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.database import Sessions, transaction
from core.errors import Conflict, HotlineError
from dispatch.notifications.contacts import AddressBook, load_address_book, use_address_book
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.take import let_fall_due

log = structlog.get_logger()

SWEEP = "dispatch.sweep"
"""Periodic job: every minute."""

_AT_ONCE = 500


async def sweep(sessions: Sessions, policy: Policy, *, at: dt.datetime) -> int:
    """Everything that has fallen due by `at`. Returns on how many orders."""
    swept, last = 0, (dt.datetime.min.replace(tzinfo=dt.UTC), 0)
    while True:
        found = await _fallen_after(sessions, last, at)
        if not found:
            return swept
        async with sessions() as session:
            book = await load_address_book(session)
        for order_id, _ in found:
            swept += await _sweep_one(sessions, policy, book, order_id, at)
        if len(found) < _AT_ONCE:
            return swept
        last = (found[-1][1], found[-1][0])


async def _fallen_after(
    sessions: Sessions, last: tuple[dt.datetime, int], at: dt.datetime
) -> list[tuple[int, dt.datetime]]:
    """(order, when), earliest first. What has been looked at in this sweep is not looked at again, done or not."""
    query = (
        select(Order.id, Order.next_due_at)
        .where(Order.next_due_at < at, tuple_(Order.next_due_at, Order.id) > last)
        .order_by(Order.next_due_at, Order.id)
        .limit(_AT_ONCE)
    )
    async with sessions() as session:
        return [(order_id, due_at) for order_id, due_at in await session.execute(query) if due_at is not None]


async def _sweep_one(sessions: Sessions, policy: Policy, book: AddressBook, order_id: int, at: dt.datetime) -> bool:
    try:
        async with transaction(sessions) as session:
            use_address_book(session, book)
            order = await session.scalar(
                select(Order).where(Order.id == order_id, Order.next_due_at < at).with_for_update(skip_locked=True)
            )
            if order is None:
                return False
            await let_fall_due(session, policy, order, at=at)
    except Conflict:
        # Somebody took a step meanwhile: the next sweep looks again.
        return False
    except HotlineError as error:
        log.error("order_not_swept", order_id=order_id, error=error.message)
        return False
    except (OperationalError, PoolTimeout, OSError):
        raise
    except Exception:
        # One order that our program stumbles over must not keep the limits of all others from being watched.
        log.exception("order_not_swept", order_id=order_id)
        return False
    return True
