"""The evidence file of an order, printed; and what was printed of it."""

import datetime as dt

import structlog
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.visibility.evidence_ledger import EvidenceFile
from access.visibility.orders import get_visible_order
from core import clock
from core.database import transaction
from core.errors import TooManyTries
from web.archive.views import EXPORTS
from web.evidence.presenter import print_evidence
from web.http.routes import Route, context_of, me_of
from web.http.schemas import Message

log = structlog.get_logger()

AN_HOUR = 60
"""How many files one account may print."""


class EvidenceAnswer(Message):
    serial: str
    at: dt.datetime
    display_name: str
    account_name: str
    role: str
    sha256: str
    size_bytes: int


class EvidencesAnswer(Message):
    files: list[EvidenceAnswer]
    """Latest first."""


async def evidence_file(request: web.Request) -> web.StreamResponse:
    """Nothing is sent before its row is stored."""
    app_context, me = context_of(request), me_of(request)
    async with transaction(app_context.sessions) as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        await _check_many(session, me.account_id, clock.now())
        file = await print_evidence(session, app_context.policy, me, order, clock.now())
    log.info("evidence_printed", order=order.number, account=me.name)
    name = f'attachment; filename="{order.number}.pdf"'
    return web.Response(body=file, content_type="application/pdf", headers={"Content-Disposition": name})


async def _check_many(session: AsyncSession, account_id: int, at: dt.datetime) -> None:
    """Each file is a row that stays for ever, and a link is enough to ask for one. Raises TooManyTries."""
    mine = EvidenceFile.account_id == account_id, EvidenceFile.at > at - dt.timedelta(hours=1)
    if (await session.scalar(select(func.count()).where(*mine)) or 0) >= AN_HOUR:
        raise TooManyTries(f"一小时内最多打印{AN_HOUR}份证据材料，请稍后再试。")


async def api_evidence_files(request: web.Request) -> EvidencesAnswer:
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        rows = await session.scalars(
            select(EvidenceFile).where(EvidenceFile.order_id == order.id).order_by(EvidenceFile.id.desc())
        )
        return EvidencesAnswer(
            files=[EvidenceAnswer(**{name: getattr(row, name) for name in EvidenceAnswer.model_fields}) for row in rows]
        )


ROUTES = [
    Route(
        "GET", "/api/orders/{number}/evidence.pdf", "print_evidence", evidence_file, EXPORTS,
        says="这张工单的证据材料（PDF）：经过、答复、校验值；每页注明打印人，留痕",
        may_fail=frozenset({429}),
    ),
    Route(
        "GET", "/api/orders/{number}/evidence", "list_evidence", api_evidence_files, EXPORTS,
        says="这张工单打印过的证据材料", answer=EvidencesAnswer,
    ),
]  # fmt: skip
