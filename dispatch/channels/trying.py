"""One message to an administrator's own number or address, to see what the other side of a channel answers.

It says what a reachability check says (`notifications.toml`), so that a gateway that takes reported texts only takes
it. That it begins is stored before it is sent: also of one whose process died it is known who sent it, and whereto.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from core import clock
from core.database import Sessions, transaction
from core.errors import BadInput
from dispatch.channels.port import Letter, Sender
from dispatch.channels.senders import SETTING
from dispatch.citizens.outgoing import about_no_order
from dispatch.city.records import City
from dispatch.notifications.contacts import wrong_address
from dispatch.notifications.models import ChannelTest
from dispatch.notifications.rules import Delivery, NotificationChannel, NotificationRules, Template, render

MOST_AN_HOUR = 20
"""Of all administrators together: people pay for text messages."""
_OFFICE = "系统管理员"
_NO_ANSWER = "还没有等到回应"
_SHOWN = 500


@dataclass(frozen=True)
class Tried:
    """The person that asked for the message, and its address."""

    channel: NotificationChannel
    address: str
    account_id: int
    name: str


async def try_channel(
    sessions: Sessions,
    city: City,
    rules: NotificationRules,
    senders: Mapping[NotificationChannel, Sender],
    tried: Tried,
    *,
    at: dt.datetime,
) -> Delivery:
    """Returns what the other side answered; it is stored. Raises BadInput for a channel that is not set up, an address
    that is none, or too many in one hour."""
    sender = senders.get(tried.channel)
    if sender is None:
        raise BadInput(f"这个渠道没有设置（{SETTING[tried.channel]}），没有发出。")
    if why := wrong_address(tried.channel, tried.address):
        raise BadInput(why, fields={"address": why})
    facts = about_no_order(
        {"city": city.name, "hotline": city.words.line_short, "line": city.words.number, "office": _OFFICE}
    )
    title, text = (facts.covered(words) for words in render(rules, Template.REACHABILITY_CHECK, facts.facts))
    async with transaction(sessions) as session:
        lately = select(func.count(ChannelTest.id)).where(ChannelTest.at > at - dt.timedelta(hours=1))
        if int(await session.scalar(lately) or 0) >= MOST_AN_HOUR:
            raise BadInput(f"一小时内已经测试了{MOST_AN_HOUR}次，请过一会儿再测。")
        row = ChannelTest(
            channel=tried.channel,
            address=covered_address(tried.channel, tried.address),
            by_account_id=tried.account_id,
            by_name=tried.name,
            at=at,
            done=False,
            result=_NO_ANSWER,
        )
        session.add(row)
        await session.flush()
        test_id = row.id
    delivery = await sender.send(Letter(f"test-{test_id}", tried.address, title, text))
    async with transaction(sessions) as session:
        row = await session.get_one(ChannelTest, test_id)
        row.done, row.result, row.at = delivery.ok, delivery.said[:_SHOWN], clock.now()
    return delivery


def covered_address(channel: NotificationChannel, address: str) -> str:
    """Enough to know one's own again: nobody else is to learn it from the page."""
    if channel is NotificationChannel.SMS:
        return f"{address[:3]}****{address[-4:]}"
    if channel is NotificationChannel.EMAIL:
        name, _, domain = address.partition("@")
        return f"{name[:1]}***@{domain}"
    return f"…{address[-6:]}"
