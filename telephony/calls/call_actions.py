"""What each fact does to the picture of a call: the actions of the table in telephony.calls.call. Pure."""

import datetime as dt
from collections.abc import Callable
from types import MappingProxyType

from core.channel_ids import is_guest
from telephony.calls.call_state import CallPicture, CallState, Direction, Happening, HappeningAt, LegPicture, LegRole
from telephony.calls.call_state import RecordingPicture as Recording
from telephony.calls.events import Fact, FactKind
from telephony.calls.legs import is_citizen, leg_of, new_leg
from telephony.calls.outcome import left_with, outcome_of
from telephony.dialplan_words import DialplanWord

Step = tuple[CallPicture, tuple[HappeningAt, ...]]
"""The picture after a fact, and what happened with it."""
Handler = Callable[[CallPicture, Fact], Step]


def leg_starts(picture: CallPicture, fact: Fact) -> Step:
    if fact.uniqueid in picture.legs:
        return picture, ()
    leg = new_leg(fact, picture.direction)
    picture = _with_leg(picture, leg)
    if leg.role is not LegRole.AGENT:
        return picture, ()
    return picture, (HappeningAt(Happening.RANG, fact.at, leg.endpoint),)


def begins_to_ring(picture: CallPicture, fact: Fact) -> Step:
    """A leg starts while the citizen waits: an agent's phone begins to ring."""
    after, happenings = leg_starts(picture, fact)
    return (after._replace(state=CallState.RINGING) if happenings else after), happenings


def leg_answers(picture: CallPicture, fact: Fact) -> Step:
    leg = leg_of(picture, fact)
    picture = _with_leg(picture, leg._replace(answered_at=leg.answered_at or fact.at))
    if picture.direction is Direction.DISPATCH and leg.uniqueid == picture.first_leg.uniqueid:
        return _connected(picture, leg.endpoint, fact.at)
    return picture, ()


def leg_enters_bridge(picture: CallPicture, fact: Fact) -> Step:
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


def leg_leaves_bridge(picture: CallPicture, fact: Fact) -> Step:
    bridge = str(fact.extra.get("bridge_id", ""))
    rest = picture.bridges.get(bridge, frozenset()) - {fact.uniqueid}
    picture = picture._replace(bridges=MappingProxyType({**picture.bridges, bridge: rest}))
    outside = left_with(picture, rest)
    return picture._replace(transferred_to=picture.transferred_to or outside), ()


def application_starts(picture: CallPicture, fact: Fact) -> Step:
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


def dialplan_says(picture: CallPicture, fact: Fact) -> Step:
    detail = _detail(fact)
    if (refused := _REFUSALS.get(fact.user_kind)) is not None:
        return picture, (HappeningAt(refused, fact.at, detail),)
    if fact.user_kind == DialplanWord.CONVERSATION_ENDED:
        return call_ends(picture._replace(survey_asked_at=fact.at), fact)
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


def leg_hangs_up(picture: CallPicture, fact: Fact) -> Step:
    leg = leg_of(picture, fact)
    cause = fact.extra.get("hangupcause")
    leg = leg._replace(
        hangup_cause=cause if isinstance(cause, int) else leg.hangup_cause,
        hung_up_itself=str(fact.extra.get("hangupsource", "")) == leg.channel,
    )
    return leg_ends(_with_leg(picture, leg), fact)


def leg_ends(picture: CallPicture, fact: Fact) -> Step:
    leg = leg_of(picture, fact)
    picture = _with_leg(picture, leg._replace(ended_at=leg.ended_at or fact.at))
    return (picture, ()) if picture.living else call_ends(picture, fact)


def rings_no_more(handler: Handler) -> Handler:
    """A leg ends while agents' phones ring: once none of them rings, the citizen is queued again."""

    def go(picture: CallPicture, fact: Fact) -> Step:
        after, happenings = handler(picture, fact)
        rings = any(leg.role is LegRole.AGENT and leg.connected_at is None for leg in after.living)
        return (after if rings or not after.living else after._replace(state=CallState.QUEUED)), happenings

    return go


def call_ends(picture: CallPicture, fact: Fact) -> Step:
    if fact.kind is FactKind.LINKEDID_END and is_guest(fact.uniqueid):
        return picture, ()
    # A leg that the PBX forgot ends with the call.
    at = max([fact.at, *(leg.ended_at for leg in picture.legs.values() if leg.ended_at)])
    for leg in picture.living:
        picture = _with_leg(picture, leg._replace(ended_at=at))
    picture = picture._replace(state=CallState.ENDED, ended_at=at, outcome=outcome_of(picture))
    return picture, (HappeningAt(Happening.ENDED, at, str(picture.outcome)),)


def hangs_up_late(picture: CallPicture, fact: Fact) -> Step:
    # The citizen who was asked for a key after the conversation; the leg ended with it.
    leg, cause = picture.legs.get(fact.uniqueid), fact.extra.get("hangupcause")
    if leg is None or leg.hangup_cause is not None or not isinstance(cause, int):
        return picture, ()
    return _with_leg(picture, leg._replace(hangup_cause=cause)), ()


def message_left_late(picture: CallPicture, fact: Fact) -> Step:
    # The dialplan looks at the message's file after the caller has hung up.
    after = _noted(picture, fact, _detail(fact))
    after = after._replace(outcome=outcome_of(after))
    news = (HappeningAt(Happening.ENDED, after.ended_at or fact.at, str(after.outcome)),)
    return after, news if after.outcome is not picture.outcome else ()


def nothing(picture: CallPicture, fact: Fact) -> Step:
    return picture, ()


def _with_leg(picture: CallPicture, leg: LegPicture) -> CallPicture:
    return picture._replace(legs=MappingProxyType({**picture.legs, leg.uniqueid: leg}))
