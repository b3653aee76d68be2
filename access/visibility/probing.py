"""A redaction gives away what it hides: a person who writes ten names into an order sees which of them is redacted.
That cannot be avoided, so it is made visible instead: supervisors can read who wrote the name of a confidential citizen
into an order without being allowed to know it. The text stands in the history, with all names that were tried.
"""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import may_know, redactor_of_order
from core.redaction import NO_NAME, NO_NUMBER
from dispatch.orders.models import Order
from telephony.monitoring.incidents import raise_incident
from telephony.trouble_kinds import TroubleKind


async def note_probing(
    session: AsyncSession, pbx: str, me: Me, order: Order, fields: Mapping[str, object], *, at: dt.datetime
) -> None:
    """In the transaction of the step that takes `fields`, before it: a step that is refused has shown nothing.

    `pbx`: as telephony.monitoring.incidents.raise_incident wants it."""
    texts = [value for value in fields.values() if isinstance(value, str) and value]
    if not texts or not order.confidential or may_know(me, confidential=True):
        return
    redactor = redactor_of_order(order)
    # In a thread, as all covering of long texts.
    covered = await asyncio.to_thread(lambda: [redactor.text(text) for text in texts])
    if _covers(covered) > _covers(texts):
        detail = f"工单{order.number}要求保密，{me.display_name}在办理内容里写到了诉求人，可能在试探是谁。"
        await raise_incident(session, pbx, TroubleKind.REPORTER_NAMED, detail, at)


def _covers(texts: Iterable[str]) -> int:
    return sum(text.count(NO_NAME) + text.count(NO_NUMBER) for text in texts)
