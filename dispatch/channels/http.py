"""JSON by HTTP POST, and whether the other side took it. Many gateways answer 200 and say no in the body."""

import json
from collections.abc import Mapping

import aiohttp
from yarl import URL

from dispatch.channels.answers import NO_PACE, STATUS_ONLY, RobotPace, Success, judge
from dispatch.notifications.rules import Delivery

__all__ = ["RobotPace", "Success", "judge", "post_json"]

_LONGEST_ANSWER_BYTES = 64 * 1024


async def post_json(
    url: str | URL,
    body: object,
    *,
    seconds: float,
    success: Success = STATUS_ONLY,
    pace: RobotPace = NO_PACE,
    headers: Mapping[str, str] | None = None,
) -> Delivery:
    """No redirect is followed. What breaks off after the request was begun is `unclear`."""
    data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    sent_headers = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as client,
            client.post(url, data=data, headers=sent_headers, allow_redirects=False) as answer,
        ):
            said = await answer.content.read(_LONGEST_ANSWER_BYTES)
            return judge(answer.status, said, success, pace=pace, headers=answer.headers, charset=answer.charset)
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
        return Delivery(False, f"连接不上：{type(error).__name__}")
    except TimeoutError:
        return Delivery(False, f"{seconds:g}秒内没有回应", unclear=True)
    except aiohttp.ClientError as error:
        return Delivery(False, f"连接中断：{type(error).__name__}", unclear=True)
    except ValueError as error:
        return Delivery(False, f"连接不上：{type(error).__name__}")
