"""What a callee hears and may press, as data, and the one pure machine that walks through it.

A flow is a table of named nodes. `start` enters the first one; each event of the telephone takes one `step`.
Rules:
- a key that a `Say` names interrupts it; other keys are not noticed while it speaks;
- a node is entered at most `most` times; the next time the call goes to its `after_most` instead;
- a node that carries a `result` decides the call when it is entered: what comes afterwards (thanks, a hang-up,
  a broken prompt) does not change it;
- a hang-up or a failed command ends the flow; an event that a node does not list raises UnexpectedEvent.

No sound and no telephone here: `ivr.voice.prompts` makes files of the parts, `ivr.session` speaks AsyncAGI.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.errors import HotlineError
from ivr.nodes import AskDigits as AskDigits
from ivr.nodes import AskKey as AskKey
from ivr.nodes import Branch as Branch
from ivr.nodes import End as End
from ivr.nodes import Fetch as Fetch
from ivr.nodes import Flow as Flow
from ivr.nodes import Node as Node
from ivr.nodes import Part as Part
from ivr.nodes import Pause as Pause
from ivr.nodes import Recorded as Recorded
from ivr.nodes import Say as Say
from ivr.nodes import Slot as Slot
from ivr.nodes import Spelled as Spelled
from ivr.nodes import Spoken as Spoken
from ivr.nodes import Words as Words

ALL_KEYS = "0123456789*#"


class UnexpectedEvent(HotlineError):
    """An event came that this node of the flow does not know."""

    slug = "unexpected_flow_event"


class BrokenFlow(HotlineError):
    """A flow names a node that is not there, or lacks a value that it says."""

    slug = "broken_flow"


# Events: what comes from the telephone


@dataclass(frozen=True)
class Played:
    """All was said, no key came."""


@dataclass(frozen=True)
class PressedKey:
    key: str


@dataclass(frozen=True)
class Digits:
    digits: str


@dataclass(frozen=True)
class NoKey:
    """The limit for a key or digits ran out."""


@dataclass(frozen=True)
class Fetched:
    """What a Fetch has found."""

    outcome: str
    values: Mapping[str, tuple[Spoken, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class HungUp:
    pass


@dataclass(frozen=True)
class CommandFailed:
    reason: str


FlowEvent = Played | PressedKey | Digits | NoKey | Fetched | HungUp | CommandFailed


# Commands: what the telephone shall do


@dataclass(frozen=True)
class Play:
    parts: tuple[Spoken, ...]
    keys: str
    """Keys that interrupt; empty: none."""


@dataclass(frozen=True)
class PlayAndAskKey:
    parts: tuple[Spoken, ...]
    keys: str
    seconds: float


@dataclass(frozen=True)
class PlayAndAskDigits:
    parts: tuple[Spoken, ...]
    most_digits: int
    seconds: float


@dataclass(frozen=True)
class LookUp:
    answer: str
    """What was keyed in."""


@dataclass(frozen=True)
class Decide:
    """The result is certain from now on, though the callee still listens."""

    result: str


@dataclass(frozen=True)
class Finish:
    result: str


FlowCommand = Play | PlayAndAskKey | PlayAndAskDigits | LookUp | Decide | Finish

HUNG_UP = "hung_up"
FAILED = "failed"


@dataclass(frozen=True)
class FlowState:
    node: str = ""
    values: Mapping[str, tuple[Spoken, ...]] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    """Node → how often it was entered."""
    answers: Mapping[str, str] = field(default_factory=dict)
    result: str | None = None
    ended: bool = False


Step = tuple[FlowState, list[FlowCommand]]


def start(flow: Flow, values: Mapping[str, tuple[Spoken, ...]]) -> Step:
    """The flow's first node with `values` for its slots. Raises BrokenFlow when one is missing."""
    return _enter(flow, FlowState(values=dict(values)), flow.first)


def step(flow: Flow, state: FlowState, event: FlowEvent) -> Step:
    """What `event` leads to. Raises UnexpectedEvent for what the present node does not know."""
    if isinstance(event, HungUp | CommandFailed):
        if state.ended:
            return state, []
        return _finish(state, HUNG_UP if isinstance(event, HungUp) else FAILED)
    if not state.ended:
        match flow.nodes[state.node], event:
            case Say(then=then), Played():
                return _enter(flow, state, then)
            case Say(keys=keys), PressedKey(key) if key in keys:
                return _enter(flow, state, keys[key])
            case AskKey(keys=keys, other_key=other_key), PressedKey(key):
                return _enter(flow, state, keys.get(key, other_key))
            case ((AskKey(no_key=no_key) | AskDigits(no_key=no_key)), NoKey()):
                return _enter(flow, state, no_key)
            case AskDigits(name=name, then=then), Digits(digits):
                return _enter(flow, replace(state, answers={**state.answers, name: digits}), then)
            case Fetch(cases=cases), Fetched(outcome, values) if outcome in cases:
                return _enter(flow, replace(state, values={**state.values, **values}), cases[outcome])
    raise UnexpectedEvent(f"{flow.name}: {event} at {state.node!r}", flow=flow.name, node=state.node, event=event)


def _enter(flow: Flow, state: FlowState, name: str) -> Step:
    commands: list[FlowCommand] = []
    passed: set[str] = set()
    while True:
        if name not in flow.nodes or name in passed:
            raise BrokenFlow(f"{flow.name}: no way on from {state.node!r} to {name!r}")
        passed.add(name)
        node = flow.nodes[name]
        visits = state.visits.get(name, 0)
        if node.most is not None and visits >= node.most:
            name = node.after_most
            continue
        state = replace(state, node=name, visits={**state.visits, name: visits + 1})
        if node.result is not None and state.result is None:
            state = replace(state, result=node.result)
            commands.append(Decide(node.result))
        match node:
            case Branch(name=asked, cases=cases, otherwise=otherwise):
                name = cases.get(state.answers.get(asked, ""), otherwise)
            case End():
                state, last = _finish(state, FAILED)
                return state, commands + last
            case _:
                return state, [*commands, _command(flow, state, node)]


def _finish(state: FlowState, result: str) -> Step:
    """The end, with the result decided before or else `result`."""
    state = replace(state, result=state.result or result, ended=True)
    return state, [Finish(state.result or result)]


def _command(flow: Flow, state: FlowState, node: Node) -> FlowCommand:
    match node:
        case Say(parts=parts, keys=keys):
            return Play(_fill(flow, state, parts), "".join(keys))
        case AskKey(parts=parts, seconds=seconds):
            return PlayAndAskKey(_fill(flow, state, parts), ALL_KEYS, seconds)
        case AskDigits(parts=parts, most_digits=most_digits, seconds=seconds):
            return PlayAndAskDigits(_fill(flow, state, parts), most_digits, seconds)
        case Fetch(name=asked):
            return LookUp(state.answers.get(asked, ""))
    raise BrokenFlow(f"{flow.name}: {state.node!r} is of no known kind")


def _fill(flow: Flow, state: FlowState, parts: tuple[Part, ...]) -> tuple[Spoken, ...]:
    filled: list[Spoken] = []
    for part in parts:
        if isinstance(part, Slot):
            if part.name not in state.values:
                raise BrokenFlow(f"{flow.name}: nothing to say for {part.name!r}")
            filled.extend(state.values[part.name])
        else:
            filled.append(part)
    return tuple(filled)
