"""How urgency is derived from words (urgency.toml), as records. Pure."""

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
