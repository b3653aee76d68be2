"""在办工单: what is not finished, by its age, as a chart and as the table that it is drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from core import clock
from dispatch.supervision.open_orders import AGES, AgeGroup, open_by_age
from web.charts.columns import Columns, Point, columns_of
from web.http.answers.pages import page
from web.http.routes import Route, context_of
from web.orders.lists.page_links import orders_address
from web.supervision.figures_views import READERS


@dataclass(frozen=True)
class AgeRow:
    label: str
    words: str
    group: AgeGroup
    address: str
    """The same orders as a list."""
    overdue_address: str


def age_rows(groups: Sequence[AgeGroup]) -> list[AgeRow]:
    return [_row(*age, group) for age, group in zip(AGES, groups, strict=True)]


def age_chart(rows: Sequence[AgeRow]) -> Columns | None:
    """None: no order is open."""
    if not any(row.group.in_time or row.group.overdue for row in rows):
        return None
    points = [Point(row.label, row.words, (row.group.in_time, row.group.overdue)) for row in rows]
    return columns_of("chart-ages", "在办工单，按受理以来的天数", ("未超时", "已超时"), points)


def _row(least: int, most: int | None, group: AgeGroup) -> AgeRow:
    first = {"first": group.first.isoformat()} if group.first else {}
    filters = {"open": "true", **first, "last": group.last.isoformat()}
    if most is None:
        label, words = f"{least}天起", f"受理已满{least}天"
    elif most == 0:
        label, words = "今天", "今天受理"
    else:
        label, words = f"{least}–{most}天", f"受理{least}至{most}天"
    overdue = orders_address({**filters, "waiting": "finish_overdue"}, None)
    return AgeRow(label, words, group, orders_address(filters, None), overdue)


async def show_open_orders(request: web.Request) -> web.StreamResponse:
    at = clock.now()
    async with context_of(request).sessions() as session:
        rows = age_rows(await open_by_age(session, at=at))
    return page(request, "supervision/open_orders.html", {"rows": rows, "chart": age_chart(rows), "at": at})


ROUTES = [Route("GET", "/figures/open-orders", "open_orders", show_open_orders, READERS)]
