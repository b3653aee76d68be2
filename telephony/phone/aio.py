"""The phone for asyncio: the same words, awaited. Each phone has threads of its own to wait in, so that a dozen
phones that ring do not use up the loop's few."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from telephony.phone.call import PhoneCall
from telephony.phone.link import ANSWER_SECONDS
from telephony.phone.phone import Phone, PhoneAccount, RingHandler

Result = TypeVar("Result")


class AsyncPhone:
    """Use as `async with AsyncPhone(account) as phone`. Calls are plain PhoneCalls; what blocks goes through here."""

    def __init__(self, account: PhoneAccount, on_ring: RingHandler | None = None) -> None:
        self.phone = Phone(account, on_ring)
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix=f"phone {account.user}: wait")

    async def __aenter__(self) -> AsyncPhone:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def register(self, seconds: float = ANSWER_SECONDS) -> None:
        await self._run(lambda: self.phone.register(seconds))

    async def call(self, number: str, seconds: float = 30) -> PhoneCall:
        return await self._run(lambda: self.phone.call(number, seconds))

    async def wait_call(self, seconds: float) -> PhoneCall:
        return await self._run(lambda: self.phone.wait_call(seconds))

    async def answer(self, call: PhoneCall) -> None:
        await self._run(call.answer)

    async def play(self, call: PhoneCall, *files: Path) -> bool:
        return await self._run(lambda: call.play(*files))

    async def press(self, call: PhoneCall, keys: str) -> None:
        await self._run(lambda: call.press(keys))

    async def hang_up(self, call: PhoneCall) -> None:
        await self._run(call.hang_up)

    async def wait_answered(self, call: PhoneCall, seconds: float) -> None:
        await self._run(lambda: call.wait_answered(seconds))

    async def wait_ended(self, call: PhoneCall, seconds: float) -> bool:
        return await self._run(lambda: call.wait_ended(seconds))

    async def close(self) -> None:
        await self._run(self.phone.close)
        self._threads.shutdown(wait=False)

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
