"""The order's own texts as somebody reads them, and which of them are not as they are stored."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import name_of, phone_of, redactor_for
from core.privacy.redaction import Redactor
from dispatch.orders.families.followers import Interested, interested_in
from dispatch.orders.models import Order

CITIZEN = frozenset({"citizen_name", "citizen_phone"})
COVERABLE = CITIZEN | {"title", "matter", "place", "cause"}


def redactor_on(me: Me, order: Order, interested: list[Interested]) -> Redactor:
    """What must be covered for `me` in the order's texts: its citizen, and those who wait for it too."""
    return redactor_for(me, [order, *(one.order for one in interested)])


def texts_of(me: Me, order: Order, redactor: Redactor) -> dict[str, Any]:
    """The coverable fields as `me` reads them. Name and number are masked, not redacted."""
    texts: dict[str, Any] = redactor.all_of({name: getattr(order, name) for name in COVERABLE - CITIZEN})
    return texts | {"citizen_name": name_of(me, order), "citizen_phone": phone_of(me, order)}


def covered(order: Order, texts: Mapping[str, Any]) -> list[str]:
    """Sent back as they were read, these would overwrite what is stored."""
    return [name for name in sorted(COVERABLE) if texts[name] != getattr(order, name)]


async def load_covered(session: AsyncSession, me: Me, order: Order) -> list[str]:
    redactor = redactor_on(me, order, await interested_in(session, order.id))
    # In a thread, as all covering of long texts.
    return covered(order, await asyncio.to_thread(texts_of, me, order, redactor))
