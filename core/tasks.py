"""The one way to start a task beside the current one: named, kept, and watched."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

log = structlog.get_logger()

Result = TypeVar("Result")

_running: set[asyncio.Task[Any]] = set()


def spawn(coroutine: Coroutine[Any, Any, Result], *, name: str) -> asyncio.Task[Result]:
    """Run `coroutine` as a task that is not collected while it runs, and whose failure is never silent."""
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    _running.add(task)
    task.add_done_callback(_ended)
    return task


async def cancel(task: asyncio.Task[Any]) -> None:
    """End a task of ours and wait until it has cleaned up."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.error("task_failed", task=task.get_name(), exc_info=failure)


async def within(seconds: float, coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What `coroutine` gives, or TimeoutError after so long, also where it hangs in something that cannot be cancelled
    at once (a server that is stopped and not gone): it is left to end by itself."""
    task = asyncio.get_running_loop().create_task(coroutine)
    _running.add(task)
    task.add_done_callback(_running.discard)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_forgotten)
    if not task.done():
        raise TimeoutError
    return task.result()


def _forgotten(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
