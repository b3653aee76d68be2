"""A transaction for one disclosure; supervisors are notified of many disclosures, and of refused ones."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from access.visibility.disclosure_limits import TOLD, reached
from access.visibility.disclosures import TooManyDisclosures, past_disclosures
from core import clock
from core.database import transaction
from telephony.monitoring.incidents import raise_incident
from telephony.trouble_kinds import TroubleKind
from web.http.routes import context_of, me_of

log = structlog.get_logger()


@asynccontextmanager
async def watched(request: web.Request) -> AsyncIterator[AsyncSession]:
    app_context, me = context_of(request), me_of(request)
    try:
        async with transaction(app_context.sessions) as session:
            yield session
            at = clock.now()
            if (limit := reached(TOLD, await past_disclosures(session, me.account_id, at), at)) is not None:
                await _tell(session, request, f"{limit.words}已超过{limit.most}次", at)
    except TooManyDisclosures as error:
        log.warning("disclosures_refused", account=me.name)
        async with transaction(app_context.sessions) as session:
            await _tell(session, request, f"被拒绝继续查看：{error.message}", clock.now())
        raise


async def _tell(session: AsyncSession, request: web.Request, what: str, at: dt.datetime) -> None:
    me = me_of(request)
    detail = f"账号{me.name}（{me.display_name}）{what}"
    await raise_incident(session, context_of(request).settings.pbx.name, TroubleKind.MASS_DISCLOSURES, detail, at)
