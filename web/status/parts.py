"""What the page 运行状态 says of one part, and how a part that does not answer is kept from holding up the others."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.errors import HotlineError
from core.tasks import within

log = structlog.get_logger()

Value = TypeVar("Value")
PART_SECONDS = 4.0
"""How long one part may take to answer: the page is read when something does not work."""


class PartCondition(StrEnum):
    FINE = "fine"
    WATCH = "watch"
    """It works, and somebody should look at it."""
    FAULT = "fault"


@dataclass(frozen=True)
class PartStatus:
    """One row of the page."""

    name: str
    condition: PartCondition
    words: str
    """How it is, in a plain sentence."""
    since: dt.datetime | None = None
    mend: str = ""
    """What to do about it; empty: nothing."""
    facts: Sequence[tuple[str, str]] = ()
    """Label and text, of whatever more is known."""
    technical: str = ""
    """For whoever looks after the machine, as the part itself says it."""


@dataclass(frozen=True)
class PartGroup:
    title: str
    parts: list[PartStatus] = field(default_factory=list)


def fine(name: str, words: str, **more: Any) -> PartStatus:
    return PartStatus(name, PartCondition.FINE, words, **more)


def watch(name: str, words: str, **more: Any) -> PartStatus:
    return PartStatus(name, PartCondition.WATCH, words, **more)


def fault(name: str, words: str, **more: Any) -> PartStatus:
    return PartStatus(name, PartCondition.FAULT, words, **more)


async def bounded(
    title: str, look: Coroutine[Any, Any, list[PartStatus]], silent: PartStatus | None = None
) -> PartGroup:
    """A part that cannot be looked at is a row that says so: `silent`, else that the database must come back first.
    Never raises."""
    why = silent or watch(title, "数据库没有回应，现在看不到。", mend="先恢复数据库。")
    try:
        return PartGroup(title, await within(PART_SECONDS, look))
    except TimeoutError:
        why = replace(why, technical=f"{PART_SECONDS:g}秒内没有回应")
    except (SQLAlchemyError, OSError) as error:
        why = replace(why, technical=_first_line(error))
    except HotlineError as error:
        why = fault(title, "现在看不到。", technical=error.message)
    except Exception as error:
        # Whatever one part fails on, the others are still shown.
        log.error("status_not_looked_at", part=title, exc_info=error)
        why = fault(title, "查看时程序出错，已记录。", technical=_first_line(error))
    return PartGroup(title, [why])


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:300]}"


class OneLook(Generic[Value]):
    """What blocks a thread is looked at once at a time, however often the page is asked for, and what was seen counts
    for some seconds."""

    def __init__(self, keep_seconds: float) -> None:
        self._keep_seconds = keep_seconds
        self._looking: asyncio.Future[Value] | None = None
        self._until = 0.0

    async def ask(self, look: Callable[[], Value], seconds: float) -> Value:
        """Raises TimeoutError where it has not answered after `seconds`, and whatever `look` raises."""
        loop = asyncio.get_running_loop()
        if self._looking is None or (self._looking.done() and loop.time() >= self._until):
            self._looking = loop.run_in_executor(None, look)
            self._looking.add_done_callback(self._seen)
        return await _in_time(asyncio.shield(self._looking), seconds)

    def _seen(self, looking: "asyncio.Future[Value]") -> None:
        self._until = asyncio.get_running_loop().time() + self._keep_seconds
        if not looking.cancelled():
            looking.exception()


async def _in_time(awaited: Awaitable[Value], seconds: float) -> Value:
    async with asyncio.timeout(seconds):
        return await awaited
