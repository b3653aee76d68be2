"""我的一天, as a page. Each sees their own day only: the address names nobody."""

import datetime as dt

from aiohttp import web

from access.accounts.roles import DESK
from core import clock
from core.clock import in_city
from core.errors import BadInput
from core.instants import Day
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, query_of
from web.http.schemas import Message
from web.my_day.labels import CAME_BACK
from web.my_day.presenter import load_my_day


class MyDayQuery(Message):
    day: Day | None = None
    """In the city's zone; None: today."""


async def show_my_day(request: web.Request) -> web.StreamResponse:
    me, today = me_of(request), in_city(clock.now()).date()
    if me.extension is None:
        raise BadInput("这个账号没有分机号，请联系系统管理员。")
    day = query_of(request, MyDayQuery).day or today
    if day > today:
        raise BadInput(fields={"day": "请选今天或以前的日期。"})
    async with context_of(request).sessions() as session:
        mine = await load_my_day(session, me, me.extension, day)
    before, after = day - dt.timedelta(days=1), day + dt.timedelta(days=1)
    context = {"mine": mine, "came_back": CAME_BACK, "before": before, "after": after if after <= today else None}
    return page(request, "my_day/my_day.html", context)


ROUTES = [Route("GET", "/my-day", "my_day", show_my_day, DESK, query=MyDayQuery)]
