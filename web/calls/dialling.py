"""The dialling rules of access.calls.dialling for a request: its exchange, the number chosen, refusals reported."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from core import clock
from core.database import transaction
from telephony.control.conference import DialRefused
from telephony.monitoring.incidents import raise_incident
from telephony.pbx.settings import PbxSettings, pbx_settings
from telephony.trouble_kinds import TroubleKind
from web.http.routes import context_of, me_of


def pbx_of(request: web.Request) -> PbxSettings:
    return pbx_settings(context_of(request).settings)


@asynccontextmanager
async def refusals_reported(request: web.Request) -> AsyncIterator[None]:
    """What is refused inside is an incident, in a transaction of its own: the one inside is rolled back."""
    try:
        yield
    except DialRefused as refused:
        me, app_context = me_of(request), context_of(request)
        why = f"{me.display_name}（{me.name}）在页面上外呼被拦下：{refused.kind}。"
        async with transaction(app_context.sessions) as session:
            await raise_incident(session, app_context.settings.pbx.name, TroubleKind.TOLL_FRAUD, why, clock.now())
        raise


async def chosen_number(request: web.Request) -> int | None:
    """Which of the citizen's numbers a form's button names."""
    said = str((await request.post()).get("which", ""))
    return int(said) if re.fullmatch("[1-9]", said) else None
