"""The inbox of an office or a crew: what lies before them, acknowledged and accepted here."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from access.accounts.roles import HANDS, OVERSEERS
from access.visibility.rules import redactor_of_order
from core import clock
from core.city_words import city_words
from core.clock import in_city
from core.database import transaction
from core.errors import NotAllowed
from dispatch.absences.absences import absences_from
from dispatch.absences.models import Absence
from dispatch.assignments.assign import OPEN, acknowledge, done_lately, inbox, to_do
from dispatch.clock.deadlines import Lamp
from dispatch.orders.assignment_models import Assignment, AssignmentPurpose, RecipientKind
from dispatch.orders.labels import PURPOSES
from dispatch.policy import Policy
from dispatch.steps.internal_notes import unread_by_order
from dispatch.supervision.scorecards import Scorecard, scorecards
from web.http.answers.pages import part_or_page
from web.http.routes import Route, context_of, id_in, me_of, query_of
from web.http.schemas import Done
from web.http.sockets.inboxes import Owner, owner_of
from web.office.returns import OfficeReturn, returns_of
from web.orders.cards import IN_HAND, OrderCard, order_card, part_due
from web.orders.presenter import order_summary
from web.orders.schemas import InboxAnswer, InboxItem, InboxQuery

SHOWN = 200
DONE_SHOWN = 20
_LAMPS = (("快到时限", Lamp.YELLOW), ("已超时", Lamp.RED))
FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class InboxWaiting:
    """One inbox with something unacknowledged in it."""

    owner: Owner
    count: int
    oldest: dt.datetime


@dataclass(frozen=True)
class AssignmentCard:
    """One assignment with its order, as a card."""

    id: int
    purpose: str
    created_at: dt.datetime
    acknowledged_at: dt.datetime | None
    card: OrderCard
    matter: str
    """The citizen covered."""
    has_note: bool
    """City hall wrote about it, and the office has not read it."""


async def show_inbox(request: web.Request) -> web.StreamResponse:
    owner = owner_of(me_of(request))
    if owner is None:
        raise NotAllowed(f"这个账号没有指明单位或{city_words().crew}，请联系系统管理员。")
    return await _page(request, owner)


async def show_other_inbox(request: web.Request) -> web.StreamResponse:
    """Anybody's, for those who oversee; looking at it acknowledges nothing."""
    return await _page(request, Owner(RecipientKind(request.match_info["kind"]), request.match_info["code"]))


async def show_inboxes(request: web.Request) -> web.StreamResponse:
    """How much waits before whom, for those who oversee."""
    async with context_of(request).sessions() as session:
        rows = await session.execute(
            select(Assignment.recipient_kind, Assignment.recipient_code, func.count(), func.min(Assignment.created_at))
            .where(OPEN)
            .group_by(Assignment.recipient_kind, Assignment.recipient_code)
            .order_by(func.min(Assignment.created_at))
        )
        waiting = [InboxWaiting(Owner(kind, code), count, oldest) for kind, code, count, oldest in rows]
    return part_or_page(
        request, "office/inboxes_lists.html", "office/inboxes.html", {"waiting": waiting, "at": clock.now()}
    )


async def api_inbox(request: web.Request) -> InboxAnswer:
    owner = owner_of(me_of(request))
    if owner is None:
        raise NotAllowed(f"这个账号没有指明单位或{city_words().crew}，请联系系统管理员。")
    query = query_of(request, InboxQuery)
    async with context_of(request).sessions() as session:
        rows = await inbox(session, owner.kind, owner.code, open_only=not query.all, limit=SHOWN)
    return InboxAnswer(assignments=[inbox_item(assignment) for assignment in rows])


async def api_acknowledge(request: web.Request) -> Done:
    await _acknowledge(request)
    return Done()


async def submit_acknowledge(request: web.Request) -> web.StreamResponse:
    await _acknowledge(request)
    raise web.HTTPSeeOther("/inbox")


def inbox_item(assignment: Assignment) -> InboxItem:
    return InboxItem(
        id=assignment.id,
        purpose=assignment.purpose,
        created_at=assignment.created_at,
        acknowledged_at=assignment.acknowledged_at,
        order=order_summary(assignment.order),
    )


async def _page(request: web.Request, owner: Owner) -> web.StreamResponse:
    """New, in hand, and lately done; by htmx only the lists."""
    policy, at, whose = context_of(request).policy, clock.now(), (owner.kind, owner.code)
    async with context_of(request).sessions() as session:
        rows = await to_do(session, *whose, IN_HAND, limit=SHOWN)
        over = await done_lately(session, *whose, IN_HAND, limit=DONE_SHOWN)
        figures = await _figures(session, owner, at)
        away = [] if owner.is_crew else await _away(session, owner, at)
        noted: set[int] = set()
        returns: list[OfficeReturn] = []
        if not owner.is_crew:
            returns = await returns_of(session, owner.code, at)
            noted = await unread_by_order(session, owner.code, [row.order_id for row in (*rows, *over)])
    items = [_item(row, policy, at, noted) for row in rows]
    in_hand = [one for one in items if one.acknowledged_at]
    new = [one for one in items if not one.acknowledged_at]
    context = {
        "owner": owner,
        "mine": owner == owner_of(me_of(request)),
        "new": sorted(new, key=_pressing),
        "tally": _tally([*new, *in_hand], at),
        "in_hand": sorted(in_hand, key=_pressing),
        "done": [_item(row, policy, at, noted) for row in over],
        "figures": figures,
        "returns": returns,
        "away": away,
    }
    return part_or_page(request, "office/inbox_lists.html", "office/inbox.html", context)


async def _away(session: AsyncSession, owner: Owner, at: dt.datetime) -> list[Absence]:
    """The office's people who are away today."""
    today = in_city(at).date()
    people = set(await session.scalars(select(Account.id).where(Account.office_code == owner.code)))
    found = await absences_from(session, today)
    return [one for one in found if one.account_id in people and one.first_day <= today]


async def _figures(session: AsyncSession, owner: Owner, at: dt.datetime) -> Sequence[Scorecard]:
    """The office's own, of this month and the last, as the supervisor counts them; the newer first. None: a crew's."""
    if owner.is_crew:
        return ()
    month = in_city(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    since = (month - dt.timedelta(days=1)).replace(day=1)
    return [one for one in reversed(await scorecards(session, since=since, before=at, at=at, office=owner.code))]


def _item(row: Assignment, policy: Policy, at: dt.datetime, noted: set[int]) -> AssignmentCard:
    return AssignmentCard(
        row.id,
        PURPOSES[row.purpose],
        row.created_at,
        row.acknowledged_at,
        _card(row, policy, at),
        redactor_of_order(row.order).text(row.order.matter),
        row.order_id in noted,
    )


def _pressing(one: AssignmentCard) -> tuple[bool, dt.datetime]:
    """Emergencies first, then what is overdue the longest, then what falls due next."""
    return not one.card.emergency, one.card.due.at if one.card.due else FAR


def _card(row: Assignment, policy: Policy, at: dt.datetime) -> OrderCard:
    """A co-office sees its own limit; the others are the lead office's."""
    card = order_card(order_summary(row.order), policy, at)
    if row.purpose is AssignmentPurpose.ASSIST:
        return replace(card, due=part_due(row.order.co_offices, row.recipient_code, policy, at))
    return card


def _tally(items: Iterable[AssignmentCard], at: dt.datetime) -> list[tuple[str, int, str]]:
    """What is pressing: words, how many, lamp."""
    dues = [one.card.due for one in items if one.card.due]
    today = [due for due in dues if due.lamp != Lamp.RED and in_city(due.at).date() == in_city(at).date()]
    found = [("今天到期", len(today), Lamp.YELLOW)]
    found += [(words, sum(due.lamp == lamp for due in dues), lamp) for words, lamp in _LAMPS]
    return [(words, count, lamp.value) for words, count, lamp in found if count]


async def _acknowledge(request: web.Request) -> None:
    me = me_of(request)
    owner = owner_of(me)
    if owner is None:
        raise NotAllowed()
    async with transaction(context_of(request).sessions) as session:
        await acknowledge(
            session,
            id_in(request),
            kind=owner.kind,
            code=owner.code,
            by=me.signature,
            at=clock.now(),
            via="inbox",
        )


ROUTES = [
    Route("GET", "/inbox", "inbox", show_inbox, HANDS),
    Route("GET", "/inboxes", "inboxes", show_inboxes, OVERSEERS),
    Route("GET", "/inboxes/{kind:office|unit}/{code}", "other_inbox", show_other_inbox, OVERSEERS),
    Route("POST", "/assignments/{id:[0-9]+}/acknowledge", "submit_acknowledge", submit_acknowledge, HANDS),
    Route("GET", "/api/inbox", "get_inbox", api_inbox, HANDS, says="我的派单", query=InboxQuery, answer=InboxAnswer),
    Route(
        "POST", "/api/assignments/{id:[0-9]+}/acknowledge", "acknowledge_assignment", api_acknowledge, HANDS,
        says="确认收到派单", answer=Done,
    ),
]  # fmt: skip
