"""When a contact of an office, a crew or one of the city's roles is checked, its status, and what to correct. Pure.

How often and at which hours is the city's (`reachability.toml`, read by dispatch.reachability.rules_file).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.city_words import city_words
from core.clock import in_city
from dispatch.notifications.rules import Audience, NotificationChannel, NotificationState


class ReachabilityMeans(StrEnum):
    MESSAGE = "message"
    """A contact of theirs, over its own channel."""
    PUSH = "push"
    """The crew's phones with the page closed (Web Push)."""
    PHONE = "phone"
    """The crew's duty telephone, called as for an order."""


class ReachabilityResult(StrEnum):
    CONFIRMED = "confirmed"
    """A person pressed the key."""
    TAKEN = "taken"
    """The other side took it; whether somebody read it is not known."""
    FAILED = "failed"
    NOT_SET_UP = "not_set_up"
    """This installation cannot send over the contact's channel: nothing is wrong with the contact."""
    CALLED_OFF = "called_off"
    """It says nothing about the contact: an order went first, the contact was taken out, we died in its midst."""


REACHED = (ReachabilityResult.CONFIRMED, ReachabilityResult.TAKEN)
IN_VAIN = (ReachabilityResult.FAILED, ReachabilityResult.NOT_SET_UP)


class Reachability(StrEnum):
    """How one contact stands, the worst first."""

    FAILED = "failed"
    NEVER = "never"
    """Not checked yet."""
    OLD = "old"
    """It was reached, but too long ago."""
    MISSING = "missing"
    """There is nothing to check: no phone of the crew takes messages with the page closed."""
    REACHED = "reached"


@dataclass(frozen=True)
class ReachabilityPlan:
    """How often one sort of contact is checked."""

    every_hours: int
    old_hours: int
    """Reached longer ago than this counts as not known."""
    begins: dt.time
    ends: dt.time
    """City time; checks begin in between."""
    working_days: bool
    on_shift: bool
    """A crew that keeps shifts is checked on shift only."""


@dataclass(frozen=True)
class ReachabilityRules:
    plans: Mapping[tuple[Audience, ReachabilityMeans], ReachabilityPlan] = field(default_factory=dict)
    """What is not named is checked by hand only."""
    again_hours: int = 24
    """What failed is checked again after so long, where its plan would wait longer."""
    answer_minutes: int = 60
    """A check without a result by then has failed."""
    at_once: int = 10
    """How many begin in a minute at most, so that neither gateway nor exchange is flooded."""


@dataclass(frozen=True)
class PastChecks:
    """What is known of one contact from its checks. Those that were called off say nothing."""

    checked_at: dt.datetime | None = None
    """When the latest began."""
    result: ReachabilityResult | None = None
    said: str = ""
    reached_at: dt.datetime | None = None
    """The last time that it was reached, whatever came afterwards."""
    checking: bool = False
    alarmed_at: dt.datetime | None = None
    """The latest alarm about it."""


def is_due(
    rules: ReachabilityRules,
    plan: ReachabilityPlan,
    past: PastChecks,
    at: dt.datetime,
    *,
    working_day: bool,
    on_shift: bool | None,
) -> bool:
    """`on_shift` None: it keeps no shifts, or is no crew."""
    if past.checking or (plan.working_days and not working_day) or (plan.on_shift and on_shift is False):
        return False
    if not plan.begins <= in_city(at).time() < plan.ends:
        return False
    if past.checked_at is None:
        return True
    hours = min(plan.every_hours, rules.again_hours) if past.result in IN_VAIN else plan.every_hours
    return at - past.checked_at >= dt.timedelta(hours=hours)


def status_of(plan: ReachabilityPlan | None, past: PastChecks, at: dt.datetime) -> Reachability:
    if past.result in IN_VAIN:
        return Reachability.FAILED
    if past.reached_at is None:
        return Reachability.NEVER
    old = plan is not None and at - past.reached_at > dt.timedelta(hours=plan.old_hours)
    return Reachability.OLD if old else Reachability.REACHED


def needs_alarm(past: PastChecks) -> bool:
    """Once for each time that it stopped being reached, however often it fails afterwards."""
    if past.result not in IN_VAIN:
        return False
    return past.alarmed_at is None or (past.reached_at is not None and past.reached_at > past.alarmed_at)


def result_of_notification(state: NotificationState) -> ReachabilityResult | None:
    """Of a check that went out as a notification; None: it is still on its way."""
    match state:
        case NotificationState.WAITING:
            return None
        case NotificationState.SENT:
            return ReachabilityResult.TAKEN
        case NotificationState.DROPPED:
            return ReachabilityResult.CALLED_OFF
        case NotificationState.HELD:
            return ReachabilityResult.NOT_SET_UP
        case _:
            return ReachabilityResult.FAILED


def mend(means: ReachabilityMeans, channel: NotificationChannel | None, result: ReachabilityResult | None) -> str:
    """What a person should look after; empty: nothing."""
    if result not in IN_VAIN:
        return ""
    if result is ReachabilityResult.NOT_SET_UP:
        return "请系统管理员设置这个渠道，然后点“现在测试”。"
    if means is ReachabilityMeans.PHONE:
        return f"请{city_words().crew}检查值班电话是否开机、联网、有人接听。"
    if means is ReachabilityMeans.PUSH or channel is None:
        return f"请{city_words().crew}在手机上重新打开{city_words().crew}页面，允许通知。"
    return _MENDS[channel]


_ROBOT = "请群主查看机器人是否被移出、密钥是否更换；换了密钥的，停用后重新登记。"
_MENDS: Mapping[NotificationChannel, str] = {
    NotificationChannel.SMS: "请核对手机号是否停机、换号；换了号的，停用后重新登记。",
    NotificationChannel.EMAIL: "请核对邮箱地址，查看邮箱是否已满、是否拒收。",
    NotificationChannel.WECOM: _ROBOT,
    NotificationChannel.DINGTALK: _ROBOT,
    NotificationChannel.FEISHU: _ROBOT,
    NotificationChannel.WEBHOOK: "请对方系统的管理员查看接口是否正常、网址是否变更。",
    NotificationChannel.MQTT: "请查看车载终端是否开机、主题名是否正确。",
}
