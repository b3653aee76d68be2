"""What may be done with a call from the desk: the words of it. Pure."""

from enum import StrEnum


class CommandKind(StrEnum):
    TRANSFER = "transfer"
    """Blind: the agent is free at once."""
    ATTENDED = "attended"
    """Agent and colleague talk alone first, while the citizen hears music."""
    CONFERENCE = "conference"
    """The third party joins the conversation on picking up."""
    EMERGENCY_TRANSFER = "emergency_transfer"
    """As CONFERENCE; once 110, 119 or 120 has picked up, the agent is dropped."""
    HOLD = "hold"
    JOIN = "join"
    """The citizen is fetched from the music: back, or into the three-way conversation."""
    SEND_BACK = "send_back"
    """Drops the third party."""
    HAND_OVER = "hand_over"
    """The agent leaves the citizen with the third."""
    HANG_UP = "hang_up"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKE_OVER = "take_over"
    CALL_OUT = "call_out"
    """A telephone of ours rings, then somebody is called about an order."""


IN_TURN = frozenset(
    {CommandKind.HOLD, CommandKind.JOIN, CommandKind.SEND_BACK, CommandKind.HAND_OVER, CommandKind.TRANSFER}
)
"""Done on a call one after the other, in the order in which they were asked for. The end of a call waits for none, and
none waits for a telephone that rings."""


class CommandState(StrEnum):
    ASKED = "asked"
    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
