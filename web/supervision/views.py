"""What supervisors ask for over the API: accountability list, scorecards, spot checks and what fell due."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

from aiohttp import web
from pydantic import Field
from sqlalchemy import select

from access.visibility.reporter_guesses import Written, queue_guess_check_in
from access.visibility.rules import actor_of
from core import clock
from core.clock import CITY_ZONE
from core.database import transaction
from core.errors import BadInput
from core.texts.lines import MANY_LINES
from dispatch.clock.models import DueEvent
from dispatch.clock.timers import DueKind
from dispatch.kinds import Offence
from dispatch.orders.models import Order
from dispatch.supervision.accountability import accountability
from dispatch.supervision.scorecards import Scorecard, scorecards
from dispatch.supervision.spot_checks import (
    SpotCheck,
    SpotCheckPick,
    draw_spot_check,
    get_spot_check,
    prove,
    record_finding,
)
from dispatch.workflow import Role
from web.http.routes import Route, body_of, context_of, id_in, me_of, query_of
from web.http.schemas import Code, Message
from web.supervision.findings import findings_of

WATCHERS = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER})
CHECKERS = frozenset({Role.SUPERVISOR})


class MonthQuery(Message):
    month: Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
    """2026-11, in the city's time."""


class ScorecardsAnswer(Message):
    scorecards: list[Scorecard]


class OfficeQuery(Message):
    office: Code | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 200


class AccountabilityItem(Message):
    order: str
    kind: DueKind
    due_at: dt.datetime
    office_code: str
    at: dt.datetime
    responsible: str
    first_responsible: str


class AccountabilityAnswer(Message):
    entries: list[AccountabilityItem]


class DueEventItem(Message):
    order: str
    kind: DueKind
    due_at: dt.datetime
    office_code: str
    """Empty: the city's own people."""
    at: dt.datetime


class DueEventsAnswer(Message):
    due_events: list[DueEventItem]


class DrawRequest(Message):
    month: Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
    """Orders that were closed in this month."""


class PickAnswer(Message):
    number: str
    office_code: str
    checked_at: dt.datetime | None
    checked_by: str | None
    finding: str | None
    offence: Offence | None


class SpotCheckAnswer(Message):
    id: int
    at: dt.datetime
    by: str
    seed: str
    closed_from: dt.datetime
    closed_before: dt.datetime
    share: float
    at_least: int
    digest: str
    """SHA-256 over what was drawn from."""
    picks: list[PickAnswer]
    same_draw: bool
    """Drawn again just now with the kept seed, the same came out."""
    same_population: bool


class SpotCheckFinding(Message):
    finding: Annotated[str, Field(min_length=1, max_length=10_000), MANY_LINES]
    offence: Offence | None = None


async def api_scorecards(request: web.Request) -> ScorecardsAnswer:
    since, before = month_of(query_of(request, MonthQuery).month)
    async with context_of(request).sessions() as session:
        cards = await scorecards(session, since=since, before=before, at=clock.now())
    return ScorecardsAnswer(scorecards=cards)


async def api_accountability(request: web.Request) -> AccountabilityAnswer:
    wanted = query_of(request, OfficeQuery)
    async with context_of(request).sessions() as session:
        rows = await accountability(session, office=wanted.office, limit=wanted.limit)
        return AccountabilityAnswer(
            entries=[
                AccountabilityItem(
                    order=order.number,
                    kind=row.kind,
                    due_at=row.due_at,
                    office_code=row.office_code,
                    at=row.at,
                    responsible=row.responsible,
                    first_responsible=row.first_responsible,
                )
                for row, order in rows
            ]
        )


async def api_due_events(request: web.Request) -> DueEventsAnswer:
    wanted = query_of(request, OfficeQuery)
    query = select(DueEvent, Order.number).join(Order, Order.id == DueEvent.order_id)
    if wanted.office:
        query = query.where(DueEvent.office_code == wanted.office)
    async with context_of(request).sessions() as session:
        rows = await session.execute(query.order_by(DueEvent.id.desc()).limit(wanted.limit))
        return DueEventsAnswer(
            due_events=[
                DueEventItem(order=number, kind=row.kind, due_at=row.due_at, office_code=row.office_code, at=row.at)
                for row, number in rows
            ]
        )


async def api_draw(request: web.Request) -> SpotCheckAnswer:
    closed_from, closed_before = month_of(body_of(request, DrawRequest).month)
    app_context = context_of(request)
    async with transaction(app_context.sessions) as session:
        check = await draw_spot_check(
            session,
            app_context.policy.times,
            actor=actor_of(me_of(request)),
            closed_from=closed_from,
            closed_before=closed_before,
            at=clock.now(),
        )
        proof = await prove(session, check)
        findings = await findings_of(session, me_of(request), check.picks)
        return _check_answer(check, findings, same_draw=proof.same_draw, same_population=proof.same_population)


async def api_spot_check(request: web.Request) -> SpotCheckAnswer:
    async with context_of(request).sessions() as session:
        check = await get_spot_check(session, id_in(request))
        proof = await prove(session, check)
        findings = await findings_of(session, me_of(request), check.picks)
        return _check_answer(check, findings, same_draw=proof.same_draw, same_population=proof.same_population)


async def api_finding(request: web.Request) -> PickAnswer:
    body = body_of(request, SpotCheckFinding)
    async with transaction(context_of(request).sessions) as session:
        pick = await record_finding(
            session,
            id_in(request),
            request.match_info["number"],
            actor=actor_of(me_of(request)),
            finding=body.finding,
            offence=body.offence,
            at=clock.now(),
        )
        await queue_guess_check_in(session, Written.FINDING, pick.id)
        return _pick_answer(pick, await findings_of(session, me_of(request), [pick]))


def month_of(month: str) -> tuple[dt.datetime, dt.datetime]:
    """[beginning, end) in the city's zone."""
    first = dt.datetime.strptime(f"{month}-01", "%Y-%m-%d").replace(tzinfo=CITY_ZONE)
    following = (first + dt.timedelta(days=32)).replace(day=1)
    if first > clock.now():
        wrong = "这个月还没有到。"
        raise BadInput(wrong, fields={"month": wrong})
    return first, following


def _check_answer(
    check: SpotCheck, findings: Mapping[str, str], *, same_draw: bool, same_population: bool
) -> SpotCheckAnswer:
    return SpotCheckAnswer(
        id=check.id,
        at=check.at,
        by=check.by,
        seed=check.seed,
        closed_from=check.closed_from,
        closed_before=check.closed_before,
        share=check.share,
        at_least=check.at_least,
        digest=check.digest,
        picks=[_pick_answer(pick, findings) for pick in check.picks],
        same_draw=same_draw,
        same_population=same_population,
    )


def _pick_answer(pick: SpotCheckPick, findings: Mapping[str, str]) -> PickAnswer:
    return PickAnswer(
        number=pick.number,
        office_code=pick.office_code,
        checked_at=pick.checked_at,
        checked_by=pick.checked_by,
        finding=findings.get(pick.number),
        offence=pick.offence,
    )


ROUTES = [
    Route(
        "GET", "/api/supervision/scorecards", "list_scorecards", api_scorecards, WATCHERS,
        says="一个月的考核数据", query=MonthQuery, answer=ScorecardsAnswer,
    ),
    Route(
        "GET", "/api/supervision/accountability", "list_accountability", api_accountability, WATCHERS,
        says="问责清单", query=OfficeQuery, answer=AccountabilityAnswer,
    ),
    Route(
        "GET", "/api/supervision/due-events", "list_due_events", api_due_events, WATCHERS,
        says="到期提醒和超时警告", query=OfficeQuery, answer=DueEventsAnswer,
    ),
    Route(
        "POST", "/api/supervision/spot-checks", "draw_spot_check", api_draw, CHECKERS,
        says="抽查：按单位分层随机抽取", body=DrawRequest, answer=SpotCheckAnswer, status=201,
    ),
    Route(
        "GET", "/api/supervision/spot-checks/{id:[0-9]+}", "get_spot_check", api_spot_check, WATCHERS,
        says="一次抽查，连同当场重抽的结果", answer=SpotCheckAnswer,
    ),
    Route(
        "POST", "/api/supervision/spot-checks/{id:[0-9]+}/orders/{number}", "record_finding", api_finding, CHECKERS,
        says="记录抽查结论", body=SpotCheckFinding, answer=PickAnswer,
    ),
]  # fmt: skip
