"""外出与代办 (AB post): the person away and the stand-in, entered by the person, a colleague of the office, or an
administrator.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from access.accounts.roles import ADMINISTRATORS
from access.accounts.sessions import HAVE_STAND_INS, Me
from core import clock
from core.clock import in_city
from core.database import transaction
from core.errors import BadInput, Conflict, HotlineError, NotFound
from dispatch.absences.absences import change_stand_in, end_absence, enter_absence
from dispatch.absences.models import Absence
from dispatch.absences.rules import Person
from dispatch.city.posts import partner_of
from dispatch.city.records import City
from dispatch.orders.labels import ROLES
from dispatch.workflow import Role
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of

PAGE = "/absences"
_SHOWN = 60
_LONGEST_REASON = 100


async def show_absences(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def submit_absence(request: web.Request) -> web.StreamResponse:
    typed = {name: str(value).strip() for name, value in (await request.post()).items()}
    me, at = me_of(request), clock.now()
    try:
        async with transaction(context_of(request).sessions) as session:
            people = {str(account.id): account for account in await _people(session, me)}
            who, stand_in = people.get(typed.get("account", "")), people.get(typed.get("stand_in", ""))
            if who is None or not _may_enter(me, who):
                raise BadInput(fields={"account": "请选择是谁外出。"})
            await enter_absence(
                session, person_of(who), person_of(stand_in) if stand_in else None, _day(typed, "first_day"),
                _day(typed, "last_day"), " ".join(typed.get("reason", "").split())[:_LONGEST_REASON],
                by=me.display_name, at=at,
            )  # fmt: skip
    except BadInput as error:
        return await _page(request, error, typed)
    raise web.HTTPSeeOther(PAGE)


async def submit_end(request: web.Request) -> web.StreamResponse:
    said = str((await request.post()).get("id", ""))
    me, at = me_of(request), clock.now()
    try:
        async with transaction(context_of(request).sessions) as session:
            mine = {account.id for account in await _people(session, me) if _may_enter(me, account)}
            await end_absence(session, _id(said), mine, by=me.display_name, at=at)
    except (NotFound, Conflict) as error:
        return await _page(request, error)
    raise web.HTTPSeeOther(PAGE)


async def submit_stand_in(request: web.Request) -> web.StreamResponse:
    """Another stand-in for the rest of an absence."""
    typed = {name: str(value).strip() for name, value in (await request.post()).items()}
    me, at = me_of(request), clock.now()
    try:
        async with transaction(context_of(request).sessions) as session:
            people = await _people(session, me)
            mine = {account.id: person_of(account) for account in people if _may_enter(me, account)}
            stand_in = next((person_of(one) for one in people if str(one.id) == typed.get("stand_in")), None)
            await change_stand_in(
                session, _id(typed.get("id", "")), mine.keys(), mine, stand_in, by=me.display_name, at=at
            )
    except (BadInput, NotFound, Conflict) as error:
        return await _page(request, error)
    raise web.HTTPSeeOther(PAGE)


async def _page(
    request: web.Request, refused: HotlineError | None = None, typed: Mapping[str, str] | None = None
) -> web.StreamResponse:
    me, at = me_of(request), clock.now()
    city, today = context_of(request).city, in_city(at).date()
    async with context_of(request).sessions() as session:
        people = await _people(session, me)
        mine = [account.id for account in people if _may_enter(me, account)]
        newest = select(Absence).where(Absence.account_id.in_(mine)).order_by(Absence.id.desc()).limit(_SHOWN)
        rows = (await session.scalars(newest)).all()
    goes_on = [one for one in rows if one.ended_at is None and one.last_day >= today]
    status = 200 if refused is None else 409 if isinstance(refused, Conflict) else 422
    context = {
        "people": [(one.id, _named(one, city)) for one in people if one.disabled_at is None],
        "mine": mine,
        "goes_on": sorted(goes_on, key=lambda one: (one.first_day, one.id)),
        "over": [one for one in rows if one not in goes_on],
        "today": today,
        "typed": typed or {"account": str(me.account_id), "stand_in": _by_the_posts(me, people, city, today)},
        "refused": "".join(getattr(refused, "fields", {}).values()) or refused.message if refused else "",
    }
    return page(request, "accounts/absences.html", context, status=status)


async def _people(session: AsyncSession, me: Me) -> Sequence[Account]:
    """Among whom an absence can be entered: for an office its own people, for others those of the same role."""
    query = select(Account).where(Account.role.in_(HAVE_STAND_INS)).order_by(Account.office_code, Account.display_name)
    if me.role not in ADMINISTRATORS:
        query = query.where(Account.role == me.role)
    if me.role is Role.OFFICE:
        query = query.where(Account.office_code == me.office_code)
    return (await session.scalars(query)).all()


def _by_the_posts(me: Me, people: Sequence[Account], city: City, today: dt.date) -> str:
    """The stand-in of the one who looks, by the posts of the office (A 岗, B 岗); empty: nobody is named."""
    partner = partner_of(city.tenures, me.name, today)
    return next((str(one.id) for one in people if one.name == partner and one.disabled_at is None), "")


def _may_enter(me: Me, account: Account) -> bool:
    """An office's people for one another: it is one author anyway. Others for themselves."""
    return me.role in ADMINISTRATORS or me.role is Role.OFFICE or account.id == me.account_id


def person_of(account: Account) -> Person:
    post = (account.role.value, account.office_code or "")
    return Person(account.id, account.display_name, post, open=account.disabled_at is None)


def _named(account: Account, city: City) -> str:
    office = city.offices.get(account.office_code or "")
    return f"{account.display_name}（{office.name if office else ROLES[account.role]}）"


def _id(said: str) -> int:
    """0: none."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 18 else 0


def _day(typed: Mapping[str, str], name: str) -> dt.date | None:
    """Raises BadInput for what is no day."""
    said = typed.get(name, "")
    if not said:
        return None
    try:
        return dt.date.fromisoformat(said)
    except ValueError:
        raise BadInput(fields={name: "请填写日期，如 2026-12-01。"}) from None


ABSENT = HAVE_STAND_INS | ADMINISTRATORS
ROUTES = [
    Route("GET", PAGE, "absences", show_absences, ABSENT, citizens=False),
    Route("POST", PAGE, "submit_absence", submit_absence, ABSENT, citizens=False),
    Route("POST", f"{PAGE}/stand-in", "submit_absence_stand_in", submit_stand_in, ABSENT, citizens=False),
    Route("POST", f"{PAGE}/end", "submit_absence_end", submit_end, ABSENT, citizens=False),
]
