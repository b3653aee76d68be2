"""The life of a work order: one table, and nothing else changes a state.

Rules
1.  `TRANSITIONS[state][step]` says where the step leads, who may take it, what must be given with it (`asks`)
    and what the order must already say (`needs`). A step that is not in the table cannot be taken.
2.  draft → answered → closed: answered on the spot. draft → registered → dispatched → accepted → in_progress →
    replied → in_review → follow_up → closed: handled by an office or a unit.
3.  Nobody judges their own work: an office that replies neither reviews nor closes.
4.  First contact is responsible (首接负责): an office cannot hand an order on. It may ask the coordinator to move
    the lead, or call others in; meanwhile the state and the clock stay as they are.
5.  `sent_back` is done again from `in_progress`. When follow-up says "not solved" the order reopens by itself.
6.  `escalated` (until a leader's instruction) and `suspended` (until a promised date) stand beside the road: the
    order goes back to where it stood (`to` is None), which its row remembers.
7.  What was merged or thrown out by mistake is reopened by the coordinator, with a reason. A draft that never was
    more than one is taken back into a draft by the desk (dispatch.steps.life.reopening), with one click.
8.  Steps of the system are ordinary steps: it dispatches where the rules are sure, warns, resumes, closes, reopens.
9.  Merging an order makes its citizen a follower of the other (关注人): that order's history says so (`join`,
    `leave`), and that citizen is notified when it is done (`notify_follower`).
10. A crew's yes ends the search for one (dispatch.assignments.crew_search_rules); its no, or silence, hands the
    order on to the next.
11. A return (退单) changes nothing until it is decided: the first by the coordinator, the second by the supervisor,
    whose ruling stands. What an order's own facts forbid beside this table is the guard in the
    step's record (dispatch.steps.spec).
12. Where one order holds several matters the coordinator makes each an order of its own (拆单), one at a time; the
    first goes on as it stands (dispatch.steps.life.merge_and_split).
13. An office that has accepted speaks with the citizen within the city's time (首次联系); each try is `contact`, and
    the system records a call through the exchange that the citizen answered.
14. A citizen who calls again is told how far the order is, may urge it and add to it; none of that changes the state.
15. A citizen may ask to stay unnamed at any time (要求保密); one person takes the wish down, two lift it.
16. Limits in a year that is not arranged yet are provisional. When its calendar is there the system recounts them,
    with a row of history; dates that people set stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    AGENT = "agent"
    COORDINATOR = "coordinator"
    OFFICE = "office"
    UNIT = "unit"
    SUPERVISOR = "supervisor"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
    CITIZEN = "citizen"
    SYSTEM = "system"
    """Our own program; nobody signs in with it."""


class State(StrEnum):
    DRAFT = "draft"
    ANSWERED = "answered"
    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    REPLIED = "replied"
    IN_REVIEW = "in_review"
    SENT_BACK = "sent_back"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    ESCALATED = "escalated"
    SUSPENDED = "suspended"
    MERGED = "merged"
    INVALID = "invalid"
    REOPENED = "reopened"


class Step(StrEnum):
    CREATE = "create"
    """Only ever the first row of an order's history; never in the table."""
    FILL_IN = "fill_in"
    ANSWER = "answer"
    REGISTER = "register"
    DISPATCH = "dispatch"
    REDISPATCH = "redispatch"
    ADD_CO_OFFICES = "add_co_offices"
    ACCEPT = "accept"
    ASK_RETURN = "ask_return"
    """The lead office asks that the lead be given to another (退单申请); granted by `redispatch`."""
    DECLINE_RETURN = "decline_return"
    START = "start"
    REPORT = "report"
    """News from the place; changes nothing else."""
    CONTACT = "contact"
    """An office or crew contacted the citizen, successfully or not (联系记录)."""
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    DECLINE_EXTENSION = "decline_extension"
    ANSWER_PART = "answer_part"
    """A co-handling office's answer on its part (协办答复)."""
    REPLY = "reply"
    REVIEW = "review"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    RECORD_FOLLOW_UP = "record_follow_up"
    CLOSE = "close"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    INSTRUCT = "instruct"
    SUSPEND = "suspend"
    RESUME = "resume"
    MERGE = "merge"
    INVALIDATE = "invalidate"
    WARN = "warn"
    """超时警告, by the system."""
    SUPERVISE = "supervise"
    """督办."""
    ANSWER_SUPERVISION = "answer_supervision"
    TAKE_BACK = "take_back"
    """The desk merged or threw out a draft by mistake."""
    DECLINE = "decline"
    """The crew cannot go: the next one is asked."""
    HAND_ON = "hand_on"
    """Another crew is given the order."""
    NOBODY_TOOK = "nobody_took"
    """No crew accepted: the coordinator's alarm."""
    JOIN = "join"
    """Another order was merged into this one: its citizen waits for this one too."""
    LEAVE = "leave"
    """That merger was taken back."""
    NOTIFY_FOLLOWER = "notify_follower"
    """The citizen of a merged order was notified of the other's outcome."""
    SPLIT = "split"
    """A part of the matter becomes an order of its own (拆单)."""
    PROMISE_SECRECY = "promise_secrecy"
    """The citizen asks to stay unnamed when the order is registered already, in whatever state it is."""
    LIFT_SECRECY = "lift_secrecy"
    """The citizen need not stay unnamed any more: one person asked, another approved (dispatch.approvals.secrecy)."""
    URGE = "urge"
    """The citizen asks that it go faster (催办)."""
    SUPPLEMENT = "supplement"
    """The citizen adds something (补充)."""
    TELL_PROGRESS = "tell_progress"
    """The citizen asked how far it is, and the agent answered (答复进度)."""
    TEXT_CITIZEN = "text_citizen"
    """The desk writes to the citizen (发短信)."""
    RECOUNT = "recount"
    """Limits that were counted before the year's calendar was arranged are recounted (dispatch.steps.recount)."""


@dataclass(frozen=True)
class Transition:
    to: State | None
    """None: back to the state in which the order was set aside."""
    roles: frozenset[Role]
    asks: tuple[str, ...] = ()
    """Fields that must come with the step."""
    needs: tuple[str, ...] = ()
    """Fields of the order that must not be empty once the step's own are filled in."""


FINAL = frozenset({State.CLOSED, State.MERGED, State.INVALID})
"""No clock runs and nobody has anything to do."""

SET_ASIDE = frozenset({State.ESCALATED, State.SUSPENDED})

_A, _C, _O, _U = Role.AGENT, Role.COORDINATOR, Role.OFFICE, Role.UNIT
_SUP, _L, _CIT, _SYS = Role.SUPERVISOR, Role.LEADER, Role.CITIZEN, Role.SYSTEM

_ESSENCE = ("kind", "title", "matter")
_WHOLE = (*_ESSENCE, "subject")
_PLACED = (*_WHOLE, "place")
"""A place only where the kind has a scene (dispatch.orders.completeness)."""


def _by(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


def _stay(state: State, *roles: Role, asks: tuple[str, ...] = (), needs: tuple[str, ...] = ()) -> Transition:
    return Transition(state, _by(*roles), asks, needs)


_ANSWER = Transition(State.ANSWERED, _by(_A, _C), asks=("public_answer",), needs=_ESSENCE)
_REGISTER = Transition(State.REGISTERED, _by(_A, _C, _CIT, _SYS), needs=_PLACED)
_DISPATCH = Transition(State.DISPATCHED, _by(_C, _SYS), needs=(*_WHOLE, "lead_office_code"))
_REDISPATCH = Transition(State.DISPATCHED, _by(_C, _SUP), asks=("lead_office_code", "reason"))
_START = Transition(State.IN_PROGRESS, _by(_O, _U))
_REPLY = Transition(State.REPLIED, _by(_O, _U), asks=("done", "public_answer"))
_REOPEN = Transition(State.REOPENED, _by(_A, _C, _SUP, _CIT, _SYS), asks=("reason",))
_UNDO = Transition(State.REOPENED, _by(_C), asks=("reason",))
_MERGE = Transition(State.MERGED, _by(_C), asks=("merged_into", "reason"))
_INVALIDATE = Transition(State.INVALID, _by(_C), asks=("reason",))
_ESCALATE = Transition(State.ESCALATED, _by(_C, _SUP), asks=("reason",))
_TAKE_BACK = Transition(State.DRAFT, _by(_A, _C))
_SPLIT_ASKS = (*_WHOLE, "reason")
_CONTACT_ASKS = ("contact_way", "reached")
_SUSPEND = Transition(State.SUSPENDED, _by(_C), asks=("promised_at", "reason"))


def _on_hand(state: State) -> dict[Step, Transition]:
    """What is possible while an office has the order, whether or not it has begun."""
    return {
        Step.FILL_IN: _stay(state, _C, needs=_WHOLE),
        Step.REDISPATCH: _REDISPATCH,
        Step.ADD_CO_OFFICES: _stay(state, _C, _O, asks=("co_office_codes", "reason")),
        Step.ASK_RETURN: _stay(state, _O, asks=("reason_code", "reason", "boundary", "suggested_office_code")),
        Step.DECLINE_RETURN: _stay(state, _C, _SUP, asks=("reason",)),
        Step.REPORT: _stay(state, _O, _U, asks=("note",)),
        Step.CONTACT: _stay(state, _O, _U, _SYS, asks=_CONTACT_ASKS),
        Step.ANSWER_PART: _stay(state, _O, asks=("note",)),
        Step.DECLINE: _stay(state, _U, asks=("reason",)),
        Step.HAND_ON: _stay(state, _C, _SYS, asks=("unit_code", "reason")),
        Step.NOBODY_TOOK: _stay(state, _SYS, asks=("reason",)),
        Step.ASK_EXTENSION: _stay(state, _O, asks=("promised_at", "reason")),
        Step.GRANT_EXTENSION: _stay(state, _C),
        Step.DECLINE_EXTENSION: _stay(state, _C, asks=("reason",)),
        Step.SUSPEND: _SUSPEND,
        Step.ESCALATE: _ESCALATE,
        Step.MERGE: _MERGE,
        Step.SPLIT: _stay(state, _C, asks=_SPLIT_ASKS),
        Step.INVALIDATE: _INVALIDATE,
        Step.WARN: _stay(state, _SYS, asks=("reason",)),
        Step.SUPERVISE: _stay(state, _SUP, asks=("reason",)),
        Step.ANSWER_SUPERVISION: _stay(state, _O, asks=("note",)),
    }


_ROAD: Mapping[State, Mapping[Step, Transition]] = {
    State.DRAFT: {
        Step.FILL_IN: _stay(State.DRAFT, _A, _C, _CIT, _SYS),
        Step.ANSWER: _ANSWER,
        Step.REGISTER: _REGISTER,
        Step.MERGE: Transition(State.MERGED, _by(_A, _C), asks=("merged_into", "reason")),
        Step.INVALIDATE: Transition(State.INVALID, _by(_A, _C), asks=("reason",)),
    },
    State.ANSWERED: {Step.CLOSE: Transition(State.CLOSED, _by(_C, _SYS)), Step.REOPEN: _REOPEN},
    State.REGISTERED: {
        Step.FILL_IN: _stay(State.REGISTERED, _A, _C, needs=_WHOLE),
        Step.DISPATCH: _DISPATCH,
        Step.ANSWER: Transition(State.ANSWERED, _by(_C), asks=("public_answer",), needs=_ESSENCE),
        Step.ESCALATE: _ESCALATE,
        Step.MERGE: _MERGE,
        Step.SPLIT: _stay(State.REGISTERED, _C, asks=_SPLIT_ASKS),
        Step.INVALIDATE: _INVALIDATE,
        Step.WARN: _stay(State.REGISTERED, _SYS, asks=("reason",)),
        Step.SUPERVISE: _stay(State.REGISTERED, _SUP, asks=("reason",)),
        Step.ANSWER_SUPERVISION: _stay(State.REGISTERED, _C, asks=("note",)),
    },
    State.DISPATCHED: {**_on_hand(State.DISPATCHED), Step.ACCEPT: Transition(State.ACCEPTED, _by(_O, _U))},
    State.ACCEPTED: {**_on_hand(State.ACCEPTED), Step.START: _START},
    State.IN_PROGRESS: {**_on_hand(State.IN_PROGRESS), Step.REPLY: _REPLY},
    State.REPLIED: {Step.REVIEW: Transition(State.IN_REVIEW, _by(_C, _SYS)), Step.ESCALATE: _ESCALATE},
    State.IN_REVIEW: {
        Step.APPROVE: Transition(State.FOLLOW_UP, _by(_C)),
        Step.SEND_BACK: Transition(State.SENT_BACK, _by(_C), asks=("reason",)),
        Step.SPLIT: _stay(State.IN_REVIEW, _C, asks=_SPLIT_ASKS),
        Step.ESCALATE: _ESCALATE,
    },
    State.SENT_BACK: {**_on_hand(State.SENT_BACK), Step.START: _START},
    State.FOLLOW_UP: {
        Step.RECORD_FOLLOW_UP: _stay(
            State.FOLLOW_UP, _A, _C, _CIT, _SYS, asks=("citizen_answered", "citizen_solved", "citizen_satisfied")
        ),
        Step.CLOSE: Transition(State.CLOSED, _by(_C, _SYS), asks=("reason",)),
        Step.REOPEN: _REOPEN,
    },
    State.CLOSED: {Step.REOPEN: _REOPEN},
    State.ESCALATED: {
        Step.INSTRUCT: Transition(None, _by(_L), asks=("instruction",)),
        Step.RESUME: Transition(None, _by(_C), asks=("reason",)),
        Step.HAND_ON: _stay(State.ESCALATED, _C, _SYS, asks=("unit_code", "reason")),
        Step.NOBODY_TOOK: _stay(State.ESCALATED, _SYS, asks=("reason",)),
        Step.WARN: _stay(State.ESCALATED, _SYS, asks=("reason",)),
        Step.ANSWER_SUPERVISION: _stay(State.ESCALATED, _O, asks=("note",)),
    },
    State.SUSPENDED: {
        Step.RESUME: Transition(None, _by(_C, _O, _U, _SYS), asks=("reason",)),
        Step.REPORT: _stay(State.SUSPENDED, _O, _U, asks=("note",)),
        Step.CONTACT: _stay(State.SUSPENDED, _O, _U, _SYS, asks=_CONTACT_ASKS),
        Step.ESCALATE: _ESCALATE,
        Step.SUPERVISE: _stay(State.SUSPENDED, _SUP, asks=("reason",)),
        Step.ANSWER_SUPERVISION: _stay(State.SUSPENDED, _O, asks=("note",)),
    },
    State.MERGED: {
        Step.REOPEN: _UNDO,
        Step.TAKE_BACK: _TAKE_BACK,
        Step.NOTIFY_FOLLOWER: _stay(State.MERGED, _A, _C, _SYS),
    },
    State.INVALID: {Step.REOPEN: _UNDO, Step.TAKE_BACK: _TAKE_BACK},
    State.REOPENED: {
        Step.FILL_IN: _stay(State.REOPENED, _A, _C),
        Step.DISPATCH: _DISPATCH,
        Step.ANSWER: Transition(State.ANSWERED, _by(_C), asks=("public_answer",), needs=_ESSENCE),
        Step.ESCALATE: _ESCALATE,
        Step.MERGE: _MERGE,
        Step.SPLIT: _stay(State.REOPENED, _C, asks=_SPLIT_ASKS),
        Step.INVALIDATE: _INVALIDATE,
        Step.WARN: _stay(State.REOPENED, _SYS, asks=("reason",)),
        Step.SUPERVISE: _stay(State.REOPENED, _SUP, asks=("reason",)),
        Step.ANSWER_SUPERVISION: _stay(State.REOPENED, _C, asks=("note",)),
    },
}


_BEING_HANDLED = frozenset(
    {
        State.REGISTERED, State.REOPENED, State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.SENT_BACK,
        State.ESCALATED, State.SUSPENDED,
    }
)  # fmt: skip
"""Somebody still owes the citizen an answer, and can be urged."""


def _with_others(state: State, steps: Mapping[Step, Transition]) -> Mapping[Step, Transition]:
    """Orders are merged into any order that is not over, and taken out again at any time; so is secrecy lifted. Only
    an order that is registered and not over has limits."""
    caller = {}
    if state is not State.DRAFT:
        caller[Step.TELL_PROGRESS] = _stay(state, _A, _C)
        caller[Step.PROMISE_SECRECY] = _stay(state, _A, _C, asks=("reason",))
    if state in _BEING_HANDLED:
        caller[Step.URGE] = _stay(state, _A, _C)
    if state not in FINAL | {State.DRAFT, State.ANSWERED}:
        caller[Step.SUPPLEMENT] = _stay(state, _A, _C, asks=("addition",))
        caller[Step.TEXT_CITIZEN] = _stay(state, _A, _C, asks=("message",))
    joining = {} if state in FINAL else {Step.JOIN: _stay(state, _SYS, asks=("reason",))}
    if state is not State.DRAFT and state not in FINAL:
        joining[Step.RECOUNT] = _stay(state, _SYS, asks=("reason",))
    lasting = {step: _stay(state, _SYS, asks=("reason",)) for step in (Step.LEAVE, Step.LIFT_SECRECY)}
    return {**steps, **caller, **joining, **lasting}


TRANSITIONS: Mapping[State, Mapping[Step, Transition]] = {
    state: _with_others(state, steps) for state, steps in _ROAD.items()
}

ON_HAND = frozenset({State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.SENT_BACK})
"""An office has the order and has not answered."""

ACCEPTED = ON_HAND - {State.DISPATCHED}


def steps_open_to(state: State, role: Role) -> list[Step]:
    """The steps that `role` may take on an order in `state`, in the table's order."""
    return [step for step, transition in TRANSITIONS[state].items() if role in transition.roles]


def state_after(state: State, step: Step, set_aside_from: State | None = None) -> State:
    """Where `step` leads. Raises KeyError for a step that the table does not list, ValueError for an order
    that was set aside from nowhere."""
    to = TRANSITIONS[state][step].to or set_aside_from
    if to is None:
        raise ValueError(f"an order in {state} must remember where it was set aside ({step})")
    return to


def aside_after(state: State, step: Step, set_aside_from: State | None = None) -> State | None:
    """Which state the order must remember once `step` is taken in `state`.

    A suspended order that is escalated goes back, in the end, to where it stood before it was suspended.
    """
    if state_after(state, step, set_aside_from) not in SET_ASIDE:
        return None
    return set_aside_from if state in SET_ASIDE else state
