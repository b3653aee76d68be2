"""Whether the other side took a notice, and the gateway's own shape of a request."""

import pytest

from dispatch.channels.http import Success, judge
from dispatch.channels.sms import fill

SAYS_ZERO = Success("errcode", "0")


def test_a_good_status_is_enough_where_the_body_need_not_say_so() -> None:
    assert judge(204, b"", Success()).ok
    assert judge(200, b"whatever", Success()).ok


@pytest.mark.parametrize("body", [b'{"errcode":93000,"errmsg":"invalid webhook url"}', b"<html>", b"[0]", b"", b"null"])
def test_a_good_status_with_a_no_in_the_body_is_a_no(body: bytes) -> None:
    told = judge(200, body, SAYS_ZERO)
    assert not told.ok
    # A gateway that is full says so the same way as one that knows no such key: it is tried again.
    assert not told.lasting


def test_the_field_may_lie_deeper_and_its_number_is_read_as_it_is_written() -> None:
    assert judge(200, b'{"errcode": 0, "errmsg": "ok"}', SAYS_ZERO).ok
    assert judge(200, '{"data": {"状态": "成功"}}'.encode(), Success("data.状态", "成功")).ok
    assert not judge(200, b'{"data": 5}', Success("data.code", "0")).ok


def test_what_is_refused_for_good_is_told_apart_from_trouble_that_passes() -> None:
    assert [judge(status, b"", Success()).lasting for status in (400, 401, 404, 422)] == [True] * 4
    assert [judge(status, b"", Success()).lasting for status in (302, 408, 429, 500, 503)] == [False] * 5


def test_what_it_answered_is_kept_short_and_readable() -> None:
    assert judge(500, "服务忙".encode(), Success()).said == "HTTP 500 服务忙"
    assert len(judge(500, b"\xff" * 5000, Success()).said) < 250


def test_the_gateways_shape_is_filled_without_looking_into_what_was_filled_in() -> None:
    shape = {"mobile": "+86{to}", "items": [{"content": "{text}"}], "uid": "{id}", "type": 1}
    values = {"{id}": "notice-7", "{to}": "13800000042", "{text}": '他说"{to}"，{id}'}
    assert fill(shape, values) == {
        "mobile": "+8613800000042",
        "items": [{"content": '他说"{to}"，{id}'}],
        "uid": "notice-7",
        "type": 1,
    }
