"""A caller with a withheld number who keeps a place is asked for one: typed wrong, not at all, and hung up in the
middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from telephony.calls.call_state import Outcome
from telephony.phone import PhoneCall
from tests.support.exchange import PROMPTS, Exchange, picture_of, until
from tests.support.hearing import heard_seconds

ASKED = {name: PROMPTS[name] for name in ("number-withheld", "leave-message", "callback-noted")}


@contextmanager
def asked_for_a_number(exchange: Exchange) -> Iterator[PhoneCall]:
    """A citizen without a number in the queue, who has pressed 1."""
    skip = exchange.begin()

    def queued() -> bool:
        return any(row["application"] == "Queue" for row in exchange.cel_rows(skip=skip))

    with exchange.agent("1001", rings=True), exchange.phone("citizen-1", number="anonymous") as citizen:
        call = citizen.call("12345")
        until(queued, 20, "the queue")
        call.press("1")
        until(lambda: heard_seconds(call.heard(), ASKED["number-withheld"]) > 0.3, 20, "being asked")
        yield call


def mistype(call: PhoneCall) -> None:
    """Returns while the caller is asked again. By the tone's length: on a busy machine the first asking has holes."""
    call.press("13")  # The first key ends the asking.
    before = heard_seconds(call.heard(), ASKED["number-withheld"])
    call.press("#")
    until(lambda: heard_seconds(call.heard(), ASKED["number-withheld"]) - before > 0.5, 20, "being asked again")


def test_who_mistypes_it_is_asked_again_and_then_for_a_message(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with asked_for_a_number(asterisk) as call:
        mistype(call)
        call.press("#")
        until(lambda: heard_seconds(call.heard(), ASKED["leave-message"]) > 0.5, 20, "being asked for a message")
        call.hang_up()
    assert picture_of(asterisk, skip).outcome is Outcome.ABANDONED


def test_who_types_it_at_the_second_time_is_noted(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with asked_for_a_number(asterisk) as call:
        mistype(call)
        call.press("13900000007#")
        assert call.wait_ended(20)
        assert heard_seconds(call.heard(), ASKED["callback-noted"]) > 0.8
    picture = picture_of(asterisk, skip)
    assert (picture.outcome, picture.callback_number) == (Outcome.CALLBACK_ASKED, "13900000007")


def test_who_hangs_up_in_the_middle_of_typing_has_not_asked(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with asked_for_a_number(asterisk) as call:
        call.press("139")
        call.hang_up()
    picture = picture_of(asterisk, skip)
    assert (picture.outcome, picture.callback_number) == (Outcome.ABANDONED, "")
