"""What the desk shows of other orders and calls (desk.toml), as a record. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DeskRules:
    """When the desk shows other orders and calls, and how long a number may be blocked (desk.toml)."""

    duplicate_days: int = 15
    """How many days old an order may be to be proposed for joining."""
    place_bar: float = 0.4
    """So much alike (0 to 1, dispatch.intake.similarity) is the same place."""
    text_bar: float = 0.25
    """And this similar, where no subject was chosen yet."""
    ask_place_bar: float = 0.6
    """An open order on the same subject whose place is at least this similar is likely the same matter:
    whoever registers is asked first."""
    duplicates_shown: int = 5
    nearby_shown: int = 5
    often: int = 3
    """Calls within 30 days from which on a caller is one who calls again and again."""
    urges_a_day: int = 1
    """How often one order may be urged on one day."""
    block_days: int = 7
    block_longest_days: int = 30
