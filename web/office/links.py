"""What an office reads behind its link, and what coordinators and supervisors read of an order's links."""

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import actor_of
from core import clock
from dispatch.city.records import City
from dispatch.notifications.labels import LINK_ACTIONS, LINK_ENDS
from dispatch.notifications.office_link_models import LinkAction, OfficeLink
from dispatch.notifications.office_links import LINK_PATH, handles, links_of
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.specs import LINK_STEPS
from dispatch.steps.take import get_order
from dispatch.workflow import Role
from web.http.schemas import Code, Message
from web.orders.presenter import order_answer
from web.orders.schemas import OrderAnswer
from web.orders.timeline import TimelineEntry, timeline
from web.orders.timeline_sources import load_beside

_NO_ACCOUNT = 0


@dataclass(frozen=True)
class Opened:
    """Somebody came through a link that is good."""

    token: str
    link_id: int
    order_id: int
    expires_at: dt.datetime
    me: Me
    """The office as access.visibility.rules knows it; nobody's account, so no citizen is ever shown to it."""
    held_up: str = ""
    """Why what was asked for has to wait (dispatch.notifications.office_links.use_link); empty: it need not."""

    @property
    def path(self) -> str:
        return f"/{LINK_PATH}/{self.token}"

    @property
    def api_path(self) -> str:
        return f"/api/office-links/{self.token}"

    @property
    def actor(self) -> Actor:
        return replace(actor_of(self.me), account_id=None)


class LinkUse(Message):
    at: dt.datetime
    action: LinkAction
    deed_name: str
    address: str
    """From where, its last part left out; empty: unknown."""


class SentLink(Message):
    """A link as the order's page shows it; only the office gets the address itself."""

    id: int
    office_code: str
    office: str
    made_at: dt.datetime
    made_by: str
    expires_at: dt.datetime
    good: bool
    state_name: str
    uses: list[LinkUse]


class SentLinksAnswer(Message):
    links: list[SentLink]
    """Newest first."""


class LinkRequest(Message):
    office: Code
    """Leads the order or helps with it."""


def opened(token: str, link: OfficeLink, city: City, held_up: str = "") -> Opened:
    """History calls the office by its name, and says that it was a link."""
    name = f"{_name(city, link.office_code)}（经链接）"
    me = Me(_NO_ACCOUNT, LINK_PATH, name, Role.OFFICE, office_code=link.office_code, link_id=link.id)
    return Opened(token, link.id, link.order_id, link.expires_at, me, held_up)


async def order_behind(session: AsyncSession, policy: Policy, one: Opened, *, at: dt.datetime) -> OrderAnswer:
    """The order as the office may know it. Left out are calls and assignments: they lead to voices and to other
    people."""
    order = await order_answer(session, policy, one.me, await get_order(session, one.order_id), at=at)
    mine = [step for step in order.open_steps if step.step in LINK_STEPS]
    return order.model_copy(update={"open_steps": mine, "calls": [], "assignments": [], "crew_searches": []})


async def story_behind(session: AsyncSession, city: City, one: Opened, order: OrderAnswer) -> list[TimelineEntry]:
    """Its steps and what hangs on it."""
    beside = await load_beside(session, city, await get_order(session, one.order_id), one.me)
    return timeline(order, city, [_through(one, entry) for entry in beside])


def _through(one: Opened, entry: TimelineEntry) -> TimelineEntry:
    """With the addresses that the link opens."""
    shown = {name: getattr(entry, name) for name in ("sound", "picture", "file")}
    return replace(
        entry, **{name: at.replace("/api/attachments", f"{one.api_path}/attachments", 1) for name, at in shown.items()}
    )


async def sent_links(session: AsyncSession, city: City, order_id: int) -> list[SentLink]:
    """Newest first."""
    return [_sent(city, link, clock.now()) for link in await links_of(session, order_id)]


def _sent(city: City, link: OfficeLink, at: dt.datetime) -> SentLink:
    if link.ended is not None:
        state = f"{link.ended_by}{LINK_ENDS[link.ended]}"
    else:
        state = "有效" if at < link.expires_at else "已过期"
    return SentLink(
        id=link.id,
        office_code=link.office_code,
        office=_name(city, link.office_code),
        made_at=link.made_at,
        made_by=link.made_by,
        expires_at=link.expires_at,
        good=state == "有效",
        state_name=state,
        uses=[
            LinkUse(at=use.at, action=use.action, deed_name=LINK_ACTIONS[use.action], address=use.address)
            for use in link.uses
        ],
    )


def offices_on(city: City, order: Order) -> list[tuple[str, str]]:
    """Code and name of those who may be sent a link, the lead office first."""
    codes = (order.lead_office_code, *(co.office_code for co in order.co_offices))
    return [(code, _name(city, code)) for code in codes if code and handles(order, code)]


def _name(city: City, code: str) -> str:
    return city.offices[code].name if code in city.offices else code
