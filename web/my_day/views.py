"""我的一天, as a page: of a day, or of one of the city's shifts. Each sees their own only: the address names nobody."""

import asyncio
import datetime as dt
from dataclasses import dataclass

from aiohttp import web

from access.accounts.roles import DESK
from core import clock
from core.clock import in_city
from core.errors import BadInput
from core.instants import Day
from telephony.figures.counting import Period
from telephony.monitoring.roster import RosterShift, load_shifts
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, query_of
from web.http.schemas import Line, Message
from web.my_day.labels import CAME_BACK
from web.my_day.presenter import load_my_day, whole_day


class MyDayQuery(Message):
    day: Day | None = None
    """In the city's zone; of a shift the day on which it begins. None: today, or the shift that began yesterday and
    still lasts."""
    shift: Line = ""
    """Its name in the roster; empty: the whole day."""


@dataclass(frozen=True)
class ShownShift:
    name: str
    begins: dt.datetime
    ends: dt.datetime


async def show_my_day(request: web.Request) -> web.StreamResponse:
    me, at, query = me_of(request), clock.now(), query_of(request, MyDayQuery)
    if me.extension is None:
        raise BadInput("这个账号没有分机号，请联系系统管理员。")
    shifts, today = await asyncio.to_thread(load_shifts, context_of(request).settings.city), in_city(at).date()
    lasting = _since_yesterday(shifts, at) if query == MyDayQuery() else None
    day = query.day or (today if lasting is None else in_city(lasting.begins).date())
    if day > today:
        raise BadInput(fields={"day": "请选今天或以前的日期。"})
    of_day = _shifts_on(shifts, day)
    shown = lasting or next((one for one in of_day if one.name == query.shift), None)
    if query.shift and shown is None:
        raise BadInput(fields={"shift": "这一天没有这个班次。"})
    period: Period = (shown.begins, shown.ends) if shown else whole_day(day)
    async with context_of(request).sessions() as session:
        mine = await load_my_day(session, me, me.extension, period, at)
    before, after = day - dt.timedelta(days=1), day + dt.timedelta(days=1)
    context = {
        "mine": mine,
        "day": day,
        "shift": shown,
        "shifts": of_day,
        "came_back": CAME_BACK,
        "before": before,
        "after": after if after <= today else None,
    }
    return page(request, "my_day/my_day.html", context)


def _shifts_on(shifts: tuple[RosterShift, ...], day: dt.date) -> list[ShownShift]:
    spans = [(shift.name, shift.span_on(day)) for shift in shifts]
    return [ShownShift(name, *span) for name, span in spans if span is not None]


def _since_yesterday(shifts: tuple[RosterShift, ...], at: dt.datetime) -> ShownShift | None:
    """The shift over midnight in which it is `at`; whoever works it sees it whole."""
    found = _shifts_on(shifts, in_city(at).date() - dt.timedelta(days=1))
    return next((one for one in found if one.begins <= at < one.ends), None)


ROUTES = [Route("GET", "/my-day", "my_day", show_my_day, DESK, query=MyDayQuery)]
