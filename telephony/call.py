"""The life of one call, decided from Asterisk's facts. Pure: facts in, a picture and happenings out.

Rules
- A call is all channels of one `linkedid`. `step` is the only thing that changes its picture; `fold` is step
  over all its facts, so a call can be made again from what is stored.
- Answered means that the caller and a person (agent, crew) were in one bridge; for our own calls to a crew,
  that the crew picked up. The PBX's own pick-up for the greeting is not an answer.
- The outcome is decided once, at the end, disjoint, in this order: transferred_out (110/119/120 or another
  platform picked up), answered, message_left, callback_asked, abandoned (the caller hung up himself),
  failed (all else: busy, congestion, no answer to our own call, the PBX or the line broke).
- The call has ended when none of its channels is left, or the linkedid ends, or the PBX no longer knows it.
- What comes after the end of a call is late and harmless, but for a new channel: that raises UnexpectedFact,
  and so does anything that no rule lists.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from core.errors import HotlineError
from telephony.events import Fact, FactKind
from telephony.picture import (
    CallPicture,
    CallState,
    Direction,
    Happening,
    LegPicture,
    LegRole,
    Outcome,
    RecordingPicture,
    Told,
)


class UnexpectedFact(HotlineError):
    """Asterisk stated something that the rules of a call's life do not list."""

    slug = "unexpected_fact"


Step = tuple[CallPicture, tuple[Told, ...]]


def fold(facts: Iterable[Fact]) -> tuple[CallPicture | None, tuple[Told, ...], tuple[UnexpectedFact, ...]]:
    """The picture after `facts` (of one linkedid, in order), all that happened, and what no rule lists."""
    picture: CallPicture | None = None
    told: tuple[Told, ...] = ()
    unexpected: tuple[UnexpectedFact, ...] = ()
    for fact in facts:
        try:
            picture, news = step(picture, fact)
        except UnexpectedFact as error:
            unexpected += (error,)
        else:
            told += news
    return picture, told, unexpected


def step(picture: CallPicture | None, fact: Fact) -> Step:
    """The call after one more fact. Raises UnexpectedFact where the table has nothing for it."""
    if picture is None:
        return _arrive(fact)
    deed = TABLE[picture.state].get(fact.kind)
    if deed is None:
        raise UnexpectedFact(
            f"call {picture.linkedid} is {picture.state}, and Asterisk states {fact.kind} of {fact.channel}"
        )
    return deed(picture, fact)


# ── deeds ────────────────────────────────────────────────────────────────────────────────────────────────────


def _arrive(fact: Fact) -> Step:
    # Whatever comes first makes the call: after a gap the first thing we hear need not be its beginning.
    endpoint = _endpoint(fact.channel)
    direction = _direction(fact, endpoint)
    leg = _new_leg(fact, _first_role(direction, endpoint))
    picture = CallPicture(
        linkedid=fact.linkedid,
        direction=direction,
        state=CallState.ARRIVING,
        started_at=fact.at,
        caller_number=fact.caller_number,
        caller_name=fact.caller_name,
        called_number=fact.exten,
        legs=MappingProxyType({leg.uniqueid: leg}),
    )
    told = (Told(Happening.ARRIVED, fact.at, endpoint),)
    if fact.kind is FactKind.CHAN_START:
        return picture, told
    after, more = step(picture, fact)
    return after, told + more


def _leg_starts(picture: CallPicture, fact: Fact) -> Step:
    if fact.uniqueid in picture.legs:
        return picture, ()
    leg = _new_leg(fact, _role(_endpoint(fact.channel)))
    picture = _with_leg(picture, leg)
    if leg.role is not LegRole.AGENT or picture.state not in _WAITING:
        return picture, ()
    return replace(picture, state=CallState.RINGING), (Told(Happening.RANG, fact.at, leg.endpoint),)


def _leg_answers(picture: CallPicture, fact: Fact) -> Step:
    leg = _leg(picture, fact)
    picture = _with_leg(picture, replace(leg, answered_at=leg.answered_at or fact.at))
    if picture.direction is Direction.DISPATCH and leg.uniqueid == picture.first_leg.uniqueid:
        return _connected(picture, leg.endpoint, fact.at)
    return picture, ()


def _leg_enters_bridge(picture: CallPicture, fact: Fact) -> Step:
    bridge = str(fact.extra.get("bridge_id", ""))
    leg = _leg(picture, fact)
    inside = picture.bridges.get(bridge, frozenset()) | {leg.uniqueid}
    picture = replace(picture, bridges=MappingProxyType({**picture.bridges, bridge: inside}))
    picture = _with_leg(picture, leg)
    if len(inside) < 2:
        return picture, ()
    for uniqueid in inside:
        met = picture.legs[uniqueid]
        picture = _with_leg(picture, replace(met, connected_at=met.connected_at or fact.at))
    others = [picture.legs[uniqueid] for uniqueid in inside if uniqueid != picture.first_leg.uniqueid]
    if picture.first_leg.uniqueid not in inside:
        return picture, ()
    person = next((other for other in others if other.role is not LegRole.MACHINE), None)
    return _connected(picture, person.endpoint, fact.at) if person else (picture, ())


def _connected(picture: CallPicture, endpoint: str, at: dt.datetime) -> Step:
    first = picture.answered_at is None
    picture = replace(
        picture,
        state=CallState.TALKING,
        answered_at=picture.answered_at or at,
        answered_by=picture.answered_by or endpoint,
    )
    return picture, (Told(Happening.ANSWERED, at, endpoint),) if first else ()


def _leg_leaves_bridge(picture: CallPicture, fact: Fact) -> Step:
    bridge = str(fact.extra.get("bridge_id", ""))
    rest = picture.bridges.get(bridge, frozenset()) - {fact.uniqueid}
    return replace(picture, bridges=MappingProxyType({**picture.bridges, bridge: rest})), ()


def _application_starts(picture: CallPicture, fact: Fact) -> Step:
    application = fact.application.lower()
    if application == "queue" and picture.answered_at is None:
        picture = replace(picture, state=CallState.QUEUED, queued_at=picture.queued_at or fact.at)
        return picture, (Told(Happening.QUEUED, fact.at),)
    if application == "record":
        started_at = picture.message_started_at or fact.at
        return replace(picture, state=CallState.LEAVING_MESSAGE, message_started_at=started_at), ()
    return picture, ()


def _dialplan_says(picture: CallPicture, fact: Fact) -> Step:
    detail = str(fact.extra.get("extra", fact.extra.get("text", "")))
    match fact.user_kind:
        case "RECORDING_STARTED":
            return replace(picture, recording=picture.recording or RecordingPicture(fact.uniqueid, detail, fact.at)), ()
        case "MESSAGE_LEFT":
            return replace(picture, message_stem=detail, message_ended_at=fact.at), ()
        case "CALLBACK_ASKED":
            return replace(picture, callback_number=detail or picture.caller_number), ()
        case "TRANSFERRED_OUT":
            return replace(picture, transferred_to=detail), ()
        case _:
            return picture, ()


def _leg_hangs_up(picture: CallPicture, fact: Fact) -> Step:
    leg = _leg(picture, fact)
    cause = fact.extra.get("hangupcause")
    leg = replace(
        leg,
        hangup_cause=cause if isinstance(cause, int) else leg.hangup_cause,
        hung_up_itself=str(fact.extra.get("hangupsource", "")) == leg.channel,
    )
    return _leg_ends(_with_leg(picture, leg), fact)


def _leg_ends(picture: CallPicture, fact: Fact) -> Step:
    leg = _leg(picture, fact)
    picture = _with_leg(picture, replace(leg, ended_at=leg.ended_at or fact.at))
    if not picture.living:
        return _end(picture, fact)
    rings = any(other.role is LegRole.AGENT for other in picture.living)
    if picture.state is CallState.RINGING and not rings:
        return replace(picture, state=CallState.QUEUED), ()
    return picture, ()


def _end(picture: CallPicture, fact: Fact) -> Step:
    # A leg that the PBX forgot ends with the call.
    for leg in picture.living:
        picture = _with_leg(picture, replace(leg, ended_at=fact.at))
    picture = replace(picture, state=CallState.ENDED, ended_at=fact.at, outcome=_outcome(picture))
    return picture, (Told(Happening.ENDED, fact.at, str(picture.outcome)),)


def _outcome(picture: CallPicture) -> Outcome:
    if picture.transferred_to:
        return Outcome.TRANSFERRED_OUT
    if picture.answered_at is not None:
        return Outcome.ANSWERED
    if picture.message_stem:
        return Outcome.MESSAGE_LEFT
    if picture.callback_number:
        return Outcome.CALLBACK_ASKED
    if picture.direction is Direction.INBOUND and picture.first_leg.hung_up_itself:
        return Outcome.ABANDONED
    return Outcome.FAILED


def _message_left_late(picture: CallPicture, fact: Fact) -> Step:
    # The dialplan looks at the message's file after the caller has hung up.
    after, _ = _dialplan_says(picture, fact)
    after = replace(after, outcome=_outcome(after))
    news = (Told(Happening.ENDED, after.ended_at or fact.at, str(after.outcome)),)
    return after, news if after.outcome is not picture.outcome else ()


def _nothing(picture: CallPicture, fact: Fact) -> Step:
    return picture, ()


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────

Deed = Callable[[CallPicture, Fact], Step]

_WAITING = frozenset({CallState.ARRIVING, CallState.QUEUED, CallState.RINGING})

_LIVING: dict[FactKind, Deed] = {
    FactKind.CHAN_START: _leg_starts,
    FactKind.ANSWER: _leg_answers,
    FactKind.APP_START: _application_starts,
    FactKind.APP_END: _nothing,
    FactKind.BRIDGE_ENTER: _leg_enters_bridge,
    FactKind.BRIDGE_EXIT: _leg_leaves_bridge,
    FactKind.BLINDTRANSFER: _nothing,
    FactKind.ATTENDEDTRANSFER: _nothing,
    FactKind.PICKUP: _nothing,
    FactKind.FORWARD: _nothing,
    FactKind.LOCAL_OPTIMIZE: _nothing,
    FactKind.LOCAL_OPTIMIZE_BEGIN: _nothing,
    FactKind.USER_DEFINED: _dialplan_says,
    FactKind.HANGUP: _leg_hangs_up,
    FactKind.CHAN_END: _leg_ends,
    FactKind.LINKEDID_END: _end,
    FactKind.VANISHED: _end,
}

_LATE: dict[FactKind, Deed] = {
    **dict.fromkeys(
        (
            *(FactKind.APP_END, FactKind.BRIDGE_EXIT, FactKind.HANGUP, FactKind.CHAN_END),
            *(FactKind.LINKEDID_END, FactKind.VANISHED, FactKind.LOCAL_OPTIMIZE),
        ),
        _nothing,
    ),
    FactKind.USER_DEFINED: _message_left_late,
}

TABLE: Mapping[CallState, Mapping[FactKind, Deed]] = MappingProxyType(
    {state: _LATE if state is CallState.ENDED else _LIVING for state in CallState}
)


# ── who is who ───────────────────────────────────────────────────────────────────────────────────────────────

_CHANNEL = re.compile(r"^(?P<technology>[^/]+)/(?P<endpoint>.+)-[0-9a-f]{8}(;\d)?$")
_AGENT = re.compile(r"^(?P<extension>\d{4})(-web)?$")


def _endpoint(channel: str) -> str:
    """`PJSIP/1001-web-0000002a` → `1001`: an agent is one, whichever of his two phones he uses."""
    match = _CHANNEL.match(channel)
    if match is None or match["technology"] != "PJSIP":
        return ""
    agent = _AGENT.match(match["endpoint"])
    return agent["extension"] if agent else match["endpoint"]


def _role(endpoint: str) -> LegRole:
    if not endpoint:
        return LegRole.MACHINE
    if _AGENT.match(endpoint):
        return LegRole.AGENT
    if endpoint.startswith(("unit-", "office-")):
        return LegRole.UNIT
    return LegRole.OUTSIDE


def _direction(fact: Fact, endpoint: str) -> Direction:
    if fact.linkedid.startswith("dispatch-"):
        return Direction.DISPATCH
    if _role(endpoint) is not LegRole.AGENT:
        return Direction.INBOUND
    return Direction.INTERNAL if _role(fact.exten) in (LegRole.AGENT, LegRole.UNIT) else Direction.OUTBOUND


def _first_role(direction: Direction, endpoint: str) -> LegRole:
    return LegRole.CITIZEN if direction is Direction.INBOUND else _role(endpoint)


def _new_leg(fact: Fact, role: LegRole) -> LegPicture:
    return LegPicture(fact.uniqueid, fact.channel, _endpoint(fact.channel), role, fact.at)


def _leg(picture: CallPicture, fact: Fact) -> LegPicture:
    """The fact's leg; one that joined from another call (a transfer) or in a gap appears with its first fact."""
    return picture.legs.get(fact.uniqueid) or _new_leg(fact, _role(_endpoint(fact.channel)))


def _with_leg(picture: CallPicture, leg: LegPicture) -> CallPicture:
    return replace(picture, legs=MappingProxyType({**picture.legs, leg.uniqueid: leg}))
