"""Refused requests, with or without a session, as rows; and an incident for the supervisors where many guess.

A flood of guesses must not become a flood of writes: beyond a budget they are counted, and the next row says how many.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

import structlog
from aiohttp import web
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.log_models import Reason, Refusal
from core import clock
from core.database import transaction
from telephony.monitoring.incidents import raise_incident
from telephony.trouble_kinds import TroubleKind
from web.http.context import APP_CONTEXT
from web.http.requests.addresses import address_of
from web.http.schemas import Message

log = structlog.get_logger()

LONGEST_NAME = 40
SHOWN_OF_UNKNOWN = 2
"""How much is kept of a name that nobody has: some type their password there."""


class Budget:
    """How many rows at once, and one more for each `every`: about 1.7 million in 200 days at most, for each process."""

    def __init__(self, *, at_once: int = 200, every: dt.timedelta = dt.timedelta(seconds=10)) -> None:
        self._at_once = at_once
        self._every = every
        self._used = 0.0
        self._last: dt.datetime | None = None
        self._suppressed = 0

    def take(self, at: dt.datetime) -> int | None:
        """How many were left out before this one, which may be written; None: this one is left out too."""
        if self._last is not None:
            self._used = max(self._used - (at - self._last) / self._every, 0.0)
        self._last = at
        if self._used >= self._at_once:
            self._suppressed += 1
            return None
        self._used += 1
        suppressed, self._suppressed = self._suppressed, 0
        return suppressed


BUDGET = web.AppKey("refusals_budget", Budget)
"""For requests of strangers."""
BUDGET_INSIDE = web.AppKey("refusals_budget_inside", Budget)
"""For requests of people who are signed in: a page that asks for what its reader may not see must not crowd out the
rows of those who guess passwords."""


class RefusalAnswer(Message):
    id: int
    at: dt.datetime
    reason: Reason
    name: str
    """The account's; of an unknown name its beginning; empty: none."""
    address: str
    what: str
    """What was asked for, the route's name."""
    suppressed: int
    """How many before this one were not written down because there were too many."""


class RefusalsAnswer(Message):
    refusals: list[RefusalAnswer]
    """Latest first."""
    next: int | None
    """`before` of the next page; None: this was the last."""


class RefusalsQuery(Message):
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


async def note_refusal(
    request: web.Request, reason: Reason, *, name: str = "", known: bool = False, incident: str = ""
) -> None:
    """A row and a log line; `incident`: the text for supervisors, in Chinese. Never raises: a refusal stands even when
    it cannot be recorded.
    """
    app_context, at = request.config_dict[APP_CONTEXT], clock.now()
    shown = name[:LONGEST_NAME] if known or len(name) <= SHOWN_OF_UNKNOWN else f"{name[:SHOWN_OF_UNKNOWN]}…"
    suppressed = request.app[BUDGET_INSIDE if reason is Reason.NOT_ALLOWED else BUDGET].take(at)
    if suppressed is None:
        return
    address, what = address_of(request), request.match_info.route.name or ""
    log.warning("refused", reason=reason.value, name=shown, address=address, what=what, suppressed=suppressed)
    row = Refusal(at=at, reason=reason, name=_storable(shown), address=address, what=what, suppressed=suppressed)
    try:
        async with transaction(app_context.sessions) as session:
            session.add(row)
            if incident:
                await raise_incident(
                    session, app_context.settings.pbx.name, TroubleKind.GUESSING_SIGN_IN, _storable(incident), at
                )
    except SQLAlchemyError as error:
        log.error("refusal_not_stored", error=type(error).__name__)


async def latest_refusals(session: AsyncSession, query: RefusalsQuery) -> RefusalsAnswer:
    wanted = select(Refusal).order_by(Refusal.id.desc()).limit(query.limit + 1)
    if query.before is not None:
        wanted = wanted.where(Refusal.id < query.before)
    rows: Sequence[Refusal] = (await session.scalars(wanted)).all()
    shown = rows[: query.limit]
    return RefusalsAnswer(
        refusals=[RefusalAnswer.model_validate(row, from_attributes=True) for row in shown],
        next=shown[-1].id if len(rows) > query.limit else None,
    )


def _storable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())
