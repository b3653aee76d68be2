"""Count what requests ask of the database: sessions and transactions."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_REQUEST = "RequestHandler._handle_request"
"""The coroutine in which aiohttp answers a request. What runs beside requests is not counted."""


@dataclass
class Asked:
    transactions: int = 0
    _sessions: set[Session] = field(default_factory=set)

    @property
    def sessions(self) -> int:
        """Those that asked something."""
        return len(self._sessions)


@contextmanager
def counted() -> Iterator[Asked]:
    """What requests ask while this is open."""
    asked = Asked()

    def begun(session: Session, transaction: SessionTransaction, connection: Any) -> None:
        if _in_request():
            asked.transactions += 1
            asked._sessions.add(session)

    event.listen(Session, "after_begin", begun)
    try:
        yield asked
    finally:
        event.remove(Session, "after_begin", begun)


def _in_request() -> bool:
    task = asyncio.current_task()
    return task is not None and getattr(task.get_coro(), "__qualname__", "") == _REQUEST
