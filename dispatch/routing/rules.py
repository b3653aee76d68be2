"""How urgency is derived (urgency.toml), and when an office is proposed (dispatch.toml), as records. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class UrgencySign:
    all_of: tuple[tuple[str, ...], ...]
    """Each group must be found by at least one of its words."""
    weight: int
    advice: str
    """What the person on the line should do at once; may be empty."""


@dataclass(frozen=True)
class UrgencyRules:
    signs: tuple[UrgencySign, ...]
    urgent_from: int
    emergency_from: int


@dataclass(frozen=True)
class DispatchRules:
    """Which proposals the coordinator may confirm with one key (dispatch.toml)."""

    sure_from: float = 0.9
    """A proposal of this certainty (0 to 1) or more stands in the field; what is less sure is only offered."""
    past_orders: int = 20
    """So many of the latest orders on such a matter are looked at."""
    reason_weight: int = 9
    """The duty list, and a ruling, weigh as much as so many past orders."""
