"""Whose hang-up is followed by after-call work."""

import pytest

from telephony.agents.after_call_work import talked_at
from telephony.ami.framing import ManagerEvent


def hangup(**headers: str) -> ManagerEvent:
    said = {"Channel": "PJSIP/1001-web-0000002a", "ChannelStateDesc": "Up", "Uniqueid": "2", "Linkedid": "1"}
    return ManagerEvent("Hangup", {**said, **headers})


def test_an_agents_answered_leg_of_somebody_elses_call_counts() -> None:
    assert talked_at(hangup()) == "1001"


@pytest.mark.parametrize(
    "headers",
    [
        {"ChannelStateDesc": "Ringing"},
        {"Linkedid": "2"},
        {"Channel": "PJSIP/citizen-1-00000001"},
        {"Channel": "PJSIP/unit-01-00000001"},
        {"Channel": "Local/1001@agents-00000001;1"},
    ],
    ids=lambda headers: "-".join(headers.values()),
)
def test_what_was_not_answered_or_not_his_does_not(headers: dict[str, str]) -> None:
    assert talked_at(hangup(**headers)) == ""
