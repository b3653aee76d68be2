"""Passwords: argon2id off the event loop, in a queue of its own, and the same work for a name that nobody has.

Whoever hashes holds no database connection meanwhile: everybody else's would wait for it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from core.errors import TooManyTries

Result = TypeVar("Result")

_hasher = PasswordHasher()
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$MTIzNDU2Nzg5MDEyMzQ1Ng$pxKpDHzIFDnN8mRtMWrtMqWyEQTMXHOzfrGSkJkNGCs"
"""No password gives this: checked when the name is unknown, so that the answer takes as long."""


class HashingQueue:
    """One check takes a core for about 0.1 s and 64 MiB: a flood of sign-ins must not take the whole machine, and
    everybody queueing behind it gets that answer at once.
    """

    def __init__(self, *, threads: int = 2, places: int = 40, kept: int = 20) -> None:
        """`places` may wait or work at a time, and `kept` more of those who are known."""
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="password")
        self._places = places
        self._kept = kept
        self._taken = 0

    async def run(self, call: Callable[[], Result], *, known: bool) -> Result:
        """Raises TooManyTries when all places are taken."""
        if self._taken >= self._places + (self._kept if known else 0):
            raise TooManyTries("此刻登录的人太多，请过几秒再试。")
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        finally:
            self._taken -= 1


_queue = HashingQueue()


async def hash_password(password: str) -> str:
    """Raises TooManyTries when too many hash."""
    return await _queue.run(partial(_hasher.hash, password), known=True)


async def verify_password(stored: str | None, password: str, *, known: bool = False) -> bool:
    """Whether `password` made the hash `stored`; None: no such account, and as much work all the same. `known`: it
    comes from somebody who has been here before. Raises TooManyTries when too many are checked."""
    return await _queue.run(partial(_verify, stored or _NOBODY, password), known=known)


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
