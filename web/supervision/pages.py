"""The supervisor's pages: accountability list (超时问责), scorecards (考核) and spot checks (抽查)."""

import datetime as dt
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from access.visibility.reporter_guesses import Written, queue_guess_check_in
from access.visibility.rules import actor_of, redactor_of_order
from core import clock
from core.clock import in_city
from core.database import transaction
from core.errors import BadInput, Conflict
from dispatch.supervision.accountability import Sort, accountability
from dispatch.supervision.crew_scorecards import unit_scorecards
from dispatch.supervision.scorecards import scorecards
from dispatch.supervision.spot_checks import (
    SpotCheck,
    draw_spot_check,
    get_spot_check,
    prove,
    record_finding,
    spot_checks,
)
from web.http.answers.pages import page
from web.http.answers.rejection import NOTHING_WRONG, Rejection, rejection_of
from web.http.routes import Route, context_of, id_in, me_of, query_of, read
from web.http.schemas import Code, Message
from web.supervision.findings import findings_of
from web.supervision.presenter import (
    OFFICE_COUNTS,
    OFFICE_SHARES,
    UNIT_SECONDS,
    UNIT_SHARES,
    city_line,
    months_until,
    office_lines,
    unit_lines,
)
from web.supervision.views import CHECKERS, WATCHERS, DrawRequest, SpotCheckFinding, month_of

Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
SHOWN = 500


class ListQuery(Message):
    month: Month | None = None
    """In which the limits lay; None: all."""
    office: Code | None = None
    sort: Sort = Sort.NEWEST


class CardsQuery(Message):
    month: Month | None = None
    by: Literal["office", "unit"] = "office"
    sort: Code = "received"


async def show_accountability(request: web.Request) -> web.StreamResponse:
    query = query_of(request, ListQuery)
    since, before = month_of(query.month) if query.month else (None, None)
    async with context_of(request).sessions() as session:
        entries = await accountability(
            session, office=query.office, since=since, before=before, sort=query.sort, limit=SHOWN
        )
    shown = [(entry, order, redactor_of_order(order).text(order.title)) for entry, order in entries]
    context = {
        "query": query,
        "entries": shown,
        "months": months_until(clock.now()),
        "shown": SHOWN,
        "days": context_of(request).policy.times.accountability_days,
    }
    return page(request, "supervision/supervision_accountability.html", context)


async def show_scorecards(request: web.Request) -> web.StreamResponse:
    query, at = query_of(request, CardsQuery), clock.now()
    month = query.month or f"{in_city(at):%Y-%m}"
    since, before = month_of(month)
    async with context_of(request).sessions() as session:
        if query.by == "unit":
            lines = unit_lines(await unit_scorecards(session, since=since, before=before, at=at), query.sort)
            heads: dict[str, Any] = {"shares": UNIT_SHARES, "counts": {}, "seconds": UNIT_SECONDS}
        else:
            lines = office_lines(await scorecards(session, since=since, before=before, at=at), query.sort)
            heads = {"shares": OFFICE_SHARES, "counts": OFFICE_COUNTS, "seconds": {}}
    city = city_line(lines)
    context = {"query": query, "month": month, "lines": lines, "city_line": city, "months": months_until(at), **heads}
    return page(request, "supervision/supervision_scorecards.html", context)


async def show_spot_checks(request: web.Request) -> web.StreamResponse:
    async with context_of(request).sessions() as session:
        return await _draws(request, session)


async def submit_draw(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    app_context = context_of(request)
    try:
        closed_from, closed_before = month_of(read(DrawRequest, {"month": str(sent.get("month", ""))}).month)
        async with transaction(app_context.sessions) as session:
            check = await draw_spot_check(
                session,
                app_context.policy.times,
                actor=actor_of(me_of(request)),
                closed_from=closed_from,
                closed_before=closed_before,
                at=clock.now(),
            )
    except BadInput as error:
        async with app_context.sessions() as session:
            return await _draws(request, session, rejection_of(error))
    raise web.HTTPSeeOther(f"/supervision/spot-checks/{check.id}")


async def show_spot_check(request: web.Request) -> web.StreamResponse:
    async with context_of(request).sessions() as session:
        return await _draw(request, session)


async def submit_finding(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    number = request.match_info["number"]
    typed = {"finding": str(sent.get("finding", "")).strip(), "offence": str(sent.get("offence", "")) or None}
    try:
        found = read(SpotCheckFinding, typed)
        async with transaction(context_of(request).sessions) as session:
            pick = await record_finding(
                session,
                id_in(request),
                number,
                actor=actor_of(me_of(request)),
                finding=found.finding,
                offence=found.offence,
                at=clock.now(),
            )
            await queue_guess_check_in(session, Written.FINDING, pick.id)
    except (BadInput, Conflict) as error:
        rejected = rejection_of(error)
        refused = {"number": number, **typed, "wrong": rejected.sentence}
        async with context_of(request).sessions() as session:
            return await _draw(request, session, refused=refused, status=rejected.status)
    raise web.HTTPSeeOther(f"/supervision/spot-checks/{id_in(request)}#{number}")


async def _draws(
    request: web.Request, session: AsyncSession, rejected: Rejection = NOTHING_WRONG
) -> web.StreamResponse:
    at = clock.now()
    context = {
        "checks": await spot_checks(session),
        "months": months_until(in_city(at).replace(day=1) - dt.timedelta(days=1)),
        "may_check": me_of(request).role in CHECKERS,
        "rules": context_of(request).policy.times,
        "wrong": rejected.message,
    }
    return page(request, "supervision/supervision_spot_checks.html", context, status=rejected.status)


async def _draw(
    request: web.Request, session: AsyncSession, *, refused: dict[str, Any] | None = None, status: int = 200
) -> web.StreamResponse:
    check: SpotCheck = await get_spot_check(session, id_in(request))
    findings = await findings_of(session, me_of(request), check.picks)
    context = {
        "check": check,
        "findings": findings,
        "proof": await prove(session, check),
        "may_check": me_of(request).role in CHECKERS,
        "refused": refused,
        "closed": sum(len(numbers) for numbers in check.population.values()),
    }
    return page(request, "supervision/supervision_spot_check.html", context, status=status)


ROUTES = [
    Route("GET", "/supervision", "accountability", show_accountability, WATCHERS, query=ListQuery),
    Route("GET", "/supervision/scorecards", "scorecards", show_scorecards, WATCHERS, query=CardsQuery),
    Route("GET", "/supervision/spot-checks", "spot_checks", show_spot_checks, WATCHERS),
    Route("POST", "/supervision/spot-checks", "submit_draw", submit_draw, CHECKERS),
    Route("GET", "/supervision/spot-checks/{id:[0-9]+}", "spot_check", show_spot_check, WATCHERS),
    Route(
        "POST", "/supervision/spot-checks/{id:[0-9]+}/orders/{number}", "submit_finding", submit_finding, CHECKERS
    ),
]  # fmt: skip
