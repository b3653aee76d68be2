"""What became of a call, and whether it went to another platform. Pure; telephony.calls.call says when it is asked."""

from telephony.calls.call_state import CallPicture, Direction, LegRole, Outcome

_NO_SOUND = 44
"""Asterisk's cause where no sound came for rtp_timeout: the citizen was gone before."""


def outcome_of(picture: CallPicture) -> Outcome:
    if picture.transferred_to and picture.direction is Direction.INBOUND:
        return Outcome.TRANSFERRED_OUT
    if picture.answered_at is not None:
        return Outcome.ANSWERED
    if picture.message_stem:
        return Outcome.MESSAGE_LEFT
    if picture.callback_number:
        return Outcome.CALLBACK_ASKED
    if picture.blocked:
        return Outcome.BLOCKED
    first = picture.first_leg
    if picture.direction is Direction.INBOUND and (first.hung_up_itself or first.hangup_cause == _NO_SOUND):
        return Outcome.ABANDONED
    return Outcome.FAILED


def left_with(picture: CallPicture, inside: frozenset[str]) -> str:
    """The number of 110 or another platform with which the citizen talks while nobody of ours does; else empty."""
    first = picture.first_leg.uniqueid
    if picture.direction is not Direction.INBOUND or first not in inside:
        return ""
    others = [picture.legs[uniqueid] for uniqueid in sorted(inside - {first}) if uniqueid in picture.legs]
    if any(leg.role in (LegRole.AGENT, LegRole.UNIT) for leg in others):
        return ""
    return next((leg.number or leg.endpoint for leg in others if leg.role is LegRole.OUTSIDE), "")
