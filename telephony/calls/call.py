"""The life of one call, decided from Asterisk's facts. Pure: facts in, a picture and happenings out.

Rules
- A call is all channels of one `linkedid`. `step` is the only thing that changes its picture; `fold` is step
  over all its facts, so a call can be made again from what is stored.
- Answered means that the caller and a person (agent, crew) were in one bridge; for our own calls to a crew,
  that the crew picked up. The PBX's own pick-up for the greeting is not an answer.
- The outcome is decided once, at the end, disjoint, in this order: transferred_out (110/119/120 or another
  platform picked up), answered, message_left, callback_asked, blocked (the caller's number is on the block list and no
  key was pressed), abandoned (the caller hung up), failed (all else: busy, congestion, no answer to our own
  call, the PBX or the line broke).
- The call has ended when none of its channels is left, or the linkedid ends, or the PBX no longer knows it; where
  an agent hung up first, when the survey begins: its key comes late and is kept.
- Whose leg began the call decides its direction: it is the one whose uniqueid is the linkedid. A call whose
  beginning nobody heard is a citizen's.
- An agent who transfers does not end the call; a citizen who waits again, because nobody took the transfer, is queued
  again.
- Three in a room: when our people leave the citizen with 110 or another platform, it was transferred out.
- A leg that is recorded by itself (a consultation, while the citizen hears music) keeps that recording.
- What comes after the end of a call is late and harmless, but for a new channel: that raises UnexpectedFact (a guest's,
  whose phone rang too late, does not), and so does anything that no rule lists.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from core.channel_ids import is_guest
from core.errors import HotlineError
from telephony.calls.call_actions import (
    Handler,
    Step,
    application_starts,
    begins_to_ring,
    call_ends,
    dialplan_says,
    hangs_up_late,
    leg_answers,
    leg_ends,
    leg_enters_bridge,
    leg_hangs_up,
    leg_leaves_bridge,
    leg_starts,
    message_left_late,
    nothing,
    rings_no_more,
)
from telephony.calls.call_state import CallPicture, CallState, Direction, Happening, HappeningAt
from telephony.calls.events import Fact, FactKind
from telephony.calls.legs import direction_of, new_leg


class UnexpectedFact(HotlineError):
    """Asterisk stated something that the rules of a call's life do not list."""

    slug = "unexpected_fact"


SET_BACK = dt.timedelta(milliseconds=50)
"""Threads that write at the same moment are less than a millisecond apart; more, and the clock was set back."""

_NO_PLACE = frozenset({FactKind.LINKEDID_END, FactKind.HOLD, FactKind.UNHOLD})
"""The first bears an earlier fact's time; the others we heard ourselves, perhaps before the file was read so far."""


def fold(facts: Iterable[Fact]) -> tuple[CallPicture | None, tuple[HappeningAt, ...], tuple[UnexpectedFact, ...]]:
    """The picture after `facts` (of one linkedid, as the file has them), all that happened, and what no rule lists.

    Facts are taken in the order of their times: Asterisk's threads write into one file, each when it can. Only
    LINKEDID_END comes last whatever its time, which is that of one channel's hanging up and may lie before another's.
    """
    picture: CallPicture | None = None
    happenings: tuple[HappeningAt, ...] = ()
    unexpected: tuple[UnexpectedFact, ...] = ()
    for fact in sorted(_on_one_clock(facts), key=lambda fact: (fact.kind is FactKind.LINKEDID_END, fact.at)):
        try:
            picture, news = step(picture, fact)
        except UnexpectedFact as error:
            unexpected += (error,)
        else:
            happenings += news
    return picture, happenings, unexpected


def _on_one_clock(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Each fact once, at the time of a clock that was not set back in the midst of the call: what follows in the file
    happened later, so where the clock jumps no time passes."""
    latest: dt.datetime | None = None
    behind = dt.timedelta(0)
    seen: set[tuple[object, ...]] = set()
    for fact in facts:
        said = fact.uniqueid, fact.kind, fact.at, fact.digest
        if said in seen:
            continue
        seen.add(said)
        at = fact.at + behind
        if fact.kind is FactKind.VANISHED:
            # Our own statement, which may be made before the last lines of the file are read.
            at = at if latest is None else max(at, latest)
        elif fact.kind not in _NO_PLACE:
            if latest is not None and latest - at > SET_BACK:
                behind, at = behind + (latest - at), latest
            latest = at if latest is None else max(latest, at)
        yield fact._replace(at=at)


def step(picture: CallPicture | None, fact: Fact) -> Step:
    """The call after one more fact. Raises UnexpectedFact where the table has nothing for it."""
    if picture is None:
        return _arrive(fact)
    handler = TABLE[picture.state].get(fact.kind)
    if handler is None and is_guest(fact.uniqueid):
        # A phone began to ring at the moment when the call ended; or only this leg ended.
        return picture, ()
    if handler is None:
        raise UnexpectedFact(
            f"call {picture.linkedid} is {picture.state}, and Asterisk states {fact.kind} of {fact.channel}"
        )
    return handler(picture, fact)


def _arrive(fact: Fact) -> Step:
    # Whatever comes first makes the call: after a gap the first thing we hear need not be its beginning.
    direction = direction_of(fact)
    leg = new_leg(fact, direction)
    picture = CallPicture(
        linkedid=fact.linkedid,
        direction=direction,
        state=CallState.ARRIVING,
        started_at=fact.at,
        legs=MappingProxyType({leg.uniqueid: leg}),
    )
    if direction is Direction.DISPATCH:
        picture = picture._replace(called_number=leg.endpoint)
    elif leg.uniqueid == fact.linkedid:
        picture = picture._replace(
            caller_number=fact.caller_number, caller_name=fact.caller_name, called_number=fact.exten
        )
    happenings = (HappeningAt(Happening.ARRIVED, fact.at, leg.endpoint),)
    if fact.kind is FactKind.CHAN_START:
        return picture, happenings
    after, more = step(picture, fact)
    return after, happenings + more


_IN_HAND: dict[FactKind, Handler] = {
    FactKind.ANSWER: leg_answers,
    FactKind.APP_START: application_starts,
    FactKind.BRIDGE_ENTER: leg_enters_bridge,
    FactKind.BRIDGE_EXIT: leg_leaves_bridge,
    FactKind.USER_DEFINED: dialplan_says,
    FactKind.LINKEDID_END: call_ends,
    FactKind.VANISHED: call_ends,
    **dict.fromkeys(
        (
            *(FactKind.APP_END, FactKind.BLINDTRANSFER, FactKind.ATTENDEDTRANSFER, FactKind.PICKUP),
            *(FactKind.FORWARD, FactKind.LOCAL_OPTIMIZE, FactKind.LOCAL_OPTIMIZE_BEGIN, FactKind.HOLD, FactKind.UNHOLD),
        ),
        nothing,
    ),
}
"""What is the same until the call has ended."""

_WAITING: dict[FactKind, Handler] = {
    FactKind.CHAN_START: begins_to_ring,
    FactKind.HANGUP: leg_hangs_up,
    FactKind.CHAN_END: leg_ends,
}
_RINGING: dict[FactKind, Handler] = {
    FactKind.CHAN_START: leg_starts,
    FactKind.HANGUP: rings_no_more(leg_hangs_up),
    FactKind.CHAN_END: rings_no_more(leg_ends),
}
_SPEAKING: dict[FactKind, Handler] = {
    FactKind.CHAN_START: leg_starts,
    FactKind.HANGUP: leg_hangs_up,
    FactKind.CHAN_END: leg_ends,
}
_LATE: dict[FactKind, Handler] = {
    FactKind.USER_DEFINED: message_left_late,
    FactKind.HANGUP: hangs_up_late,
    **dict.fromkeys(
        (
            *(FactKind.APP_END, FactKind.BRIDGE_EXIT, FactKind.CHAN_END),
            *(FactKind.LINKEDID_END, FactKind.VANISHED, FactKind.LOCAL_OPTIMIZE, FactKind.HOLD, FactKind.UNHOLD),
        ),
        nothing,
    ),
}

TABLE: Mapping[CallState, Mapping[FactKind, Handler]] = MappingProxyType(
    {
        CallState.ARRIVING: _IN_HAND | _WAITING,
        CallState.QUEUED: _IN_HAND | _WAITING,
        CallState.RINGING: _IN_HAND | _RINGING,
        CallState.TALKING: _IN_HAND | _SPEAKING,
        CallState.LEAVING_MESSAGE: _IN_HAND | _SPEAKING,
        CallState.ENDED: _LATE,
    }
)
