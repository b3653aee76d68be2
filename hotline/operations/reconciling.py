"""`hotline reconcile`: the gap's recovery by hand, beside a running line or without one."""

import asyncio

from core import clock
from core.errors import Unavailable
from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.line_runtime import make_line
from hotline.operations.audit import AuditFinding, audit
from hotline.runtime.runtime import open_runtime
from telephony.calls.cel_reader import Reconciled
from telephony.pbx.settings import pbx_settings

_LIMIT_SECONDS = 120.0


async def reconcile_by_hand(settings: Settings) -> Reconciled:
    """Raises Unavailable where the exchange does not answer: without it nobody knows what still lives."""
    async with open_runtime(settings) as runtime:
        line = make_line(runtime)
        running = spawn(line.connection.run(), name="manager")
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                found = await line.reconciled
                await line.listener.quiet()
                return found
        except TimeoutError as error:
            raise Unavailable(f"the exchange: {line.connection.status.detail}") from error
        finally:
            await line.connection.close()
            await cancel(running)


async def audit_by_hand(settings: Settings, *, mend: bool) -> list[AuditFinding]:
    """Needs no exchange."""
    async with open_runtime(settings) as runtime:
        details = pbx_settings(settings).cdr_file
        return await audit(runtime.sessions, settings.recordings, details, at=clock.now(), mend=mend)
