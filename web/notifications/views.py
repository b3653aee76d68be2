"""Notices: what went out, what did not and why, sent again by one click; and people's addresses."""

from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from core import clock
from core.database import transaction
from core.errors import BadInput, HotlineError
from dispatch.channels.senders import make_senders
from dispatch.notifications import contacts
from dispatch.notifications.labels import AUDIENCES, NOTICE_CHANNELS, NOTICE_STATES
from dispatch.notifications.queue import drop, get_notice, list_notices, resend
from dispatch.notifications.rules import NoticeChannel, NoticeState
from dispatch.steps.take import find_order
from dispatch.workflow import Role
from web.http.pages import page, part_or_page
from web.http.routes import Route, body_of, house_of, id_in, me_of, query_of, read
from web.http.schemas import Done
from web.notifications.presenter import (
    OF_THE_CITY,
    SHOWN,
    ContactAnswer,
    ContactsAnswer,
    ContactWish,
    NoticeAnswer,
    NoticeListAnswer,
    NoticesQuery,
    channel_answers,
    contact_answer,
    contacts_answer,
    notice_answer,
)
from web.notifications.reachability import reach_list

WATCHERS = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR})
DECIDES = frozenset({Role.COORDINATOR, Role.SUPERVISOR})
KEEPS_CONTACTS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def api_notices(request: web.Request) -> NoticeListAnswer:
    house, me, query, at = house_of(request), me_of(request), query_of(request, NoticesQuery), clock.now()
    async with house.sessions() as session:
        order = await find_order(session, query.order.strip().upper()) if query.order else None
        found = await list_notices(
            session,
            states=(query.state,) if query.state else (),
            channel=query.channel,
            order_id=None if query.order is None else order.id if order else 0,
            before=query.before,
            limit=SHOWN,
        )
        return NoticeListAnswer(
            notices=[notice_answer(me, house.city, notice) for notice in found],
            channels=await channel_answers(session, make_senders(house.settings.notices), at),
            next=found[-1].id if len(found) == SHOWN else None,
        )


async def api_notice(request: web.Request) -> NoticeAnswer:
    house = house_of(request)
    async with house.sessions() as session:
        return notice_answer(me_of(request), house.city, await get_notice(session, id_in(request)))


async def show_notices(request: web.Request) -> web.StreamResponse:
    """What cannot be sent comes first: it is what people are here for."""
    answer, query = await api_notices(request), query_of(request, NoticesQuery)
    async with house_of(request).sessions() as session:
        dead = await list_notices(session, states=(NoticeState.DEAD, NoticeState.UNKNOWN), limit=SHOWN)
        told = [notice_answer(me_of(request), house_of(request).city, notice) for notice in dead]
    whole = query.state is None and query.channel is None and query.order is None and query.before is None
    context = {
        "answer": answer,
        "dead": told if whole else [],
        "query": query,
        "decides": me_of(request).role in DECIDES,
        "channel_names": NOTICE_CHANNELS,
        "state_names": NOTICE_STATES,
    }
    return part_or_page(request, "notifications/notices_list.html", "notifications/notices.html", context)


async def api_resend(request: web.Request) -> NoticeAnswer:
    async with transaction(house_of(request).sessions) as session:
        await resend(session, id_in(request), by=me_of(request).display_name, at=clock.now())
    return await api_notice(request)


async def api_drop(request: web.Request) -> NoticeAnswer:
    async with transaction(house_of(request).sessions) as session:
        await drop(session, id_in(request), by=me_of(request).display_name, at=clock.now())
    return await api_notice(request)


async def submit_resend(request: web.Request) -> web.StreamResponse:
    await api_resend(request)
    raise web.HTTPSeeOther("/notices")


async def submit_drop(request: web.Request) -> web.StreamResponse:
    await api_drop(request)
    raise web.HTTPSeeOther("/notices")


async def api_contacts(request: web.Request) -> ContactsAnswer:
    async with house_of(request).sessions() as session:
        return contacts_answer(house_of(request).city, await contacts.contacts(session))


async def api_add_contact(request: web.Request) -> ContactAnswer:
    return await _add(request, body_of(request, ContactWish))


async def api_remove_contact(request: web.Request) -> Done:
    async with transaction(house_of(request).sessions) as session:
        await contacts.remove_contact(session, id_in(request), by=me_of(request).display_name, at=clock.now())
    return Done()


async def show_contacts(request: web.Request) -> web.StreamResponse:
    return await _contacts_page(request)


async def submit_contact(request: web.Request) -> web.StreamResponse:
    sent = {name: str(value).strip() for name, value in (await request.post()).items() if value}
    # One field chooses both who and of which office or unit: `office:housing`, `leader`.
    typed = dict(sent)
    typed["audience"], _, code = typed.pop("to", "").partition(":")
    try:
        await _add(request, read(ContactWish, typed | ({"code": code} if code else {})))
    except BadInput as error:
        return await _contacts_page(request, error, sent)
    raise web.HTTPSeeOther("/contacts")


async def submit_remove_contact(request: web.Request) -> web.StreamResponse:
    await api_remove_contact(request)
    raise web.HTTPSeeOther("/contacts")


async def _add(request: web.Request, wish: ContactWish) -> ContactAnswer:
    house = house_of(request)
    if wish.channel is NoticeChannel.WEBHOOK:
        _check_host(wish.address, house.settings.notices.webhook_hosts)
    async with transaction(house.sessions) as session:
        contact = await contacts.add_contact(
            session,
            house.city,
            wish.audience,
            wish.code or "",
            wish.channel,
            wish.address,
            secret=wish.secret,
            with_link=wish.with_link,
            by=me_of(request).display_name,
            at=clock.now(),
        )
        return contact_answer(house.city, contact)


def _check_host(address: str, hosts: tuple[str, ...]) -> None:
    if urlsplit(address).hostname not in hosts:
        raise BadInput(fields={"address": "这个主机不在允许之列，请联系系统管理员允许它。"})


async def _contacts_page(
    request: web.Request, refused: HotlineError | None = None, typed: dict[str, str] | None = None
) -> web.StreamResponse:
    house = house_of(request)
    async with house.sessions() as session:
        reach = await reach_list(session, house.policy, clock.now())
    answer, stands = await api_contacts(request), {one.contact_id: one for one in reach.targets}
    worst_first = {contact_id: place for place, contact_id in enumerate(stands)}
    context: dict[str, Any] = {
        "answer": answer,
        # One that was entered this moment stands there with the next look.
        "contacts": sorted((one for one in answer.contacts if one.id in stands), key=lambda one: worst_first[one.id]),
        "reach": stands,
        "alarms": [one for one in reach.targets if one.alarm],
        "unlisted_offices": reach.unlisted_offices,
        "unlisted_units": reach.unlisted_units,
        "scheduled": reach.scheduled,
        "keeps": me_of(request).role in KEEPS_CONTACTS,
        "refused": ("".join(getattr(refused, "fields", {}).values()) or refused.message) if refused else "",
        "typed": typed or {},
        "channel_names": NOTICE_CHANNELS,
        "audience_names": AUDIENCES,
        "of_the_city": OF_THE_CITY,
        "set_up": make_senders(house.settings.notices),
    }
    if refused:
        return page(request, "notifications/contacts.html", context, status=422)
    return part_or_page(request, "notifications/contacts_list.html", "notifications/contacts.html", context)


ROUTES = [
    Route("GET", "/notices", "notices", show_notices, WATCHERS, query=NoticesQuery),
    Route("POST", r"/notices/{id:\d+}/resend", "submit_resend", submit_resend, DECIDES),
    Route("POST", r"/notices/{id:\d+}/drop", "submit_drop", submit_drop, DECIDES),
    Route(
        "GET", "/api/notices", "list_sent_notices", api_notices, WATCHERS,
        says="发给诉求人、单位和领导的通知，新的在前；各渠道近七天的情况", query=NoticesQuery, answer=NoticeListAnswer,
    ),
    Route(
        "GET", r"/api/notices/{id:\d+}", "get_notice", api_notice, WATCHERS,
        says="一条通知和每次发送", answer=NoticeAnswer,
    ),
    Route(
        "POST", r"/api/notices/{id:\d+}/resend", "resend_notice", api_resend, DECIDES,
        says="重新发送", answer=NoticeAnswer,
    ),
    Route(
        "POST", r"/api/notices/{id:\d+}/drop", "drop_notice", api_drop, DECIDES,
        says="不再发送", answer=NoticeAnswer,
    ),
    Route("GET", "/contacts", "contacts", show_contacts, WATCHERS),
    Route("POST", "/contacts", "submit_contact", submit_contact, KEEPS_CONTACTS),
    Route("POST", r"/contacts/{id:\d+}/remove", "submit_remove_contact", submit_remove_contact, KEEPS_CONTACTS),
    Route("GET", "/api/contacts", "list_contacts", api_contacts, WATCHERS, says="通知发到哪里", answer=ContactsAnswer),
    Route(
        "POST", "/api/contacts", "add_contact", api_add_contact, KEEPS_CONTACTS,
        says="登记一个联系方式", body=ContactWish, answer=ContactAnswer, status=201,
    ),
    Route(
        "POST", r"/api/contacts/{id:\d+}/remove", "remove_contact", api_remove_contact, KEEPS_CONTACTS,
        says="停用一个联系方式", answer=Done,
    ),
]  # fmt: skip
