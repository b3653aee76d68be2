"""What flows are made of, as data: parts to be said, nodes that say or ask them, and the table of nodes. Pure.

`ivr.flows` re-exports all of it beside the machine that walks through.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Parts: what is said


@dataclass(frozen=True)
class Recorded:
    """A recorded piece by its name, e.g. `dispatch-intro`."""

    name: str


@dataclass(frozen=True)
class Spelled:
    """Digits and letters said one by one, e.g. an order's number."""

    text: str


@dataclass(frozen=True)
class Words:
    """Free Chinese text, spoken by the voice engine."""

    text: str


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Slot:
    """Stands for the parts that were handed to `start` under this name."""

    name: str


Spoken = Recorded | Spelled | Words | Pause
Part = Spoken | Slot


# Nodes: what happens


@dataclass(frozen=True, kw_only=True)
class Node:
    most: int | None = None
    """How often the node may be entered; None: no limit."""
    after_most: str = ""
    """Where to go instead, once it has been entered `most` times."""
    result: str | None = None
    """Decides the call when entered, once and for all."""


@dataclass(frozen=True)
class Say(Node):
    parts: tuple[Part, ...]
    then: str
    keys: Mapping[str, str] = field(default_factory=dict)
    """Key that interrupts → where it leads."""


@dataclass(frozen=True)
class AskKey(Node):
    parts: tuple[Part, ...]
    keys: Mapping[str, str]
    """Key → where it leads."""
    seconds: float
    """How long to wait for a key after the last word."""
    no_key: str
    other_key: str


@dataclass(frozen=True)
class AskDigits(Node):
    parts: tuple[Part, ...]
    name: str
    """The digits are kept in the state's answers under this name."""
    most_digits: int
    seconds: float
    """How long to wait for each digit; `#` ends."""
    then: str
    no_key: str


@dataclass(frozen=True)
class Branch(Node):
    name: str
    """Which answer decides."""
    cases: Mapping[str, str]
    otherwise: str


@dataclass(frozen=True)
class Fetch(Node):
    """What was keyed in is looked up by whoever runs the flow; values for slots come with the outcome."""

    name: str
    """Which answer is looked up."""
    cases: Mapping[str, str]
    """Outcome → where it leads."""


@dataclass(frozen=True)
class End(Node):
    """The flow is over; `result` is kept from before where one was decided."""


@dataclass(frozen=True)
class Flow:
    name: str
    first: str
    nodes: Mapping[str, Node]


def targets(node: Node) -> set[str]:
    """Every node that `node` can lead to."""
    found = {node.after_most} if node.most is not None else set()
    match node:
        case Say(then=then, keys=keys):
            found |= {then, *keys.values()}
        case AskKey(keys=keys, no_key=no_key, other_key=other_key):
            found |= {no_key, other_key, *keys.values()}
        case AskDigits(then=then, no_key=no_key):
            found |= {then, no_key}
        case Branch(cases=cases, otherwise=otherwise):
            found |= {otherwise, *cases.values()}
        case Fetch(cases=cases):
            found |= set(cases.values())
    return found
