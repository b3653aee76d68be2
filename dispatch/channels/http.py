"""JSON by HTTP POST, and whether the other side took it. Many gateways answer 200 and say no in the body."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from dispatch.notice_rules import Delivery

LASTING = frozenset({400, 401, 403, 404, 405, 410, 413, 422})
"""The same request will be refused again."""
_LONGEST_ANSWER_BYTES = 64 * 1024
_SHOWN = 200


@dataclass(frozen=True)
class Success:
    """What the body of a good answer says; no field: the status alone decides."""

    field: str = ""
    value: str = ""


async def post_json(
    url: str,
    body: object,
    *,
    seconds: float,
    success: Success = Success(),
    headers: Mapping[str, str] | None = None,
) -> Delivery:
    data = json.dumps(body, ensure_ascii=False).encode()
    told = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as client,
            client.post(url, data=data, headers=told, allow_redirects=False) as answer,
        ):
            return judge(answer.status, await answer.content.read(_LONGEST_ANSWER_BYTES), success)
    except TimeoutError:
        return Delivery(False, f"{seconds:g}秒内没有回应")
    except (aiohttp.ClientError, ValueError) as error:
        return Delivery(False, f"连接不上：{type(error).__name__}")


def judge(status: int, body: bytes, success: Success) -> Delivery:
    """Pure. An answer that cannot be read is no good answer where the body has to say so."""
    text = body.decode("utf-8", "replace").strip()
    try:
        answer = json.loads(text)
        text = json.dumps(answer, ensure_ascii=False)
    except ValueError:
        answer = None
    said = f"HTTP {status} {text[:_SHOWN]}".strip()
    if not 200 <= status < 300:
        return Delivery(False, said, lasting=status in LASTING)
    return Delivery(not success.field or _field(answer, success.field) == success.value, said)


def _field(answer: Any, name: str) -> str | None:
    """`data.code` is the field `code` inside `data`."""
    for part in name.split("."):
        answer = answer.get(part) if isinstance(answer, dict) else None
    return None if answer is None else str(answer)
