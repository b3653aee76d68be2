"""The line's figures: the page, the same as JSON, the same as CSV."""

import datetime as dt

from aiohttp import web

from access.accounts.agent_names import agent_names
from core import clock
from core.clock import in_city
from dispatch.workflow import Role
from web.http.answers.pages import page
from web.http.routes import Route, context_of, query_of
from web.supervision.figures import FiguresAnswer, FiguresQuery, as_csv, load_figures
from web.supervision.labels import FIGURES_BY
from web.supervision.line_charts import line_charts

READERS = frozenset({Role.SUPERVISOR, Role.LEADER, Role.COORDINATOR, Role.ADMINISTRATOR})


async def api_figures(request: web.Request) -> FiguresAnswer:
    async with context_of(request).sessions() as session:
        return await load_figures(session, query_of(request, FiguresQuery), clock.now())


async def csv_figures(request: web.Request) -> web.StreamResponse:
    answer = await api_figures(request)
    name = f"figures-{answer.by}-{answer.since:%Y%m%d}-{answer.until:%Y%m%d}.csv"
    return web.Response(
        body=as_csv(answer).encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def show_figures(request: web.Request) -> web.StreamResponse:
    answer = await api_figures(request)
    wanted = query_of(request, FiguresQuery)
    async with context_of(request).sessions() as session:
        names = await agent_names(session)
    calls, waits = line_charts(answer, clock.now(), context_of(request).city.calendar.is_working_day)
    shown = {
        "figures": answer,
        "agent_names": names,
        "calls_chart": calls,
        "waits_chart": waits,
        "ways": FIGURES_BY,
        "by": wanted.by,
        "first_day": f"{in_city(answer.since):%Y-%m-%d}",
        "last_day": f"{in_city(answer.until - dt.timedelta(microseconds=1)):%Y-%m-%d}",
    }
    return page(request, "supervision/figures.html", shown)


ROUTES = [
    Route("GET", "/figures", "figures", show_figures, READERS, query=FiguresQuery),
    Route(
        "GET", "/api/figures", "get_figures", api_figures, READERS,
        says="话务指标：按小时、按天或按接线员", query=FiguresQuery, answer=FiguresAnswer,
    ),
    Route(
        "GET", "/api/figures.csv", "get_figures_csv", csv_figures, READERS,
        says="同一话务指标的 CSV 文件", query=FiguresQuery,
    ),
]  # fmt: skip
