"""How a crew is chosen and called until one takes the order: the city's figures (`units.toml`), frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.kinds import Urgency


class Means(StrEnum):
    """How a crew is notified."""

    PUSH = "push"
    """On its page, and by Web Push where it has that."""
    CALL = "call"
    """Its phone rings and says the order."""


@dataclass(frozen=True)
class CrewSearchStep:
    means: Means
    seconds: int
    """How long the crew has to answer; a call that ends without a yes ends its step at once."""


@dataclass(frozen=True)
class CrewSearchPlan:
    """What is done for each crew, one after the other, until somebody takes the order."""

    steps: tuple[CrewSearchStep, ...]
    units: int
    """How many crews are tried before the coordinator is alarmed."""


_USUAL = CrewSearchPlan(
    (CrewSearchStep(Means.PUSH, 30), CrewSearchStep(Means.PUSH, 30), CrewSearchStep(Means.CALL, 60)), units=3
)


@dataclass(frozen=True)
class AskingRules:
    busy_from: int = 3
    """With this many orders in hand a crew is not free."""
    crew_searches: Mapping[Urgency, CrewSearchPlan] = field(default_factory=lambda: dict.fromkeys(Urgency, _USUAL))
