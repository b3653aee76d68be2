"""After the agent has hung up the citizen may say how it was. All of it in Asterisk alone: our program is not there."""

from __future__ import annotations

import pytest

from telephony.calls.call_state import Outcome
from telephony.phone import CallEnded, PhoneCall
from tests.support.exchange import PROMPTS, Exchange, picture_of, said, until, until_heard
from tests.support.hearing import heard_seconds


def agent_hangs_up(exchange: Exchange, skip: int, leg: PhoneCall) -> None:
    exchange.wait_joined(skip)
    leg.hang_up()
    until(lambda: said(exchange, skip, "CONVERSATION_ENDED"), 20, "the survey")


@pytest.mark.parametrize(("pressed", "kept"), [("5", "5"), ("1", "1"), ("7", ""), ("", "")])
def test_the_agent_hangs_up_and_the_citizen_may_press_one_key(asterisk: Exchange, pressed: str, kept: str):
    skip = asterisk.begin()
    with asterisk.agent("1001") as agent, asterisk.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        agent_hangs_up(asterisk, skip, agent.wait_call(20))
        if pressed:
            call.press(pressed)
        call.wait_ended(20)
    picture = picture_of(asterisk, skip)
    assert (picture.survey_key, picture.outcome) == (kept, Outcome.ANSWERED)


def test_who_hangs_up_in_the_survey_has_only_not_answered_it(asterisk: Exchange):
    skip = asterisk.begin()
    with asterisk.agent("1001") as agent, asterisk.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        agent_hangs_up(asterisk, skip, agent.wait_call(20))
        call.hang_up()
    picture = picture_of(asterisk, skip)
    assert (picture.survey_key, picture.outcome) == ("", Outcome.ANSWERED)


def test_the_citizen_who_hangs_up_first_is_asked_nothing(asterisk: Exchange):
    skip = asterisk.begin()
    with asterisk.agent("1001"), asterisk.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        asterisk.wait_joined(skip)
        call.hang_up()
    assert picture_of(asterisk, skip).outcome is Outcome.ANSWERED
    assert not said(asterisk, skip, "CONVERSATION_ENDED")


def test_whose_agent_is_lost_hears_each_time_that_he_is_put_through_again(asterisk: Exchange):
    """Without `fresh` five of six pairs of RTP sequence numbers gave silence after the second bridge, and every second
    one after the ringing tone (issue 507)."""
    with asterisk.agent("1001", rings=True) as agent, asterisk.phone("citizen-1", number="13900000001") as citizen:
        skip = asterisk.begin()
        call = citizen.call("12345")
        for times, sequence in ((1, 60_000), (2, 40_000)):
            leg = agent.wait_call(20)
            leg.media.sequence = sequence
            leg.answer()
            asterisk.wait_joined(skip, times)
            until_heard(call, leg, 440)
            leg.request("BYE", headers="Reason: Q.850;cause=44\r\n")
            leg.end(CallEnded.BY_US)
            until(
                lambda times=times: heard_seconds(call.heard(), PROMPTS["transferring"]) > 0.6 * times,
                30,
                "being put through again",
            )
        call.hang_up()
