"""Whether the other side took a notification, and the gateway's own shape of a request."""

import pytest

from dispatch.channels.answers import RobotPace, Success, judge, parse_success
from dispatch.channels.sms import fill

SAYS_ZERO = Success("errcode", "0")


def test_a_good_status_is_enough_where_the_body_need_not_say_so() -> None:
    assert judge(204, b"", Success()).ok
    assert judge(200, b"whatever", Success()).ok


@pytest.mark.parametrize("body", [b'{"errcode":93000,"errmsg":"invalid webhook url"}', b"<html>", b"[0]", b"", b"null"])
def test_a_good_status_with_a_no_in_the_body_is_a_no(body: bytes) -> None:
    delivery = judge(200, body, SAYS_ZERO)
    assert not delivery.ok
    # A gateway that is full says so the same way as one that knows no such key: it is tried again.
    assert not delivery.lasting


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
    values = {"{id}": "notification-7", "{to}": "13800000042", "{text}": '他说"{to}"，{id}'}
    assert fill(shape, values) == {
        "mobile": "+8613800000042",
        "items": [{"content": '他说"{to}"，{id}'}],
        "uid": "notification-7",
        "type": 1,
    }


@pytest.mark.parametrize(
    ("wanted", "body"),
    [
        ("success=true", '{"success": true}'),
        ("success=true", '{"success": "True "}'),
        ("success=true", '{"success": 1}'),
        ("success=true", '{"success": "OK"}'),
        ("success=1", '{"success": true}'),
        ("code=0", '{"code": 0.0}'),
        ("code=0", '{"code": "0"}'),
        ("code=0", '{"Code": 0}'),
        ("code=00000", '{"code": "00000"}'),
        ("Code=OK", '{"Code": "ok"}'),
        ("code=0|200", '{"code": 200}'),
        ("data.0.Code=Ok", '{"data":[{"Code":"Ok"}]}'),
        ("data.Code=Ok", '{"data":[{"Code":"Ok"}]}'),
        ("data.list.0.0=5", '{"data":{"list":[[5]]}}'),
        ("code=0", '\ufeff{"code": 0}'),
        ("code=0", '"{\\"code\\": 0}"'),
        ("msg=提交成功", '{"msg": "提交成功"}'),
        ("returnstatus=Success", "<?xml version='1.0'?><returnsms><returnstatus>Success</returnstatus></returnsms>"),
        ("returnsms.status=success", "<returnsms xmlns='urn:x'><status> Success </status></returnsms>"),
        ("list.code=0", "<r><list><code>0</code></list><list><code>0</code></list></r>"),
        ("code=0", "code=0&msg=ok"),
        ("code=0", "code:0, msg:ok"),
        ("=OK", "ok 1234"),
        ("=0,|1,", "1,20261130"),
        ("=0", '"0"'),
        ("=0", "0"),
        ("data[0].Code=Ok", '{"data":[{"Code":"Ok"}]}'),
        ("$.data[0]['Code']=Ok", '{"data":[{"Code":"Ok"}]}'),
        ("data.code=0", '{"data":"{\\"code\\":0}"}'),
        ("code==0", '{"code":0}'),
        ("success=true", '{"success":"成功"}'),
    ],
)  # fmt: skip
def test_a_yes_is_read_as_people_mean_it(wanted: str, body: str) -> None:
    delivery = judge(200, body.encode(), parse_success(wanted))
    assert delivery.ok, delivery


@pytest.mark.parametrize(
    ("wanted", "body"),
    [
        ("success=true", '{"success": false}'),
        ("success=true", '{"success": 0}'),
        ("success=true", '{"success": "untrue"}'),
        ("code=0", '{"code": "00"}'),
        ("code=0", '{"code": 10}'),
        ("code=0", '{"code": NaN}'),
        ("code=0", '{"code": "nan"}'),
        ("code=0", '{"code": -Infinity}'),
        ("code=0", '{"code": 1e999}'),
        ("code=0", '{"code": ' + "9" * 400 + "}"),
        ("=0", "03"),
        ("=1", "100"),
        ("code=0", '{"code": "0x"}'),
        ("code=0", "code=01&msg=ok"),
        ("data.Code=Ok", '{"data":[{"Code":"Ok"},{"Code":"Limit"}]}'),
        ("data.1.Code=Ok", '{"data":[{"Code":"Limit"},{"Code":"Busy"}]}'),
        ("returnstatus=Success", "<returnsms><returnstatus>Faild</returnstatus></returnsms>"),
    ],
)  # fmt: skip
def test_a_no_is_a_no_and_clear(wanted: str, body: str) -> None:
    delivery = judge(200, body.encode(), parse_success(wanted))
    assert (delivery.ok, delivery.unclear) == (False, False)


@pytest.mark.parametrize("body", [b"", b"<html><body>portal</body></html>", b"[]", b'{"other": 1}', b"{", b"\xff\xfe"])
def test_an_answer_that_says_neither_is_unclear(body: bytes) -> None:
    delivery = judge(200, body, parse_success("code=0"))
    assert (delivery.ok, delivery.unclear, delivery.lasting) == (False, True, False)


def test_an_answer_is_read_in_the_encoding_that_it_is_in() -> None:
    said = '{"code": 0, "msg": "提交成功"}'
    for body, charset in (
        (said.encode("gbk"), None), (said.encode("gbk"), "gbk"), (said.encode("gbk"), "utf-8"),
        (said.encode("gbk"), "no-such"), (said.encode("utf-16"), None), (said.encode("utf-8-sig"), None),
    ):  # fmt: skip
        delivery = judge(200, body, parse_success("code=0"), charset=charset)
        assert delivery.ok
        assert "提交成功" in delivery.said


def test_xml_that_was_made_to_burst_is_words_and_no_more() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><r><code>&b;</code></r>'
    assert not judge(200, bomb, parse_success("code=0")).ok
    assert not judge(200, b"[" * 60_000, parse_success("code=0")).ok
    assert not judge(200, b"<a>" * 20_000, parse_success("code=0")).ok


FEISHU = RobotPace("code", frozenset({"9499", "11232"}))


def test_too_fast_is_later_and_no_refusal_whatever_its_status() -> None:
    for status, body, headers, seconds in (
        (429, b"", {}, 60.0),
        (429, b"", {"Retry-After": "7"}, 7.0),
        (400, b'{"code":9499,"msg":"too many request"}', {}, 60.0),
        (200, b'{"code":11232}', {"x-ogw-ratelimit-reset": "3"}, 3.0),
        (429, b"", {"Retry-After": "99999"}, 3600.0),
        (503, b"", {"Retry-After": "20"}, 20.0),
    ):
        delivery = judge(status, body, Success("code", "0"), pace=FEISHU, headers=headers)
        assert (delivery.ok, delivery.lasting, delivery.later_seconds) == (False, False, seconds)
    assert judge(400, b'{"code":19021}', Success("code", "0"), pace=FEISHU).lasting
    assert judge(503, b"", Success("code", "0"), pace=FEISHU).later_seconds is None
