"""What a city's data says, read and checked: frozen records without behaviour beyond look-ups.

Read from a folder such as `deploy/city/qufu` by dispatch.city.load; deciding with them is dispatch.clock.deadlines' and
dispatch.routing.route's part.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch.assignments.rules import AskingRules
from dispatch.callbacks.rules import CallbackRules
from dispatch.crews.rules import CrewRules
from dispatch.follow_up.rules import FollowUpRules
from dispatch.intake.hearing import HearingRules
from dispatch.kinds import Kind, Urgency
from dispatch.notifications.rules import NoticeRules
from dispatch.practice.scripts import PracticeScript
from dispatch.reachability.rules import ReachRules
from dispatch.steps.reply_rules import ReplyTemplate
from dispatch.supervision.evasive import EvasiveRules


@dataclass(frozen=True)
class Town:
    code: str
    name: str
    kind: str
    """street (街道) or town (镇)."""
    spot: tuple[float, float] | None = None
    """Its middle: latitude and longitude, WGS 84, degrees; None: not known."""


@dataclass(frozen=True)
class OfficeEntry:
    code: str
    name: str
    kind: str
    """department, town, enterprise, zone."""
    town: str | None
    head: str
    deputy: str
    phone: str
    duty_phone: str


@dataclass(frozen=True)
class UnitEntry:
    code: str
    name: str
    trade: str
    towns: tuple[str, ...]
    extension: str
    office: str
    leader: str
    phone: str


TOWN_OFFICE = "@town"
"""In a subject's `office`: the office of the town where it is."""


@dataclass(frozen=True)
class Subject:
    """One category of matters."""

    code: str
    name: str
    group: str
    """The branch of the tree that it hangs on, in Chinese."""
    words: tuple[str, ...]
    """What citizens say when they mean it."""
    office: str
    """Code of the responsible office, or `@town`."""
    co_offices: tuple[str, ...]
    trade: str | None
    """Of the crew that goes there; None: nobody has to go."""
    kind: Kind
    """What such a matter mostly is."""
    hints: tuple[str, ...] = ()
    """Words that say little by themselves."""


@dataclass(frozen=True)
class Place:
    name: str
    town: str
    kind: str
    """village, community, road, site, estate, zone."""
    office: str | None
    """An office that is called in for matters there, e.g. a development zone's."""
    spot: tuple[float, float] | None = None
    """As a town's."""


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
class Limit:
    """How long an office has for a matter of these kinds."""

    kinds: frozenset[Kind]
    urgency: Urgency | None
    """Only for matters of this urgency; None: for the others."""
    accept_days: int
    """Working days; 0: the same day."""
    expected_days: int
    finish_days: int
    every_day: bool
    """The same day counts on Sundays and holidays too."""
    late_after: dt.time
    """A matter received later than this (or on a day that does not count) is due on the next day that counts …"""
    late_due: dt.time
    """… at this time."""
    same_day_ends: dt.time
    source: str
    contact_days: int | None = None
    """Working days from acceptance within which the citizen is spoken with; 0: the same day, None: no limit."""


@dataclass(frozen=True)
class TimeRules:
    limits: tuple[Limit, ...]
    working_day_ends: dt.time
    promise_days: int
    """At most so many working days for a promised date."""
    yellow_days: int
    """The lamp is yellow from so many working days before the limit."""
    remind_share: float
    """A reminder goes out when the lamp turns yellow, but not before this share (0 to 1) of the time has passed."""
    accountability_days: int
    """Working days without acceptance after which the office stands on the accountability list."""
    return_days: int
    """An office may ask for a return within so many working days."""
    return_decision_minutes: int
    """The coordinator decides a return within so many minutes, by day and night."""
    ruling_days: int
    """The supervisor rules on a second return within so many working days."""
    extension_days: int
    """All extensions of an order together, in working days."""
    rework_days: int
    """What was answered in time and sent back has at least so many working days more."""
    urge_days: int
    """A 督办 notice is answered within so many working days where it names no instant."""
    part_days_before: int
    """A co-office answers so many working days before the order's limit where nothing else was said."""
    spot_check_share: float
    """Of each office's closed orders."""
    spot_check_at_least: int


@dataclass(frozen=True)
class Calendar:
    """Working days as the State Council arranges them year by year."""

    years: frozenset[int]
    provisional_years: frozenset[int]
    """Of these the make-up days are not announced yet; an operator is told."""
    rest_days: frozenset[dt.date]
    """Holidays that fall on or were moved to other days than Saturday and Sunday."""
    work_days: frozenset[dt.date]
    """Saturdays and Sundays on which people work."""

    statutory_days: frozenset[dt.date] = frozenset()
    """Holidays of coming years as the law names them, without the days that are moved for them."""

    def is_arranged(self, year: int) -> bool:
        """Whether the year's working days are as the State Council arranged them; else what is counted is 暂定."""
        return year in self.years and year not in self.provisional_years

    def arranged_years(self) -> frozenset[int]:
        return self.years - self.provisional_years

    def is_working_day(self, day: dt.date) -> bool:
        """Of a year that nobody has entered: Monday to Friday, less the statutory holidays. One missing calendar stops
        nobody; limits that rest on it are counted anew when it comes."""
        if day.year not in self.years:
            return day.weekday() < 5 and day not in self.statutory_days
        return day in self.work_days or (day.weekday() < 5 and day not in self.rest_days)


@dataclass(frozen=True)
class DeskRules:
    """When the desk is told of other orders and calls, and how long a number may be blocked (desk.toml)."""

    duplicate_days: int = 15
    """Only what came in within so many days is proposed for joining."""
    place_bar: float = 0.4
    """So much alike (0 to 1, dispatch.intake.similarity) is the same place."""
    text_bar: float = 0.25
    """And so much the same matter, where no subject was chosen yet."""
    duplicates_shown: int = 5
    nearby_shown: int = 5
    often: int = 3
    """Calls within 30 days from which on a caller is one who calls again and again."""
    block_days: int = 7
    block_longest_days: int = 30


@dataclass(frozen=True)
class City:
    code: str
    name: str
    number_prefix: str
    """First letters of its orders' numbers."""
    area_code: str
    """Of its telephone numbers, with the leading zero."""
    sample: bool
    """People and phones are invented: the screens say so."""
    towns: Mapping[str, Town]
    trades: Mapping[str, str]
    """Code → Chinese name."""
    offices: Mapping[str, OfficeEntry]
    units: Mapping[str, UnitEntry]
    subjects: Mapping[str, Subject]
    places: tuple[Place, ...]
    urgency: UrgencyRules
    times: TimeRules
    calendar: Calendar
    town_offices: Mapping[str, str] = field(default_factory=dict)
    """Town's code → code of its own office."""
    evasive: EvasiveRules | None = None
    """None: replies are not marked."""
    callbacks: CallbackRules = field(default_factory=CallbackRules)
    crews: CrewRules = field(default_factory=CrewRules)
    desk: DeskRules = DeskRules()
    asking: AskingRules = field(default_factory=AskingRules)
    """How a crew is chosen, and asked until one takes the order."""
    hearing: HearingRules = field(default_factory=HearingRules)
    """How what citizens say is understood."""
    notices: NoticeRules = field(default_factory=NoticeRules)
    replies: Mapping[Kind, ReplyTemplate] = field(default_factory=dict)
    follow_up: FollowUpRules = field(default_factory=FollowUpRules)
    reach: ReachRules = field(default_factory=ReachRules)
    """How often offices and crews are tested for being reachable."""
    practice: Mapping[str, PracticeScript] = field(default_factory=dict)
    """By code, in the order of the file."""
