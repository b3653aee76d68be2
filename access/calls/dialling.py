"""What a person asks to be dialled, checked before anything is stored: the rule of numbers, an order's limit a day.

The exchange looks again at what it dials (telephony/pbx, may-dial)."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import knows
from core import clock
from core.errors import BadInput
from core.numbers.phone import parse_numbers
from core.numbers.shown import mask_number, words_of
from dispatch.orders.models import Order
from telephony.control.commands import CommandKind
from telephony.control.conference import DialRefused, Outgoing, outside_number
from telephony.control.models import CallCommand
from telephony.pbx.settings import PbxSettings


def whom(typed: str, outgoing: Outgoing) -> str:
    """One of our telephones, or the digits of an outside number. Raises DialRefused, BadInput."""
    plain = typed.strip()
    return plain if plain in outgoing.own | outgoing.played else outside_number(plain, outgoing)


def which_number(me: Me, order: Order, which: int | None, outgoing: Outgoing) -> int:
    """Which of the citizen's numbers is to be called, counted from 1. Raises BadInput that names the choices where
    there are several and none was chosen, DialRefused."""
    found = parse_numbers(order.citizen_phone)
    if not found:
        raise BadInput("这张工单没有留下可以拨打的电话号码。")
    if (which is None and len(found) > 1) or (which is not None and which > len(found)):
        shown = (words_of(one) if knows(me, order) else mask_number(one.written) for one in found)
        choices = "；".join(f"{place}. {words}" for place, words in enumerate(shown, 1))
        raise BadInput(fields={"which": f"来电人留了{len(found)}个电话，请选择拨打哪一个：{choices}"})
    which = which or 1
    outside_number(found[which - 1].dial, outgoing)
    return which


async def check_limit(session: AsyncSession, pbx: PbxSettings, *, order: str, at: dt.datetime) -> None:
    """Raises DialRefused where this order has had its calls of the day. Those of an extension the exchange counts,
    whoever dials (telephony/pbx, may-dial)."""
    midnight = clock.in_city(at).replace(hour=0, minute=0, second=0, microsecond=0)
    had = await session.scalar(
        select(func.count())
        .select_from(CallCommand)
        .where(
            CallCommand.command == CommandKind.CALL_OUT,
            CallCommand.asked_at >= midnight,
            CallCommand.order_number == order,
        )
    )
    if (had or 0) >= (most := pbx.dialling.order_day):
        raise DialRefused(f"这张工单今天外呼已满{most}次，不能再打。请联系督查员。", kind="超过每天的次数")
