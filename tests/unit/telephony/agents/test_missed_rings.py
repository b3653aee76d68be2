"""When an agent counts as not there."""

from typing import cast

from core.database import Sessions
from telephony.agents.missed_calls import MissedRings
from telephony.ami.framing import ManagerEvent
from telephony.control.control import Control


def event(name: str, phone: str = "1001-web") -> ManagerEvent:
    return ManagerEvent(name, {"Interface": f"PJSIP/{phone}"})


def test_two_missed_rings_running_are_enough_and_an_answer_in_between_begins_anew() -> None:
    missed = MissedRings(cast(Sessions, None), cast(Control, None))
    ring, answer, other = event("AgentRingNoAnswer"), event("AgentConnect"), event("AgentRingNoAnswer", "1002")
    said = [missed.missed_enough(one) for one in (ring, other, answer, ring, event("AgentCalled"), ring, ring)]
    assert said == ["", "", "", "", "", "1001", ""]
