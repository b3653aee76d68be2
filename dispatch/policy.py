"""A city's policy: its map and calendar together with the rules of every room, as one frozen whole.

Steps, jobs, processes and screens hold a `Policy`; the rooms below take only the rules that they read. Read from a
city's folder by `load_policy`, and checked as a whole; whoever reads it from elsewhere makes the same record.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import ConfigurationError
from core.numbers.plan import use_area_code
from dispatch.assignments.rules import AskingRules
from dispatch.assignments.rules_file import UnitsFile, asking_rules
from dispatch.callbacks.rules import CallbackRules
from dispatch.callbacks.rules_file import callback_rules
from dispatch.city.files import read_toml
from dispatch.city.load import read_city
from dispatch.city.records import City
from dispatch.clock.rules import TimeRules
from dispatch.clock.rules_file import LimitsFile, time_rules
from dispatch.crews.rules import CrewRules
from dispatch.crews.rules_file import crew_rules
from dispatch.follow_up.rules import FollowUpRules
from dispatch.follow_up.rules_file import FollowUpFile, follow_up_rules
from dispatch.intake.desk_rules import DeskRules
from dispatch.intake.desk_rules_file import DeskFile, desk_rules
from dispatch.intake.hearing import HearingRules
from dispatch.intake.rules_file import HearingFile, hearing_rules
from dispatch.kinds import Kind, Urgency
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
from dispatch.supervision.rules_file import EvasiveFile, evasive_rules


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


def load_policy(folder: Path) -> Policy:
    """Everything in `folder`. Raises ConfigurationError naming the file and what is wrong in it.

    From now on this process takes numbers without an area code for this city's (core.numbers.phone says why here).
    """
    city, wrong = read_city(folder)
    policy = Policy(
        city=city,
        times=time_rules(read_toml(folder / "limits.toml", LimitsFile)),
        urgency=urgency_rules(read_toml(folder / "urgency.toml", UrgencyFile)),
        evasive=evasive_rules(read_toml(folder / "evasive.toml", EvasiveFile)),
        callbacks=callback_rules(folder / "callbacks.toml"),
        crews=crew_rules(folder / "crews.toml"),
        desk=desk_rules(read_toml(folder / "desk.toml", DeskFile)),
        dispatch=dispatch_rules(folder / "dispatch.toml"),
        asking=asking_rules(read_toml(folder / "units.toml", UnitsFile)),
        hearing=hearing_rules(read_toml(folder / "hearing.toml", HearingFile)),
        notifications=notification_rules(read_toml(folder / "notifications.toml", NotificationsFile)),
        replies=reply_templates(folder / "replies.toml"),
        follow_up=follow_up_rules(read_toml(folder / "follow-up.toml", FollowUpFile)),
        reachability=reachability_rules(folder / "reachability.toml"),
        practice=practice_scripts(folder, subjects=city.subjects, towns=list(city.towns)),
    )
    if wrong := [*wrong, *_unknown_trades(policy.crews, city), *_wrong_limits(policy.times)]:
        raise ConfigurationError(f"{folder}: " + "; ".join(wrong))
    use_area_code(city.area_code)
    return policy


def _unknown_trades(crews: CrewRules, city: City) -> Iterable[str]:
    for phrase in crews.phrases:
        if phrase.trade and phrase.trade not in city.trades:
            yield f"crews.toml: {phrase.done}: no trade {phrase.trade}"


def _wrong_limits(times: TimeRules) -> Iterable[str]:
    for kind in Kind:
        for urgency, meant in ((None, ""), (Urgency.EMERGENCY, ' with urgency = "emergency"')):
            if not any(kind in limit.kinds and limit.urgency is urgency for limit in times.limits):
                # Without its own limit an emergency would wait as long as any other matter of its kind.
                yield f"limits.toml: no limit for {kind}{meant}"
    for limit in times.limits:
        if not limit.accept_days <= limit.expected_days <= limit.finish_days:
            yield f"limits.toml: {', '.join(sorted(limit.kinds))}: accept, expected and finish must not go backwards"
    for said in _said_twice(times):
        yield f"limits.toml: two limits for {said}: only the first would count"


def _said_twice(times: TimeRules) -> Iterable[str]:
    counted = Counter((kind, limit.urgency) for limit in times.limits for kind in limit.kinds)
    for (kind, urgency), often in counted.items():
        if often > 1:
            yield f"{kind} ({urgency})" if urgency else str(kind)
