"""The coordinator's alarms: orders that no crew took, on each of the coordinator's pages until they are dealt with; and
with them that contacts are not reached.
"""

from aiohttp import web

from access.accounts.roles import OVERSEERS
from access.visibility.rules import redactor_of_order
from core import clock
from core.database import transaction
from dispatch.assignments.crew_search import open_alarms, see_alarm
from dispatch.reachability.rounds import open_alarms as reachability_alarms
from web.http.answers.pages import page, part_or_page
from web.http.routes import Route, context_of, id_in, me_of
from web.http.schemas import Done
from web.orders.crew_search_schemas import UnitAlarm, UnitAlarmsAnswer


async def api_alarms(request: web.Request) -> UnitAlarmsAnswer:
    async with context_of(request).sessions() as session:
        found = await open_alarms(session)
    return UnitAlarmsAnswer(
        alarms=[
            UnitAlarm(
                id=search.id,
                number=search.order.number,
                title=redactor_of_order(search.order).text(search.order.title),
                unit_code=search.unit_code,
                tried=search.tried,
                alarmed_at=search.alarmed_at,
            )
            for search in found
            if search.alarmed_at is not None
        ]
    )


async def show_alarms(request: web.Request) -> web.StreamResponse:
    context = {"alarms": (await api_alarms(request)).alarms}
    return part_or_page(request, "units/unit_alarms_list.html", "units/unit_alarms.html", context)


async def show_line(request: web.Request) -> web.StreamResponse:
    """The line at the head of every page."""
    async with context_of(request).sessions() as session:
        unreachable = len(await reachability_alarms(session))
    context = {"alarms": (await api_alarms(request)).alarms, "unreachable": unreachable}
    return page(request, "units/unit_alarms_line.html", context)


async def api_see(request: web.Request) -> Done:
    await _see(request)
    return Done()


async def submit_see(request: web.Request) -> web.StreamResponse:
    await _see(request)
    raise web.HTTPSeeOther("/unit-alarms")


async def _see(request: web.Request) -> None:
    async with transaction(context_of(request).sessions) as session:
        await see_alarm(session, id_in(request), by=me_of(request).display_name, at=clock.now())


ROUTES = [
    Route("GET", "/unit-alarms", "unit_alarms", show_alarms, OVERSEERS),
    Route("GET", "/unit-alarms/line", "unit_alarms_line", show_line, OVERSEERS),
    Route("POST", "/unit-alarms/{id:[0-9]+}/seen", "submit_unit_alarm_seen", submit_see, OVERSEERS),
    Route(
        "GET", "/api/unit-alarms", "get_unit_alarms", api_alarms, OVERSEERS,
        says="没有{crew}接单的工单", answer=UnitAlarmsAnswer,
    ),
    Route(
        "POST", "/api/unit-alarms/{id:[0-9]+}/seen", "see_unit_alarm", api_see, OVERSEERS,
        says="知悉无人接单的告警", answer=Done,
    ),
]  # fmt: skip
