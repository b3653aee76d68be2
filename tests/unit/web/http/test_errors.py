"""What becomes of what a handler raises."""

from unittest.mock import Mock

import pytest
import structlog
from aiohttp import ClientConnectionResetError, web
from aiohttp.test_utils import make_mocked_request

from web.http.answers.errors import notify_errors

GONE = Mock(is_closing=Mock(return_value=True))
THERE = Mock(is_closing=Mock(return_value=False))


@pytest.mark.parametrize("error", [ConnectionResetError("Connection lost"), ClientConnectionResetError("closing")])
async def test_a_visitor_who_leaves_before_the_answer_is_no_failure_of_ours(error: Exception) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        raise error

    with structlog.testing.capture_logs() as logs:
        answer = await notify_errors(make_mocked_request("GET", "/ws/live", transport=GONE), handler)
    assert (logs, answer.status) == ([], 400)


async def test_a_connection_of_ours_that_broke_is_a_failure_and_logged() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        raise ConnectionResetError("the gateway went away")

    with structlog.testing.capture_logs() as logs:
        answer = await notify_errors(make_mocked_request("GET", "/api/orders", transport=THERE), handler)
    assert answer.status == 500
    assert [one["event"] for one in logs] == ["request_failed"]
