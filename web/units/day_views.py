"""A crew's day: what it did from when to when, as a chart and as the table that it is drawn from."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlalchemy import select

from access.accounts.roles import CHIEFS
from access.visibility.rules import redactor_of_order
from core import clock
from core.city_words import city_words
from core.clock import CITY_ZONE, in_city
from core.errors import BadInput, NotFound
from core.instants import Day
from dispatch.crews.day import Stretch, load_unit_day
from dispatch.crews.labels import UNIT_STATUSES
from dispatch.crews.rules import UnitStatus
from dispatch.orders.models import Order
from web.charts.day_lanes import DayLanes, DaySpan, day_lanes
from web.http.answers.pages import page
from web.http.routes import Route, context_of, query_of
from web.http.schemas import Message
from web.labels import lasted

LANES = (UnitStatus.FREE, UnitStatus.ACCEPTED, UnitStatus.ON_THE_WAY, UnitStatus.THERE)


class UnitDayQuery(Message):
    day: Day | None = None
    """In the city's zone; None: today."""


async def show_unit_day(request: web.Request) -> web.StreamResponse:
    app_context, at = context_of(request), clock.now()
    unit = app_context.city.units.get(request.match_info["code"])
    if unit is None:
        raise NotFound(f"没有这个{city_words().crew}。")
    today = in_city(at).date()
    day = query_of(request, UnitDayQuery).day or today
    if day > today:
        raise BadInput(fields={"day": "请选今天或以前的日期。"})
    midnight = dt.datetime.combine(day, dt.time(), CITY_ZONE)
    async with app_context.sessions() as session:
        stretches = await load_unit_day(session, app_context.policy.crews, unit.code, begin=midnight, at=at)
        ids = {one.order_id for one in stretches if one.order_id}
        orders = {one.id: one for one in await session.scalars(select(Order).where(Order.id.in_(ids)))}
    before, after = day - dt.timedelta(days=1), day + dt.timedelta(days=1)
    context: dict[str, Any] = {
        "unit": unit,
        "day": day,
        "midnight_after": midnight + dt.timedelta(days=1),
        "stretches": stretches,
        "statuses": UNIT_STATUSES,
        "titles": {id: (one.number, redactor_of_order(one).text(one.title)) for id, one in orders.items()},
        "sums": sums_of(stretches),
        "chart": chart_of(stretches, midnight),
        "before": before,
        "after": after if after <= today else None,
    }
    return page(request, "units/unit_day.html", context)


def sums_of(stretches: Sequence[Stretch]) -> Mapping[UnitStatus, float]:
    """Seconds in each status."""
    return {
        status: sum((one.end - one.begin).total_seconds() for one in stretches if one.status is status)
        for status in LANES
    }


def chart_of(stretches: Sequence[Stretch], midnight: dt.datetime) -> DayLanes | None:
    spans = [DaySpan(UNIT_STATUSES[one.status], one.begin, one.end, _words(one)) for one in stretches]
    said = "，".join(
        f"{UNIT_STATUSES[status]} {lasted(total)}" for status, total in sums_of(stretches).items() if total
    )
    lanes = [UNIT_STATUSES[status] for status in LANES]
    return day_lanes("chart-day", "从0时到24时", f"这一天：{said}。起止时间见下面的表。", lanes, spans, midnight)


def _words(one: Stretch) -> str:
    length = lasted((one.end - one.begin).total_seconds())
    return f"{UNIT_STATUSES[one.status]}：{in_city(one.begin):%H:%M}起，{length}"


ROUTES = [Route("GET", "/units/{code}/day", "unit_day", show_unit_day, CHIEFS, query=UnitDayQuery)]
