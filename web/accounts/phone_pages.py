"""话机: what is typed into an agent's or a crew's telephone so that it rings. Agents who work in the browser need none
of it. A password is shown on the page that answers, and each look is written down.
"""

import asyncio
from dataclasses import dataclass

import structlog
from aiohttp import web
from sqlalchemy import select

from access.accounts.log_models import AccountAction
from access.accounts.manage import note_phone_shown
from access.accounts.models import Account
from access.accounts.roles import ADMINISTRATORS
from core.database import transaction
from core.errors import Unavailable
from dispatch.city.records import City
from telephony.monitoring.models import PhoneRegistration
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings, pbx_settings
from web.accounts.actions import changed_by
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of

log = structlog.get_logger()

PAGE = "/admin/phones"


@dataclass(frozen=True)
class ListedPhone:
    name: str
    """Of the exchange's account: 1001, unit-01."""
    whose: str
    present: bool
    """Whether it is registered now."""


@dataclass(frozen=True)
class ShownPhone:
    """What is typed into the telephone."""

    name: str
    whose: str
    server: str
    port: int
    password: str


async def show_phones(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def submit_phone_shown(request: web.Request) -> web.StreamResponse:
    pbx = pbx_settings(context_of(request).settings)
    name = str((await request.post()).get("phone", ""))
    if name not in (*pbx.agents, *pbx.crews):
        return await _page(request, refused="没有这部话机。")
    password = (await asyncio.to_thread(load_secrets, pbx)).phones.get(name)
    if password is None:
        raise Unavailable(f"电话系统没有话机 {name}。")
    async with transaction(context_of(request).sessions) as session:
        owner = await session.scalar(select(Account).where(Account.extension == name, Account.disabled_at.is_(None)))
        looker = await session.get_one(Account, me_of(request).account_id)
        note_phone_shown(session, owner or looker, changed_by(request), name)
    log.info(AccountAction.PHONE_SHOWN, phone=name, by=me_of(request).name)
    whose = owner.display_name if owner else _crew(context_of(request).city, name)
    return await _page(request, shown=ShownPhone(name, whose, _server(pbx, request), pbx.sip_port, password))


async def _page(request: web.Request, *, shown: ShownPhone | None = None, refused: str = "") -> web.StreamResponse:
    app_context = context_of(request)
    pbx, city = pbx_settings(app_context.settings), app_context.city
    async with app_context.sessions() as session:
        seen = await session.scalars(select(PhoneRegistration).filter_by(pbx=app_context.settings.pbx.name))
        present = {row.name for row in seen if row.present}
        owners = select(Account.extension, Account.display_name).where(
            Account.extension.is_not(None), Account.disabled_at.is_(None)
        )
        names = {str(extension): name for extension, name in await session.execute(owners)}
    context = {
        "agents": [ListedPhone(one, names.get(one, ""), one in present) for one in pbx.agents],
        "crews": [ListedPhone(one, _crew(city, one), one in present) for one in pbx.crews],
        "shown": shown,
        "refused": refused,
    }
    return page(request, "accounts/phones.html", context, status=422 if refused else 200)


def _crew(city: City, extension: str) -> str:
    return next((unit.name for unit in city.units.values() if unit.extension == extension), "")


def _server(pbx: PbxSettings, request: web.Request) -> str:
    """Where the exchange listens on every address, the one by which the administrator's browser came."""
    everywhere = pbx.host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
    return (request.url.host or "") if everywhere else pbx.host


ROUTES = [
    Route("GET", PAGE, "phones", show_phones, ADMINISTRATORS, citizens=False),
    Route("POST", PAGE, "submit_phone_shown", submit_phone_shown, ADMINISTRATORS, citizens=False),
]
