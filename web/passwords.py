"""Passwords: argon2id, off the event loop, and the same work for a name that nobody has."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

Result = TypeVar("Result")

MIN_LENGTH = 10
MAX_LENGTH = 200

_hasher = PasswordHasher()
# One check takes a core for about 0.1 s and 64 MiB: a flood of sign-ins must not take the whole machine.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$MTIzNDU2Nzg5MDEyMzQ1Ng$pxKpDHzIFDnN8mRtMWrtMqWyEQTMXHOzfrGSkJkNGCs"
"""No password gives this: checked when the name is unknown, so that the answer takes as long."""


def wrong_with(password: str, name: str) -> str | None:
    """What is wrong with a new password, in Chinese; None: it will do."""
    if len(password) < MIN_LENGTH:
        return f"密码至少{MIN_LENGTH}位。"
    if len(password) > MAX_LENGTH:
        return f"密码最多{MAX_LENGTH}位。"
    if name and name in password.lower():
        return "密码不能包含登录名。"
    if len(set(password)) < 5:
        return "密码过于简单，请多用几个不同的字符。"
    return None


async def hash_password(password: str) -> str:
    return await _off_loop(partial(_hasher.hash, password))


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` made the hash `stored`; None: no such account, and as much work all the same."""
    return await _off_loop(partial(_verify, stored or _NOBODY, password))


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


async def _off_loop(call: "partial[Result]") -> Result:
    return await asyncio.get_running_loop().run_in_executor(_threads, call)
