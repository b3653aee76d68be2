"""Which fact leads to which action: the one page to read.

    a person answers a citizen        →  a draft order, in the same transaction as the call's row a citizen left a
    message          →  a draft order too, and the message is a recording of its own a citizen asked to be called back →
    a draft order that says so, and a place in the list of call-backs that citizen was answered anyway  →  the call-back
    is settled our call to that citizen ended    →  its result is kept an office or crew called the      →  a contact in
    the history of its order (first contact) citizen through the exchange a recorded call ended             →  its
    recording is expected; archiving, then transcribing follow as jobs an order is dispatched            →  assignments
    to its office and crew, and a call to the crew (in dispatch.steps.take) the exchange refused to dial, or  →  the
    supervisors are notified: toll fraud begins so to ring a telephone elsewhere the crew's phone gave the key     → the
    assignment is acknowledged (ivr.dispatch_call, by hotline.bridges.line.crew_calls)

Everything here may be called twice and must then do nothing the second time.

Those facts come from call records. What the manager connection reports is nothing that is kept, but moves what is under
way; `event_reactions` has it whole:

    a call record was written         →  the file is read on, and the above follows
    a phone that we rang answers or   →  whoever asked for it learns the result
    ends
    a step of a spoken dialogue ended →  the next step; a caller who asks how an order stands is attended
    an agent's answered leg ended     →  after-call work begins
    a leg is put on hold, or taken up →  a fact of the call
    a telephone goes or comes back    →  agents and telephones are compared
    an agent's telephone rang unanswered →  after the second time running the agent is paused
    a telephone registers elsewhere   →  the supervisors are notified
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from core.numbers.phone import plain_number
from dispatch.callbacks.queue import finish_try, is_callback, note_request, settle_number
from dispatch.city.records import City
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import Order
from dispatch.policy import Policy
from hotline.bridges.line.callbacks import try_result
from hotline.bridges.line.first_contact import note_contact
from hotline.monitoring.incident_bell import IncidentBell
from hotline.monitoring.registered_elsewhere import refused_contact, registered_elsewhere
from ivr.progress import ProgressDesk
from ivr.session import AgiSessions
from recordings.archive.archiving import expect_recording
from recordings.models import RecordingPart, Speaker
from telephony.agents.after_call_work import AfterCallWork
from telephony.agents.missed_calls import MissedRings
from telephony.agents.phones import AgentPhones
from telephony.ami.framing import ManagerEvent
from telephony.calls.call_state import Direction, Happening, HappeningAt, LegRole, Outcome
from telephony.calls.cel_reader import Follower
from telephony.calls.models import Call
from telephony.control.control import Control
from telephony.control.hold_tracker import Holds
from telephony.monitoring.incidents import raise_incident
from telephony.trouble_kinds import TroubleKind

_OURS = frozenset({Direction.OUTBOUND, Direction.INTERNAL})
_WANTS_AN_ORDER = frozenset({Outcome.MESSAGE_LEFT, Outcome.CALLBACK_ASKED})


async def react(policy: Policy, session: AsyncSession, call: Call, happening: HappeningAt) -> None:
    """What follows from one happening in the life of a call, inside the transaction that stores it."""
    if happening.what is Happening.ANSWERED and call.direction is Direction.INBOUND:
        await _draft(policy.city, session, call)
        await settle_number(session, call.caller_number, "来电人再次来电，已经接听", at=happening.at)
    if (why := dialled_in_vain(happening)) is not None:
        await raise_incident(session, call.pbx, TroubleKind.TOLL_FRAUD, why, happening.at)
    if is_callback(call.linkedid) and happening.what in (Happening.ANSWERED, Happening.ENDED):
        await finish_try(session, policy.callbacks, call.linkedid, try_result(call), at=happening.at)
    if happening.what is Happening.ENDED:
        if call.direction is Direction.INBOUND and call.outcome in _WANTS_AN_ORDER:
            order = await _draft(policy.city, session, call)
            if call.outcome is Outcome.CALLBACK_ASKED:
                await note_request(
                    session, order_id=order.id, linkedid=call.linkedid, asked_at=happening.at, number=_number_of(call),
                    place_at=call.queued_at or call.started_at,
                )  # fmt: skip
        await note_contact(policy, session, call)
        await keep_recordings(session, call)


@dataclass(frozen=True)
class Hearers:
    """Listeners for events of the manager connection."""

    follower: Follower
    control: Control
    sessions: AgiSessions
    progress: ProgressDesk
    after_call_work: AfterCallWork
    holds: Holds
    agent_phones: AgentPhones
    missed_rings: MissedRings
    incidents: IncidentBell


def event_reactions(to: Hearers) -> Mapping[str, tuple[Callable[[ManagerEvent], None], ...]]:
    """What follows from an event of the manager connection, by its name and in this order; nothing from any other.
    None of them waits: what takes time runs beside."""

    def elsewhere(event: ManagerEvent) -> None:
        if (why := refused_contact(event)) is not None:
            to.incidents.ring(TroubleKind.TOLL_FRAUD, why)

    return {
        "CEL": (lambda event: to.follower.ring(event.at),),
        "OriginateResponse": (to.control.handle,),
        "HangupRequest": (to.control.handle, to.sessions.handle),
        "Hangup": (to.control.handle, to.sessions.handle, to.after_call_work.handle, to.holds.handle),
        "AsyncAGIStart": (to.sessions.handle, to.progress.handle),
        "AsyncAGIExec": (to.sessions.handle,),
        "AsyncAGIEnd": (to.progress.handle,),
        "Hold": (to.holds.handle,),
        "Unhold": (to.holds.handle,),
        "DeviceStateChange": (to.agent_phones.handle,),
        "AgentConnect": (to.missed_rings.handle,),
        "AgentRingNoAnswer": (to.missed_rings.handle,),
        "ContactStatus": (elsewhere,),
    }


def dialled_in_vain(happening: HappeningAt) -> str | None:
    """The notification to the supervisors; None: nothing was refused. Only the beginning of the number is said: the
    rest of a slip may be a citizen's.
    """
    by, _, rest = happening.detail.partition(" ")
    who = f"分机{by}" if by.strip("0") else "一通被转接的电话"
    match happening.what:
        case Happening.DIAL_REFUSED:
            return f"{who}拨打不允许的号码（{rest[:4]}开头，{len(rest)}位），已拦下。"
        case Happening.DIAL_LIMITED:
            return f"{who}今天外呼已达{rest}次上限，之后的都已拦下。"
        case Happening.CONTACT_REFUSED:
            return registered_elsewhere(happening.detail)
        case _:
            return None


async def _draft(city: City, session: AsyncSession, call: Call) -> Order:
    phone = _number_of(call)
    return await draft_for_call(session, city, linkedid=call.linkedid, citizen_phone=phone, at=call.started_at)


def _number_of(call: Call) -> str:
    """The citizen's, as it is stored and dialled: what the citizen keyed in, else what the network gave."""
    return plain_number(call.callback_number or call.caller_number)


async def keep_recordings(session: AsyncSession, call: Call) -> None:
    """Expect what Asterisk recorded of an ended call; nothing where it recorded nothing."""
    if call.recorded_uniqueid is None or call.recording_started_at is None or call.ended_at is None:
        return
    recorded = next((leg for leg in call.legs if leg.uniqueid == call.recorded_uniqueid), None)
    ended_at = (recorded and recorded.ended_at) or call.ended_at
    uniqueid = call.recorded_uniqueid
    spans = [(RecordingPart.CONVERSATION, uniqueid, call.recording_started_at, ended_at)]
    if call.message_stem and call.message_started_at:
        spans.append((RecordingPart.MESSAGE, uniqueid, call.message_started_at, call.message_ended_at or ended_at))
    for leg in call.legs:
        if leg.recording_started_at:
            part = RecordingPart.CONSULTATION
            spans.append((part, leg.uniqueid, leg.recording_started_at, leg.ended_at or call.ended_at))
    for part, uniqueid, started_at, until in spans:
        await expect_recording(
            session,
            linkedid=call.linkedid,
            uniqueid=uniqueid,
            part=part,
            far_side=_far_side(call),
            started_at=started_at,
            ended_at=until,
        )


def _far_side(call: Call) -> Speaker:
    """A crew or office where we called it, else a citizen."""
    called = [leg for leg in call.legs if leg.uniqueid != call.linkedid]
    crews = call.direction in _OURS and any(leg.role is LegRole.UNIT for leg in called)
    return Speaker.UNIT if call.direction is Direction.DISPATCH or crews else Speaker.CALLER
