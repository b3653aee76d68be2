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
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from core.channel_ids import is_guest
from core.errors import HotlineError
from telephony.calls.call_state import CallPicture, CallState, Direction, Happening, HappeningAt, LegPicture, LegRole
from telephony.calls.call_state import RecordingPicture as Recording
from telephony.calls.events import Fact, FactKind
from telephony.calls.legs import direction_of, is_citizen, leg_of, new_leg
from telephony.calls.outcome import left_with, outcome_of
from telephony.dialplan_words import DialplanWord


class UnexpectedFact(HotlineError):
    """Asterisk stated something that the rules of a call's life do not list."""

    slug = "unexpected_fact"


SET_BACK = dt.timedelta(milliseconds=50)
"""Threads that write at the same moment are less than a millisecond apart; more, and the clock was set back."""

_NO_PLACE = frozenset({FactKind.LINKEDID_END, FactKind.HOLD, FactKind.UNHOLD})
"""The first bears an earlier fact's time; the others we heard ourselves, perhaps before the file was read so far."""

Step = tuple[CallPicture, tuple[HappeningAt, ...]]


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


# ── actions ──────────────────────────────────────────────────────────────────────────────────────────────────


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


def _leg_starts(picture: CallPicture, fact: Fact) -> Step:
    if fact.uniqueid in picture.legs:
        return picture, ()
    leg = new_leg(fact, picture.direction)
    picture = _with_leg(picture, leg)
    if leg.role is not LegRole.AGENT:
        return picture, ()
    return picture, (HappeningAt(Happening.RANG, fact.at, leg.endpoint),)


def _begins_to_ring(picture: CallPicture, fact: Fact) -> Step:
    """A leg starts while the citizen waits: an agent's phone begins to ring."""
    after, happenings = _leg_starts(picture, fact)
    return (after._replace(state=CallState.RINGING) if happenings else after), happenings


def _leg_answers(picture: CallPicture, fact: Fact) -> Step:
    leg = leg_of(picture, fact)
    picture = _with_leg(picture, leg._replace(answered_at=leg.answered_at or fact.at))
    if picture.direction is Direction.DISPATCH and leg.uniqueid == picture.first_leg.uniqueid:
        return _connected(picture, leg.endpoint, fact.at)
    return picture, ()


def _leg_enters_bridge(picture: CallPicture, fact: Fact) -> Step:
    bridge = str(fact.extra.get("bridge_id", ""))
    leg = leg_of(picture, fact)
    inside = picture.bridges.get(bridge, frozenset()) | {leg.uniqueid}
    picture = _with_leg(picture, leg)._replace(bridges=MappingProxyType({**picture.bridges, bridge: inside}))
    if len(inside) < 2:
        return picture, ()
    for uniqueid in inside:
        if picture.legs[uniqueid].connected_at is None:
            picture = _with_leg(picture, picture.legs[uniqueid]._replace(connected_at=fact.at))
    if any(is_citizen(picture.legs[uniqueid], picture.direction) for uniqueid in inside):
        for uniqueid in inside:
            if picture.legs[uniqueid].citizen_at is None:
                picture = _with_leg(picture, picture.legs[uniqueid]._replace(citizen_at=fact.at))
    first = picture.first_leg.uniqueid
    if first not in inside and picture.direction is not Direction.OUTBOUND:
        return picture, ()
    if not any(leg.role in (LegRole.AGENT, LegRole.UNIT) for leg in picture.living):
        picture = picture._replace(transferred_to=picture.transferred_to or left_with(picture, inside))
    others = [picture.legs[uniqueid] for uniqueid in sorted(inside) if uniqueid != first]
    person = next((other for other in others if other.role is not LegRole.MACHINE), None)
    return _connected(picture, person.endpoint, fact.at) if person else (picture, ())


def _connected(picture: CallPicture, endpoint: str, at: dt.datetime) -> Step:
    if picture.answered_at is not None:
        return picture._replace(state=CallState.TALKING), ()
    picture = picture._replace(state=CallState.TALKING, answered_at=at, answered_by=endpoint)
    return picture, (HappeningAt(Happening.ANSWERED, at, endpoint),)


def _leg_leaves_bridge(picture: CallPicture, fact: Fact) -> Step:
    bridge = str(fact.extra.get("bridge_id", ""))
    rest = picture.bridges.get(bridge, frozenset()) - {fact.uniqueid}
    picture = picture._replace(bridges=MappingProxyType({**picture.bridges, bridge: rest}))
    outside = left_with(picture, rest)
    return picture._replace(transferred_to=picture.transferred_to or outside), ()


def _application_starts(picture: CallPicture, fact: Fact) -> Step:
    application = fact.application.lower()
    if application == "queue":
        picture = picture._replace(state=CallState.QUEUED, queued_at=picture.queued_at or fact.at)
        return picture, (HappeningAt(Happening.QUEUED, fact.at),)
    if application == "record":
        started_at = picture.message_started_at or fact.at
        return picture._replace(state=CallState.LEAVING_MESSAGE, message_started_at=started_at), ()
    return picture, ()


_REFUSALS: dict[str, Happening] = {
    DialplanWord.DIAL_REFUSED: Happening.DIAL_REFUSED,
    DialplanWord.DIAL_LIMITED: Happening.DIAL_LIMITED,
    DialplanWord.CONTACT_REFUSED: Happening.CONTACT_REFUSED,
}


def _dialplan_says(picture: CallPicture, fact: Fact) -> Step:
    detail = _detail(fact)
    if (refused := _REFUSALS.get(fact.user_kind)) is not None:
        return picture, (HappeningAt(refused, fact.at, detail),)
    if fact.user_kind == DialplanWord.CONVERSATION_ENDED:
        return _end(picture._replace(survey_asked_at=fact.at), fact)
    return _noted(picture, fact, detail), ()


def _noted(picture: CallPicture, fact: Fact, detail: str) -> CallPicture:
    """With what the dialplan says of a call, live or ended. Other words change nothing."""
    match fact.user_kind:
        case DialplanWord.RECORDING_STARTED:
            return _recording_starts(picture, fact, detail)
        case DialplanWord.JOINED:
            return _with_leg(picture, leg_of(picture, fact)._replace(number=detail))
        case DialplanWord.CALLED:
            return picture._replace(called_number=detail)
        case DialplanWord.MESSAGE_LEFT:
            return picture._replace(message_stem=detail, message_ended_at=picture.ended_at or fact.at)
        case DialplanWord.CALLBACK_ASKED:
            return picture._replace(callback_number=detail or picture.caller_number)
        case DialplanWord.TRANSFERRED_OUT:
            return picture._replace(transferred_to=detail)
        case DialplanWord.BLOCKED | DialplanWord.BLOCK_PASSED:
            return picture._replace(blocked=fact.user_kind == DialplanWord.BLOCKED)
        case DialplanWord.SURVEY:
            return picture._replace(survey_key=detail)
        case _:
            return picture


def _detail(fact: Fact) -> str:
    return str(fact.extra.get("extra", fact.extra.get("text", "")))


def _recording_starts(picture: CallPicture, fact: Fact, stem: str) -> CallPicture:
    """The first is the call's; another's, on another leg, that of a consultation."""
    begun = Recording(fact.uniqueid, stem, fact.at)
    if picture.recording is None:
        return picture._replace(recording=begun)
    leg = leg_of(picture, fact)
    if fact.uniqueid == picture.recording.uniqueid or leg.recording is not None:
        return picture
    return _with_leg(picture, leg._replace(recording=begun))


def _leg_hangs_up(picture: CallPicture, fact: Fact) -> Step:
    leg = leg_of(picture, fact)
    cause = fact.extra.get("hangupcause")
    leg = leg._replace(
        hangup_cause=cause if isinstance(cause, int) else leg.hangup_cause,
        hung_up_itself=str(fact.extra.get("hangupsource", "")) == leg.channel,
    )
    return _leg_ends(_with_leg(picture, leg), fact)


def _leg_ends(picture: CallPicture, fact: Fact) -> Step:
    leg = leg_of(picture, fact)
    picture = _with_leg(picture, leg._replace(ended_at=leg.ended_at or fact.at))
    return (picture, ()) if picture.living else _end(picture, fact)


def _rings_no_more(handler: "Handler") -> "Handler":
    """A leg ends while agents' phones ring: once none of them rings, the citizen is queued again."""

    def go(picture: CallPicture, fact: Fact) -> Step:
        after, happenings = handler(picture, fact)
        rings = any(leg.role is LegRole.AGENT and leg.connected_at is None for leg in after.living)
        return (after if rings or not after.living else after._replace(state=CallState.QUEUED)), happenings

    return go


def _end(picture: CallPicture, fact: Fact) -> Step:
    if fact.kind is FactKind.LINKEDID_END and is_guest(fact.uniqueid):
        return picture, ()
    # A leg that the PBX forgot ends with the call.
    at = max([fact.at, *(leg.ended_at for leg in picture.legs.values() if leg.ended_at)])
    for leg in picture.living:
        picture = _with_leg(picture, leg._replace(ended_at=at))
    picture = picture._replace(state=CallState.ENDED, ended_at=at, outcome=outcome_of(picture))
    return picture, (HappeningAt(Happening.ENDED, at, str(picture.outcome)),)


def _hangs_up_late(picture: CallPicture, fact: Fact) -> Step:
    # The citizen who was asked for a key after the conversation; the leg ended with it.
    leg, cause = picture.legs.get(fact.uniqueid), fact.extra.get("hangupcause")
    if leg is None or leg.hangup_cause is not None or not isinstance(cause, int):
        return picture, ()
    return _with_leg(picture, leg._replace(hangup_cause=cause)), ()


def _message_left_late(picture: CallPicture, fact: Fact) -> Step:
    # The dialplan looks at the message's file after the caller has hung up.
    after = _noted(picture, fact, _detail(fact))
    after = after._replace(outcome=outcome_of(after))
    news = (HappeningAt(Happening.ENDED, after.ended_at or fact.at, str(after.outcome)),)
    return after, news if after.outcome is not picture.outcome else ()


def _nothing(picture: CallPicture, fact: Fact) -> Step:
    return picture, ()


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────

Handler = Callable[[CallPicture, Fact], Step]

_IN_HAND: dict[FactKind, Handler] = {
    FactKind.ANSWER: _leg_answers,
    FactKind.APP_START: _application_starts,
    FactKind.BRIDGE_ENTER: _leg_enters_bridge,
    FactKind.BRIDGE_EXIT: _leg_leaves_bridge,
    FactKind.USER_DEFINED: _dialplan_says,
    FactKind.LINKEDID_END: _end,
    FactKind.VANISHED: _end,
    **dict.fromkeys(
        (
            *(FactKind.APP_END, FactKind.BLINDTRANSFER, FactKind.ATTENDEDTRANSFER, FactKind.PICKUP),
            *(FactKind.FORWARD, FactKind.LOCAL_OPTIMIZE, FactKind.LOCAL_OPTIMIZE_BEGIN, FactKind.HOLD, FactKind.UNHOLD),
        ),
        _nothing,
    ),
}

"""What is the same until the call has ended."""

_WAITING: dict[FactKind, Handler] = {
    FactKind.CHAN_START: _begins_to_ring,
    FactKind.HANGUP: _leg_hangs_up,
    FactKind.CHAN_END: _leg_ends,
}
_RINGING: dict[FactKind, Handler] = {
    FactKind.CHAN_START: _leg_starts,
    FactKind.HANGUP: _rings_no_more(_leg_hangs_up),
    FactKind.CHAN_END: _rings_no_more(_leg_ends),
}
_SPEAKING: dict[FactKind, Handler] = {
    FactKind.CHAN_START: _leg_starts,
    FactKind.HANGUP: _leg_hangs_up,
    FactKind.CHAN_END: _leg_ends,
}
_LATE: dict[FactKind, Handler] = {
    FactKind.USER_DEFINED: _message_left_late,
    FactKind.HANGUP: _hangs_up_late,
    **dict.fromkeys(
        (
            *(FactKind.APP_END, FactKind.BRIDGE_EXIT, FactKind.CHAN_END),
            *(FactKind.LINKEDID_END, FactKind.VANISHED, FactKind.LOCAL_OPTIMIZE, FactKind.HOLD, FactKind.UNHOLD),
        ),
        _nothing,
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


def _with_leg(picture: CallPicture, leg: LegPicture) -> CallPicture:
    return picture._replace(legs=MappingProxyType({**picture.legs, leg.uniqueid: leg}))
