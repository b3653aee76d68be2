"""Where offices, crews and the city's own roles are notified: entered by people, taken out again, never rewritten."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from yarl import URL

from core.city_words import city_words
from core.errors import BadInput, NotFound
from core.numbers.shown import number_type
from dispatch.absences.absences import stand_ins_now
from dispatch.city.records import City
from dispatch.notifications.models import Contact
from dispatch.notifications.rules import Audience, NotificationChannel

_KEY = re.compile(r"[A-Za-z0-9_-]{8,200}")
_MAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}")


async def contacts(session: AsyncSession) -> Sequence[Contact]:
    """Those that are notified at present."""
    order = Contact.audience, Contact.code, Contact.id
    return (await session.scalars(select(Contact).where(Contact.removed_at.is_(None)).order_by(*order))).all()


AddressBook = Mapping[tuple[Audience, str], Sequence[Contact]]
"""All contacts, by audience and code."""
_BOOK = "address_book"


async def load_address_book(session: AsyncSession) -> AddressBook:
    book: dict[tuple[Audience, str], list[Contact]] = defaultdict(list)
    for contact in await contacts(session):
        book[contact.audience, contact.code].append(contact)
    return book


def use_address_book(session: AsyncSession, book: AddressBook) -> None:
    """Let `contacts_of` read there: for whoever goes through many orders at once, each in a transaction of its own."""
    session.info[_BOOK] = book


async def contacts_of(session: AsyncSession, audience: Audience, code: str) -> Sequence[Contact]:
    """Those of one office, crew or role, the oldest first; by the session's address book where it was given one."""
    book: AddressBook | None = session.info.get(_BOOK)
    if book is not None:
        return book.get((audience, code), ())
    mine = Contact.audience == audience, Contact.code == code, Contact.removed_at.is_(None)
    return (await session.scalars(select(Contact).where(*mine).order_by(Contact.id))).all()


async def reached_now(session: AsyncSession, found: Sequence[Contact], at: dt.datetime) -> Sequence[Contact]:
    """Without the own numbers of people who are away: their stand-ins' are there instead. Where a stand-in has none
    among them, the absent person's stay: a notification that nobody gets is the worse mistake."""
    owners = {one.account_id for one in found if one.account_id is not None}
    stand_ins = await stand_ins_now(session, owners, at)
    gone = {account for account, stand_in in stand_ins.items() if stand_in in owners}
    return [one for one in found if one.account_id not in gone]


async def add_contact(
    session: AsyncSession,
    city: City,
    audience: Audience,
    code: str,
    channel: NotificationChannel,
    address: str,
    *,
    secret: str,
    with_link: bool = False,
    account_id: int | None = None,
    by: str,
    at: dt.datetime,
) -> Contact:
    """Raises BadInput naming what is wrong; also where it stands there already."""
    wrong = {}
    known = {Audience.OFFICE: city.offices, Audience.UNIT: city.units}.get(audience)
    if known is not None and code not in known:
        wrong["code"] = f"请选择单位或{city_words().crew}。"
    if audience is Audience.CITIZEN:
        wrong["audience"] = "诉求人按工单上的手机号通知，不用登记。"
    if with_link and audience is not Audience.OFFICE:
        wrong["with_link"] = "只有承办单位的通知可以带办理链接。"
    if why := wrong_address(channel, address):
        wrong["address"] = why
    if wrong:
        raise BadInput(fields=wrong)
    row = {"audience": audience, "code": code if known else "", "channel": channel, "address": address}
    added: Contact | None = await session.scalar(
        insert(Contact)
        .values(**row, secret=secret, with_link=with_link, account_id=account_id, added_at=at, added_by=by)
        .on_conflict_do_nothing()
        .returning(Contact)
    )
    if added is None:
        raise BadInput(fields={"address": "这个联系方式已经登记过。"})
    return added


async def remove_contact(session: AsyncSession, contact_id: int, *, by: str, at: dt.datetime) -> None:
    """Raises NotFound."""
    contact = await session.get(Contact, contact_id, with_for_update=True)
    if contact is None or contact.removed_at is not None:
        raise NotFound("没有这个联系方式。")
    contact.removed_at, contact.removed_by = at, by


def wrong_address(channel: NotificationChannel, address: str) -> str:
    """What is wrong with it, for the person who typed it; empty: nothing. Pure."""
    match channel:
        case NotificationChannel.SMS:
            return "" if number_type(address) == "手机" else "请填写11位手机号。"
        case NotificationChannel.EMAIL:
            return "" if _MAIL.fullmatch(address) else "请填写一个邮箱地址。"
        case NotificationChannel.WEBHOOK:
            return "" if _is_web_address(address) else "请填写以 http:// 或 https:// 开头的网址，不带用户名。"
        case NotificationChannel.MQTT:
            topic = address and address.isprintable() and not set(address) & set("#+") and address[0] != "$"
            return "" if topic else "请填写主题名，不能有 # 和 +，不能以 $ 开头。"
        case _:
            return "" if _KEY.fullmatch(address) else "请填写机器人地址里的密钥（key 或 access_token），不是整个网址。"


def wrong_host(channel: NotificationChannel, address: str, hosts: Collection[str]) -> str:
    """Why a webhook may not point there; empty: it may. `hosts`: those of the settings."""
    if channel is not NotificationChannel.WEBHOOK or urlsplit(address).hostname in hosts:
        return ""
    return "这个主机不在允许之列，请联系系统管理员允许它。"


def _is_web_address(address: str) -> bool:
    """Read the same by everybody: no blanks, control characters or backslashes, no name and password in it."""
    if not address.isascii() or not address.isprintable() or set(address) & set(" \\"):
        return False
    try:
        url = URL(address)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.host) and url.user is None and url.password is None
