"""Notifications: what went out, what did not and why, sent again by one click; and people's addresses."""

from collections.abc import Collection, Sequence
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from access.accounts.sessions import Me
from core import clock
from core.database import transaction
from core.errors import BadInput, NotFound
from dispatch.channels.senders import make_senders
from dispatch.notifications import contacts
from dispatch.notifications.labels import AUDIENCES, NOTIFICATION_CHANNELS, NOTIFICATION_STATES
from dispatch.notifications.models import Contact
from dispatch.notifications.queue import drop, get_notification, list_notifications, resend
from dispatch.notifications.rules import Audience, NotificationState, Template
from dispatch.steps.internal_notes import OF_NOTES, WRITE
from dispatch.steps.take import find_order
from dispatch.workflow import Role
from web.http.answers.pages import page, part_or_page
from web.http.answers.rejection import NOTHING_WRONG, Rejection, rejection_of
from web.http.routes import Route, body_of, context_of, id_in, me_of, query_of, read
from web.http.schemas import Done
from web.notifications.presenter import (
    OF_THE_CITY,
    SHOWN,
    ContactAnswer,
    ContactRequest,
    ContactsAnswer,
    NotificationAnswer,
    NotificationListAnswer,
    NotificationsQuery,
    channel_answers,
    contact_answer,
    contacts_answer,
    notification_answer,
)
from web.notifications.reachability import reachability_list

WATCHERS = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR})
DECIDES = frozenset({Role.COORDINATOR, Role.SUPERVISOR})
NOBODYS = "没有这个登录名，或者不是这个单位的人。"
KEEPS_CONTACTS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def api_notifications(request: web.Request) -> NotificationListAnswer:
    app_context, me, query, at = context_of(request), me_of(request), query_of(request, NotificationsQuery), clock.now()
    async with app_context.sessions() as session:
        order = await find_order(session, query.order.strip().upper()) if query.order else None
        found = await list_notifications(
            session,
            states=(query.state,) if query.state else (),
            channel=query.channel,
            order_id=None if query.order is None else order.id if order else 0,
            before=query.before,
            without=_kept_from(me),
            limit=SHOWN,
        )
        return NotificationListAnswer(
            notifications=[notification_answer(me, app_context.city, notification) for notification in found],
            channels=await channel_answers(session, make_senders(app_context.settings.notifications), at),
            next=found[-1].id if len(found) == SHOWN else None,
        )


async def api_notification(request: web.Request) -> NotificationAnswer:
    app_context = context_of(request)
    async with app_context.sessions() as session:
        found = await get_notification(session, id_in(request))
        if found.template in _kept_from(me_of(request)):
            raise NotFound("没有这条通知。")
        return notification_answer(me_of(request), app_context.city, found)


def _kept_from(me: Me) -> Collection[Template]:
    """Only who may read internal notes learns that one was written."""
    return () if me.role in WRITE else OF_NOTES


async def show_notifications(request: web.Request) -> web.StreamResponse:
    """What cannot be sent comes first: it is what people are here for."""
    answer, query = await api_notifications(request), query_of(request, NotificationsQuery)
    async with context_of(request).sessions() as session:
        dead = await list_notifications(
            session,
            states=(NotificationState.DEAD, NotificationState.UNKNOWN),
            without=_kept_from(me_of(request)),
            limit=SHOWN,
        )
        answers = [notification_answer(me_of(request), context_of(request).city, notification) for notification in dead]
    whole = query.state is None and query.channel is None and query.order is None and query.before is None
    context = {
        "answer": answer,
        "dead": answers if whole else [],
        "query": query,
        "decides": me_of(request).role in DECIDES,
        "channel_names": NOTIFICATION_CHANNELS,
        "state_names": NOTIFICATION_STATES,
    }
    return part_or_page(request, "notifications/notifications_list.html", "notifications/notifications.html", context)


async def api_resend(request: web.Request) -> NotificationAnswer:
    async with transaction(context_of(request).sessions) as session:
        await resend(session, id_in(request), by=me_of(request).display_name, at=clock.now())
    return await api_notification(request)


async def api_drop(request: web.Request) -> NotificationAnswer:
    async with transaction(context_of(request).sessions) as session:
        await drop(session, id_in(request), by=me_of(request).display_name, at=clock.now())
    return await api_notification(request)


async def submit_resend(request: web.Request) -> web.StreamResponse:
    await api_resend(request)
    raise web.HTTPSeeOther("/notifications")


async def submit_drop(request: web.Request) -> web.StreamResponse:
    await api_drop(request)
    raise web.HTTPSeeOther("/notifications")


async def api_contacts(request: web.Request) -> ContactsAnswer:
    async with context_of(request).sessions() as session:
        found = await contacts.contacts(session)
        return contacts_answer(context_of(request).city, found, await _owners(session, found))


async def api_add_contact(request: web.Request) -> ContactAnswer:
    return await _add(request, body_of(request, ContactRequest))


async def api_remove_contact(request: web.Request) -> Done:
    async with transaction(context_of(request).sessions) as session:
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
        await _add(request, read(ContactRequest, typed | ({"code": code} if code else {})))
    except BadInput as error:
        return await _contacts_page(request, rejection_of(error), sent)
    raise web.HTTPSeeOther("/contacts")


async def submit_remove_contact(request: web.Request) -> web.StreamResponse:
    await api_remove_contact(request)
    raise web.HTTPSeeOther("/contacts")


async def _add(request: web.Request, wanted: ContactRequest) -> ContactAnswer:
    app_context = context_of(request)
    if why := contacts.wrong_host(wanted.channel, wanted.address, app_context.settings.notifications.webhook_hosts):
        raise BadInput(fields={"address": why})
    async with transaction(app_context.sessions) as session:
        owner = await _owner(session, wanted)
        contact = await contacts.add_contact(
            session,
            app_context.city,
            wanted.audience,
            wanted.code or "",
            wanted.channel,
            wanted.address,
            secret=wanted.secret,
            with_link=wanted.with_link,
            account_id=owner.id if owner else None,
            by=me_of(request).display_name,
            at=clock.now(),
        )
        return contact_answer(app_context.city, contact, {owner.id: owner.display_name} if owner else {})


async def _owner(session: AsyncSession, wanted: ContactRequest) -> Account | None:
    """Raises BadInput where nobody there is called so."""
    if not wanted.account:
        return None
    found = await session.scalar(select(Account).where(Account.name == wanted.account.lower()))
    if not belongs_to(wanted.audience, wanted.code or "", found):
        raise BadInput(fields={"account": NOBODYS})
    return found


def belongs_to(audience: Audience, code: str, account: Account | None) -> bool:
    """Whether a contact of these may be this person's own."""
    if account is None:
        return False
    of_the_office = audience is Audience.OFFICE and account.office_code == code
    return of_the_office or account.role.value == audience.value


async def _owners(session: AsyncSession, found: Sequence[Contact]) -> dict[int, str]:
    ids = {one.account_id for one in found if one.account_id is not None}
    rows = await session.execute(select(Account.id, Account.display_name).where(Account.id.in_(ids)))
    return {account_id: name for account_id, name in rows}


async def _contacts_page(
    request: web.Request, refused: Rejection = NOTHING_WRONG, typed: dict[str, str] | None = None
) -> web.StreamResponse:
    app_context = context_of(request)
    async with app_context.sessions() as session:
        reach = await reachability_list(session, app_context.policy, clock.now())
    answer, stands = await api_contacts(request), {one.contact_id: one for one in reach.targets}
    worst_first = {contact_id: place for place, contact_id in enumerate(stands)}
    context: dict[str, Any] = {
        "answer": answer,
        # One that was entered this moment is there on the next load.
        "contacts": sorted((one for one in answer.contacts if one.id in stands), key=lambda one: worst_first[one.id]),
        "reachability": stands,
        "alarms": [one for one in reach.targets if one.alarm],
        "unlisted_offices": reach.unlisted_offices,
        "unlisted_units": reach.unlisted_units,
        "scheduled": reach.scheduled,
        "keeps": me_of(request).role in KEEPS_CONTACTS,
        "refused": refused.sentence,
        "typed": typed or {},
        "channel_names": NOTIFICATION_CHANNELS,
        "audience_names": AUDIENCES,
        "of_the_city": OF_THE_CITY,
        "set_up": make_senders(app_context.settings.notifications),
    }
    if refused is not NOTHING_WRONG:
        return page(request, "notifications/contacts.html", context, status=refused.status)
    return part_or_page(request, "notifications/contacts_list.html", "notifications/contacts.html", context)


ROUTES = [
    Route("GET", "/notifications", "notifications", show_notifications, WATCHERS, query=NotificationsQuery),
    Route("POST", r"/notifications/{id:\d+}/resend", "submit_resend", submit_resend, DECIDES),
    Route("POST", r"/notifications/{id:\d+}/drop", "submit_drop", submit_drop, DECIDES),
    Route(
        "GET", "/api/notifications", "list_sent_notifications", api_notifications, WATCHERS,
        says="发给诉求人、单位和领导的通知，新的在前；各渠道近七天的情况",
        query=NotificationsQuery, answer=NotificationListAnswer,
    ),
    Route(
        "GET", r"/api/notifications/{id:\d+}", "get_notification", api_notification, WATCHERS,
        says="一条通知和每次发送", answer=NotificationAnswer,
    ),
    Route(
        "POST", r"/api/notifications/{id:\d+}/resend", "resend_notification", api_resend, DECIDES,
        says="重新发送", answer=NotificationAnswer,
    ),
    Route(
        "POST", r"/api/notifications/{id:\d+}/drop", "drop_notification", api_drop, DECIDES,
        says="不再发送", answer=NotificationAnswer,
    ),
    Route("GET", "/contacts", "contacts", show_contacts, WATCHERS),
    Route("POST", "/contacts", "submit_contact", submit_contact, KEEPS_CONTACTS),
    Route("POST", r"/contacts/{id:\d+}/remove", "submit_remove_contact", submit_remove_contact, KEEPS_CONTACTS),
    Route("GET", "/api/contacts", "list_contacts", api_contacts, WATCHERS, says="通知发到哪里", answer=ContactsAnswer),
    Route(
        "POST", "/api/contacts", "add_contact", api_add_contact, KEEPS_CONTACTS,
        says="登记一个联系方式", body=ContactRequest, answer=ContactAnswer, status=201,
    ),
    Route(
        "POST", r"/api/contacts/{id:\d+}/remove", "remove_contact", api_remove_contact, KEEPS_CONTACTS,
        says="停用一个联系方式", answer=Done,
    ),
]  # fmt: skip
