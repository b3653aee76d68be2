"""The block list in a real exchange: kept and ended by itself, and an emergency gets through."""

from __future__ import annotations

import time

import pytest

from core.numbers.phone import number_key
from telephony.blocking.files import write_blocks
from telephony.calls.call_state import Outcome
from tests.support.exchange import PROMPTS, Exchange, picture_of, said, until
from tests.support.hearing import heard_seconds

NUMBER = "13500000066"


@pytest.fixture
def blocked(asterisk: Exchange):
    tell(asterisk, number_key(NUMBER), int(time.time()) + 3600)
    yield
    tell(asterisk, number_key(NUMBER), 0)


def tell(exchange: Exchange, key: str, end: int) -> None:
    write_blocks(exchange.settings.blocked_directory, {key: end} if end else {})


@pytest.mark.parametrize(
    "number",
    [
        *(f"+86{NUMBER}", f"0{NUMBER}", f"+86-{NUMBER[:3]}-{NUMBER[3:]}"),
        *(f"17951{NUMBER}", f"17951-0{NUMBER}", f"12593+86{NUMBER}", f"+8617911{NUMBER}"),
    ],
)
def test_a_blocked_number_hears_why_and_is_counted_apart_however_it_is_written(
    asterisk: Exchange, blocked: None, number: str
) -> None:
    skip = asterisk.begin()
    with asterisk.agent("1001", rings=True) as agent, asterisk.phone("citizen-1", number=number) as citizen:
        call = citizen.call("12345")
        until(lambda: heard_seconds(call.heard(), PROMPTS["blocked"]) > 0.9, 20, "the sentence")
        call.wait_ended(20)
        assert not agent.calls()
    picture = picture_of(asterisk, skip)
    assert (picture.outcome, picture.recording, picture.queued_at) == (Outcome.BLOCKED, None, None)


def test_who_is_blocked_and_presses_the_key_for_an_emergency_waits_like_anybody(
    asterisk: Exchange, blocked: None
) -> None:
    skip = asterisk.begin()
    with asterisk.agent("1001"), asterisk.phone("citizen-1", number=NUMBER) as citizen:
        call = citizen.call("12345")
        until(lambda: said(asterisk, skip, "BLOCKED"), 20, "the sentence")
        until(lambda: heard_seconds(call.heard(), PROMPTS["blocked"]) > 0.5, 20, "the sentence's sound")
        call.press("0")
        asterisk.wait_joined(skip)
        call.hang_up()
    picture = picture_of(asterisk, skip)
    assert picture.outcome is Outcome.ANSWERED
    assert picture.recording is not None


@pytest.mark.parametrize(
    ("number", "end"),
    [("", 3600), ("anonymous", 3600), ("00000000000", 3600), ("13500000067", 3600), (NUMBER, -1)],
)
def test_a_withheld_number_another_one_and_a_block_that_has_ended_are_let_in(
    asterisk: Exchange, number: str, end: int
) -> None:
    tell(asterisk, number_key(NUMBER), int(time.time()) + end)
    skip = asterisk.begin()
    try:
        with asterisk.phone("citizen-1", number=number) as citizen:
            call = citizen.call("12345")
            until(lambda: said(asterisk, skip, "GREETED"), 20, "the greeting")
            call.hang_up()
    finally:
        tell(asterisk, number_key(NUMBER), 0)
    assert not said(asterisk, skip, "BLOCKED")
    assert picture_of(asterisk, skip).outcome is Outcome.ABANDONED
