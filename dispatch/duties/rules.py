"""The duty list (派单目录, `duties.csv`) as records: which office a matter belongs to, and what does not. Pure.

Nothing is dispatched by it yet: subjects (`subjects.toml`) decide the office. Each duty names its subject.
"""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.city.records import TOWN_OFFICE
from dispatch.clock.rules import TimeSpan
from dispatch.kinds import Kind


class DutyLevel(StrEnum):
    """Town or department, as the duty lists of towns divide it (乡镇（街道）履行职责事项清单)."""

    TOWN = "town"
    """The town by itself (基本履职)."""
    ASSISTED = "assisted"
    """A department, and the town helps (配合履职)."""
    DEPARTMENT = "department"
    """A department; the matter is not pushed down to a town."""


@dataclass(frozen=True)
class Exclusion:
    """What a duty does not cover."""

    what: str
    whose: str
    """Code of a duty or an office, `@town`, or the number of a service outside the line (110)."""


@dataclass(frozen=True)
class Duty:
    """One item of the list."""

    code: str
    name: str
    subject: str
    """Code in subjects.toml."""
    covers: str
    office: str
    """Code of the lead office, or `@town`."""
    co_offices: tuple[str, ...]
    trade: str | None
    """Of the crew that goes there; None: nobody has to go."""
    kind: Kind
    """What such a matter mostly is."""
    limit: TimeSpan | None
    """In which time it is done; None: as limits.toml says for its kind."""
    basis: tuple[str, ...]
    """Clauses that it rests on, each with its law."""
    to_confirm: bool
    """The office is what cities usually choose, and this city must confirm it."""
    exclusions: tuple[Exclusion, ...]
    sayings: tuple[str, ...]
    """How people say it."""

    @property
    def level(self) -> DutyLevel:
        if self.office == TOWN_OFFICE:
            return DutyLevel.TOWN
        return DutyLevel.ASSISTED if TOWN_OFFICE in self.co_offices else DutyLevel.DEPARTMENT
