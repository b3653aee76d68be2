"""Guesses at the SIP port are counted by Asterisk's own log, and the disk's last room is kept."""

import datetime as dt

import pytest

from core.clock import CITY_ZONE
from hotline.monitoring.disk_guard import AGAIN_BYTES, STOP_BYTES, may_record, resumed_word
from hotline.monitoring.guessing import refused_in

REFUSED = (
    "[2026-11-30 01:00:00.123] NOTICE[1][C-1] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from "
    "'\"x\" <sip:1001@127.0.0.1>' failed for '{who}' (callid: {call}) - {why}\n"
)


@pytest.mark.parametrize(
    ("who", "call", "why", "counted"),
    [
        ("10.0.0.5:5060", "a@b", "Failed to authenticate", {"10.0.0.5": 1}),
        ("10.0.0.5:5060", "a@b", "No matching endpoint found", {"10.0.0.5": 1}),
        ("[2001:db8::1]:5060", "a) - b", "Failed to authenticate", {"[2001:db8::1]": 1}),
        ("10.0.0.5:5060", "a@b", "Something else", {}),
        ("x" * 60_000 + ":1", "a", "Failed to authenticate", {}),
    ],
)
def test_refusals_are_counted_by_address(who: str, call: str, why: str, counted: dict[str, int]) -> None:
    assert refused_in(REFUSED.format(who=who, call=call, why=why).encode()) == counted


def test_recording_stops_below_the_reserve_and_does_not_flutter() -> None:
    assert may_record(STOP_BYTES, recording=True)
    assert not may_record(STOP_BYTES - 1, recording=True)
    assert not may_record(AGAIN_BYTES - 1, recording=False)
    assert may_record(AGAIN_BYTES, recording=False)


def test_when_there_is_room_again_the_chiefs_read_from_when_to_when_nothing_was_recorded() -> None:
    stopped = dt.datetime(2026, 11, 30, 2, 10, tzinfo=CITY_ZONE)
    said = resumed_word(stopped, stopped + dt.timedelta(hours=1, minutes=30))
    assert said == "11月30日 02:10 至 11月30日 03:40 的通话没有录音，现在已恢复"
