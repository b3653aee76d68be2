"""A city's policy: its map and calendar together with the rules of every room, as one frozen whole.

Steps, jobs, processes and screens hold a `Policy`; the rooms below take only the rules that they read. Read from a
city's folder by `load_policy`, and checked as a whole; whoever reads it from elsewhere makes the same record.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.city_words import use_city_words
from core.folder.faults import Fault, Faults, meant
from core.folder.reading import read_toml
from core.numbers.plan import use_area_code
from dispatch.assignments.rules import AskingRules
from dispatch.assignments.rules_file import UnitsFile, asking_rules
from dispatch.callbacks.rules import CallbackRules
from dispatch.callbacks.rules_file import callback_rules
from dispatch.city.load import read_city
from dispatch.city.records import City
from dispatch.clock.rules import TimeRules
from dispatch.clock.rules_file import LimitsFile, time_rules
from dispatch.crews.rules import CrewRules
from dispatch.crews.rules_file import crew_rules
from dispatch.duties.rules import Duty
from dispatch.duties.rules_file import duty_list
from dispatch.follow_up.rules import FollowUpRules
from dispatch.follow_up.rules_file import FollowUpFile, follow_up_rules
from dispatch.intake.desk_rules import DeskRules
from dispatch.intake.desk_rules_file import DeskFile, desk_rules
from dispatch.intake.hearing import HearingRules
from dispatch.intake.rules_file import HearingFile, hearing_rules
from dispatch.kinds import Kind
from dispatch.notifications.rules import NotificationRules
from dispatch.notifications.rules_file import NotificationsFile, notification_rules
from dispatch.practice.rules_file import practice_scripts
from dispatch.practice.scripts import PracticeScript
from dispatch.reachability.rules import ReachabilityRules
from dispatch.reachability.rules_file import reachability_rules
from dispatch.replies.rules import ReplyTemplate
from dispatch.replies.rules_file import reply_templates
from dispatch.routing.rules import DispatchRules, UrgencyRules
from dispatch.routing.rules_file import UrgencyFile, dispatch_rules, urgency_rules
from dispatch.supervision.evasive import EvasiveRules
from dispatch.supervision.rules_file import evasive_rules_in


@dataclass(frozen=True)
class Policy:
    city: City
    times: TimeRules
    urgency: UrgencyRules
    evasive: EvasiveRules | None = None
    """None: replies are not marked."""
    callbacks: CallbackRules = field(default_factory=CallbackRules)
    crews: CrewRules = field(default_factory=CrewRules)
    desk: DeskRules = field(default_factory=DeskRules)
    dispatch: DispatchRules = field(default_factory=DispatchRules)
    """Which proposed office may be confirmed with one key."""
    asking: AskingRules = field(default_factory=AskingRules)
    """How a crew is chosen, and asked until one takes the order."""
    hearing: HearingRules = field(default_factory=HearingRules)
    """How what citizens say is understood."""
    notifications: NotificationRules = field(default_factory=NotificationRules)
    replies: Mapping[Kind, ReplyTemplate] = field(default_factory=dict)
    follow_up: FollowUpRules = field(default_factory=FollowUpRules)
    reachability: ReachabilityRules = field(default_factory=ReachabilityRules)
    """How often offices and crews are tested for being reachable."""
    practice: Mapping[str, PracticeScript] = field(default_factory=dict)
    """By code, in the order of the file."""
    duties: Mapping[str, Duty] = field(default_factory=dict)
    """The duty list, by code; empty where the city has none. Nothing is dispatched by it yet."""


def load_policy(folder: Path) -> Policy:
    """Everything in `folder`, in force in this process from now on. Raises FaultyFolder with all that is wrong."""
    policy = whole_policy(folder)
    use_policy(policy)
    return policy


def whole_policy(folder: Path) -> Policy:
    """Everything in `folder`; changes nothing in this process. Raises FaultyFolder with all that is wrong."""
    faults = Faults()
    policy = read_policy(folder, faults)
    faults.raise_if_any()
    assert policy is not None
    return policy


def use_policy(policy: Policy) -> None:
    """From now on this process takes numbers without an area code for this city's, and says what this city says."""
    use_area_code(policy.city.area_code)
    use_city_words(policy.city.words)


def read_policy(folder: Path, faults: Faults) -> Policy | None:
    """Everything in `folder`; None where something could not be read. What is wrong is added to `faults`. Changes
    nothing in this process."""
    city = read_city(folder, faults)
    read: dict[str, Any] = {}
    for name, rules in _RULES.items():
        with faults.gathered():
            read[name] = rules(folder)
    if city is None:
        return None
    with faults.gathered():
        read["practice"] = practice_scripts(folder, subjects=city.subjects, towns=list(city.towns))
    with faults.gathered():
        read["duties"] = duty_list(folder, city)
    if not read.keys() >= _RULES.keys():
        return None
    faults.extend(_unknown_trades(read["crews"], city))
    return Policy(city=city, **read)


_RULES: Mapping[str, Callable[[Path], Any]] = {
    "times": lambda folder: time_rules(read_toml(folder / "limits.toml", LimitsFile)),
    "urgency": lambda folder: urgency_rules(read_toml(folder / "urgency.toml", UrgencyFile)),
    "evasive": lambda folder: evasive_rules_in(folder / "evasive.toml"),
    "callbacks": lambda folder: callback_rules(folder / "callbacks.toml"),
    "crews": lambda folder: crew_rules(folder / "crews.toml"),
    "desk": lambda folder: desk_rules(read_toml(folder / "desk.toml", DeskFile)),
    "dispatch": lambda folder: dispatch_rules(folder / "dispatch.toml"),
    "asking": lambda folder: asking_rules(read_toml(folder / "units.toml", UnitsFile)),
    "hearing": lambda folder: hearing_rules(read_toml(folder / "hearing.toml", HearingFile)),
    "notifications": lambda folder: notification_rules(read_toml(folder / "notifications.toml", NotificationsFile)),
    "replies": lambda folder: reply_templates(folder / "replies.toml"),
    "follow_up": lambda folder: follow_up_rules(read_toml(folder / "follow-up.toml", FollowUpFile)),
    "reachability": lambda folder: reachability_rules(folder / "reachability.toml"),
}
"""Field of Policy → how it is read."""


def _unknown_trades(crews: CrewRules, city: City) -> Iterator[Fault]:
    for phrase in crews.phrases:
        if phrase.trade and phrase.trade not in city.trades:
            near = meant(phrase.trade, city.trades)
            what = f"city.toml 里没有这个行业 {phrase.trade}（“{phrase.done}”）{near}"
            yield Fault("crews.toml", what, '改成 city.toml 里有的代码；各行业都用的写 ""', phrase.line)
    for trade in sorted(crews.photo_trades - city.trades.keys()):
        what = f"photo_trades 里的行业 {trade} 在 city.toml 里没有{meant(trade, city.trades)}"
        yield Fault("crews.toml", what, "改成 city.toml 里有的代码，或去掉")
