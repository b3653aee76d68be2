"""What became of a call that we placed, and whether the exchange would place it. Pure."""

from enum import StrEnum


class DialAnswer(StrEnum):
    """Whether the exchange would dial a number for an extension."""

    YES = "yes"
    LIMITED = "limited"
    """The extension has had its calls of the day."""
    REFUSED = "refused"
    """The rule of numbers does not allow it, or the exchange did not say."""


class DialResult(StrEnum):
    """What became of a call that we placed, as far as somebody picking up."""

    ANSWERED = "answered"
    BUSY = "busy"
    """Busy, or the call was declined."""
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    """The phone is not registered, or its network is congested."""
    FAILED = "failed"


_RESULT_BY_CAUSE = {
    # Q.850, as chan_pjsip makes it of the phone's answer: 486 → 17, 603 → 21, 480 → 19.
    **{"16": DialResult.NO_ANSWER, "17": DialResult.BUSY, "18": DialResult.NO_ANSWER, "19": DialResult.NO_ANSWER},
    **{"20": DialResult.UNREACHABLE, "21": DialResult.BUSY, "27": DialResult.UNREACHABLE},
    **{"34": DialResult.UNREACHABLE, "38": DialResult.UNREACHABLE, "41": DialResult.UNREACHABLE},
}
ANSWERS = {DialResult.ANSWERED: DialAnswer.YES, DialResult.BUSY: DialAnswer.LIMITED}
_RESULT_BY_REASON = {
    # Asterisk's control frames (frame.h): 0 none (no such contact), 3 ringing when the time was over.
    **{"0": DialResult.UNREACHABLE, "1": DialResult.NO_ANSWER, "3": DialResult.NO_ANSWER},
    **{"5": DialResult.BUSY, "8": DialResult.UNREACHABLE},
}


def parse_dial_result(answered: bool, reason: str, cause: str) -> DialResult:
    """From an OriginateResponse's Reason and the Cause that the phone gave; either may be empty."""
    if answered:
        return DialResult.ANSWERED
    return _RESULT_BY_CAUSE.get(cause) or _RESULT_BY_REASON.get(reason, DialResult.FAILED)
