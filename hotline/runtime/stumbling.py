"""One thing that our program stumbles over stops nothing else: it is logged whole, alarmed, and passed by.

For loops that must go on for the next call whatever this one holds. A database that is away is no stumble: it ends the
loop as ever, and whoever keeps the process starts it again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core import clock
from core.database import Sessions, transaction
from telephony.monitoring.incidents import raise_incident
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()


@asynccontextmanager
async def passed_by(sessions: Sessions, pbx: str, event: str, **about: str) -> AsyncIterator[None]:
    """`event` and `about` go into the log; the alarm names them too, so they must not name a citizen."""
    try:
        yield
    except (OperationalError, PoolTimeout, OSError):
        raise
    except Exception as error:
        log.exception(event, **about)
        where = "，".join(f"{name} {value}" for name, value in about.items())
        detail = f"程序处理时出错（{event}，{where}，{type(error).__name__}），已跳过，其余照常。详情见日志。"
        async with transaction(sessions) as session:
            await raise_incident(session, pbx, TroubleKind.STUMBLED, detail, clock.now())
