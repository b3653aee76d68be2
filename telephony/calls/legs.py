"""The parties of a call: its citizen, and the owner of each leg. Pure."""

from core.channel_ids import ChannelUse, is_guest, use_of
from telephony.calls.call_state import CallPicture, Direction, LegPicture, LegRole
from telephony.calls.channel_names import person_of, role_of
from telephony.calls.events import Fact
from telephony.pbx.accounts.names import PROBE_ACCOUNT

_OURS: dict[ChannelUse | None, Direction] = {
    ChannelUse.CREW_CALL: Direction.DISPATCH,
    ChannelUse.CALL_OUT: Direction.OUTBOUND,
    ChannelUse.CALLBACK: Direction.OUTBOUND,
    ChannelUse.SPY: Direction.SPY,
    ChannelUse.PRACTICE: Direction.PRACTICE,
    ChannelUse.REACHABILITY_CHECK: Direction.REACHABILITY,
}
"""Calls that we make."""


def direction_of(fact: Fact) -> Direction:
    if (ours := _OURS.get(use_of(fact.linkedid))) is not None:
        return ours
    if fact.uniqueid == fact.linkedid and person_of(fact.channel) == PROBE_ACCOUNT:
        return Direction.PROBE
    if fact.uniqueid != fact.linkedid or role_of(person_of(fact.channel)) is not LegRole.AGENT:
        return Direction.INBOUND
    return Direction.INTERNAL if role_of(fact.exten) in (LegRole.AGENT, LegRole.UNIT) else Direction.OUTBOUND


def new_leg(fact: Fact, direction: Direction) -> LegPicture:
    person = person_of(fact.channel)
    is_citizen = direction is Direction.INBOUND and fact.uniqueid == fact.linkedid
    role = LegRole.CALLER if is_citizen else role_of(person)
    return LegPicture(fact.uniqueid, fact.channel, person, role, fact.at)


def leg_of(picture: CallPicture, fact: Fact) -> LegPicture:
    """The fact's leg; one that joined from another call (a transfer) or in a gap appears with its first fact."""
    return picture.legs.get(fact.uniqueid) or new_leg(fact, picture.direction)


def is_citizen(leg: LegPicture, direction: Direction) -> bool:
    """Whether it is the leg of the call's own citizen: the caller, or the person whom we called."""
    if direction is Direction.OUTBOUND:
        return leg.role is LegRole.OUTSIDE and not is_guest(leg.uniqueid)
    return leg.role is LegRole.CALLER
