"""Hashing has a queue of its own with an end; a request behind the end gets an answer at once."""

import asyncio
import threading

import pytest

from access.accounts.passwords import HashingQueue
from core.errors import TooManyTries


async def test_who_finds_the_queue_full_is_told_at_once_and_a_known_one_still_has_a_place() -> None:
    queue, gate = HashingQueue(threads=1, places=2, kept=1), threading.Event()
    waiting = [asyncio.ensure_future(queue.run(gate.wait, known=False)) for _ in range(2)]  # noqa: TID251
    await asyncio.sleep(0)
    with pytest.raises(TooManyTries):
        await queue.run(gate.wait, known=False)
    waiting.append(asyncio.ensure_future(queue.run(gate.wait, known=True)))  # noqa: TID251
    await asyncio.sleep(0)
    with pytest.raises(TooManyTries):
        await queue.run(gate.wait, known=True)
    gate.set()
    assert await asyncio.gather(*waiting) == [True, True, True]
    assert await queue.run(lambda: "free again", known=False) == "free again"
