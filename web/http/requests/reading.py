"""Where bytes of strangers become text and values: what cannot be read is the sender's mistake (4xx), never ours.

PostgreSQL stores no NUL and no half of a surrogate pair; Python's JSON reads both, recurses with the depth of its text,
and calls a form's encoding by any name. All of it is looked at here, once, before any handler.
"""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from core.errors import BadInput, NotFound

DEEPEST = 32
"""Our messages nest three deep."""
BODY_SECONDS = 30
"""How long a form or a message may take to arrive. Files have their own pace (web.orders.attachments.views)."""
_ENCODINGS = frozenset({None, "utf-8", "utf8", "us-ascii", "ascii"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_UNREADABLE = "内容含有无法保存的字符，请删去后再试。"


def storable(text: str) -> bool:
    """Whether it can be stored as it is."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def cleaned(text: str) -> str:
    """What of a header can be stored."""
    return "".join(sign for sign in text if sign.isprintable() and storable(sign))


def check_address(request: web.Request) -> None:
    """Raises NotFound for a path that names nothing that could be stored, BadInput for such a query."""
    if not storable(request.path):
        raise NotFound()
    wrong = [name for name, value in request.query.items() if not storable(name) or not storable(value)]
    if wrong:
        raise BadInput(fields={cleaned(name)[:64] or "query": _UNREADABLE for name in wrong})


async def read_json(request: web.Request) -> dict[str, Any]:
    """The message in the body; nothing is an empty one. Raises BadInput."""
    if not request.can_read_body:
        return {}
    if request.content_type != "application/json":
        raise BadInput("请求内容须为 JSON（Content-Type: application/json）。")
    if _charset(request) not in _ENCODINGS:
        raise BadInput("请求内容须为 UTF-8 编码的 JSON。")
    data = parse_json((await _body(request)).decode("utf-8", errors="surrogateescape"))
    if not isinstance(data, dict):
        raise BadInput("请求内容须为 JSON 对象。")
    return data


def parse_json(text: str) -> Any:
    """Raises BadInput for what is none, too deep, or holds text that cannot be stored."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput("请求内容不是正确的 JSON。") from error
    level: Iterable[Any] = [data]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.keys()
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str) and not storable(value):
                raise BadInput(_UNREADABLE)
        if not below:
            return data
        level = below
    raise BadInput("请求内容的层次太深。")


async def read_form(request: web.Request) -> None:
    """Reads a page's form, which handlers then ask for by `request.post()`. Raises BadInput."""
    if request.content_type not in _FORMS:
        return
    if _charset(request) not in _ENCODINGS:
        raise BadInput("表单须为 UTF-8 编码。")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            sent = await request.post()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout() from error
    except (ValueError, LookupError, AssertionError, RuntimeError) as error:
        raise BadInput("表单不完整或格式有误，请重新打开页面再提交。") from error
    for name, value in sent.items():
        if not storable(name) or (isinstance(value, str) and not storable(value)):
            raise BadInput(fields={cleaned(name)[:64] or "form": _UNREADABLE})


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout() from error


def _charset(request: web.Request) -> str | None:
    try:
        return request.charset.lower() if request.charset else None
    except (ValueError, LookupError):
        return "unreadable"
