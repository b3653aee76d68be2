"""岗位与任职: the holders of each office's posts on a day, and all former ones."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from access.accounts.roles import ADMINISTRATORS, CHIEFS
from core import clock
from core.clock import in_city
from dispatch.city.labels import POSTS_HELD
from dispatch.city.posts import FILE, Post, Tenure, holder_on
from dispatch.city.records import City, OfficeEntry
from dispatch.versions.models import CityVersion
from dispatch.workflow import Role
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, query_of
from web.http.schemas import Code, Day, Message

PAGE = "/posts"


class PostsQuery(Message):
    day: Day | None = None
    """As of this day; None: today."""
    office: Code = ""


@dataclass(frozen=True)
class HeldPost:
    post: Post
    holder: str
    since: dt.date | None
    """None: as the table of offices names the holder."""
    account: str
    signs_in: bool
    """Whether the account is there and open; true where none is written."""


@dataclass(frozen=True)
class OfficePosts:
    office: OfficeEntry
    posts: list[HeldPost]


async def show_posts(request: web.Request) -> web.StreamResponse:
    query, city = query_of(request, PostsQuery), context_of(request).city
    today = in_city(clock.now()).date()
    day = query.day or today
    async with context_of(request).sessions() as session:
        accounts = await _open_accounts(session)
        latest = await session.scalar(select(func.max(CityVersion.id)).where(CityVersion.file == FILE))
    chosen = city.offices.get(query.office)
    shown = [chosen] if chosen else list(city.offices.values())
    context = {
        "day": day,
        "today": today,
        "chosen": chosen,
        "offices": list(city.offices.values()),
        "rows": [OfficePosts(one, held_posts(city, one, day, accounts)) for one in shown],
        "history": [one for one in reversed(city.tenures) if chosen and one.office == chosen.code],
        "post_names": POSTS_HELD,
        "file": FILE,
        "based_on": latest or 0,
        "may_change": me_of(request).role in ADMINISTRATORS,
    }
    return page(request, "city/posts.html", context)


def held_posts(city: City, office: OfficeEntry, day: dt.date, open_accounts: frozenset[str]) -> list[HeldPost]:
    """Each post of an office on this day; nobody: an empty holder."""
    named: Mapping[Post, str] = {Post.HEAD: office.head, Post.DEPUTY: office.deputy}
    found: list[HeldPost] = []
    for post in Post:
        tenure: Tenure | None = holder_on(city.tenures, office.code, post, day)
        if tenure is None:
            found.append(HeldPost(post, named.get(post, ""), None, "", signs_in=True))
            continue
        there = not tenure.account or tenure.account in open_accounts
        found.append(HeldPost(post, tenure.holder, tenure.first_day, tenure.account, signs_in=there))
    return found


async def _open_accounts(session: AsyncSession) -> frozenset[str]:
    return frozenset(await session.scalars(select(Account.name).where(Account.disabled_at.is_(None))))


ROUTES = [Route("GET", PAGE, "posts", show_posts, CHIEFS | {Role.LEADER}, query=PostsQuery, citizens=False)]
