"""When a citizen who kept their place may be called back, how often, and what a try's result means. Pure.

The figures are the city's (`callbacks.toml`); the defaults hold where the file is missing.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from core.clock import in_city
from core.errors import BadInput, Conflict
from core.numbers.phone import number_key
from core.numbers.plan import dial_form
from core.texts.patterns import Pattern, parse_pattern


class CallbackState(StrEnum):
    WAITING = "waiting"
    """Waiting for the first call, or for the next."""
    DIALLING = "dialling"
    """An agent's telephone rings for it, or they talk."""
    REACHED = "reached"
    GIVEN_UP = "given_up"
    """All tries that the city allows were made without success."""
    SETTLED = "settled"
    """Not needed any more: the citizen called again and was answered, or a person gives a reason."""

    @property
    def open(self) -> bool:
        return self in (CallbackState.WAITING, CallbackState.DIALLING)


class TryResult(StrEnum):
    REACHED = "reached"
    """Agent and citizen were connected."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    """The citizen's telephone rang, or could not be reached."""
    AGENT_AWAY = "agent_away"
    """The agent did not pick up their own telephone, so the citizen was not called."""
    FAILED = "failed"
    """The exchange could not do it: no try at the citizen either."""

    @property
    def counts(self) -> bool:
        """Whether the citizen's telephone rang."""
        return self not in (TryResult.AGENT_AWAY, TryResult.FAILED)


@dataclass(frozen=True)
class CallbackRules:
    tries: int = 3
    pause_minutes: int = 30
    """From one unsuccessful try to the next."""
    begins: dt.time = dt.time(8)
    ends: dt.time = dt.time(21, 30)
    """City time. Never call outside these hours …"""
    soon_minutes: int = 60
    """… unless the citizen asked within this time."""
    ring_seconds: int = 40
    numbers: str = r"1[3-9]\d{9}|0[1-9]\d{8,11}|[2-8]\d{6,7}"
    """Full matches of numbers that may be called: a caller can key in or fake any number (mobile, with area code,
    local).
    """


def why_not_now(rules: CallbackRules, *, number: str, asked_at: dt.datetime, at: dt.datetime) -> str:
    """Why this number must not be called at `at`; empty: it may be. A next try's time is not looked at."""
    if not _numbers(rules.numbers).is_whole(dial_form(number_key(number))):
        return "这个号码不在可以回电的范围内，不由系统拨打，请在工单上核对。"
    recent = at - asked_at <= dt.timedelta(minutes=rules.soon_minutes)
    if not recent and not rules.begins <= in_city(at).time() < rules.ends:
        return f"现在不是回电时间（{rules.begins:%H:%M}—{rules.ends:%H:%M}），以免打扰休息。"
    return ""


@lru_cache(maxsize=8)
def _numbers(written: str) -> Pattern:
    return parse_pattern(written)


@dataclass(frozen=True)
class After:
    """What follows from a try's result."""

    state: CallbackState
    tries: int
    next_try_at: dt.datetime | None


def after_try(rules: CallbackRules, result: TryResult, tries: int, at: dt.datetime) -> After:
    """`tries`: at the citizen, before this one."""
    tries += result.counts
    if result is TryResult.REACHED:
        return After(CallbackState.REACHED, tries, None)
    if not result.counts:
        return After(CallbackState.WAITING, tries, None)
    if tries >= rules.tries:
        return After(CallbackState.GIVEN_UP, tries, None)
    return After(CallbackState.WAITING, tries, at + dt.timedelta(minutes=rules.pause_minutes))


def check_try(
    rules: CallbackRules,
    *,
    state: CallbackState,
    number: str,
    asked_at: dt.datetime,
    next_try_at: dt.datetime | None,
    at: dt.datetime,
) -> None:
    """Raises Conflict where somebody else is at it or it is over; BadInput where it must not be now."""
    if state is CallbackState.DIALLING:
        raise Conflict("已有同事正在给这个号码回电。")
    if not state.open:
        raise Conflict("这个回电已经办结，不用再拨。")
    if next_try_at is not None and at < next_try_at:
        raise BadInput(f"刚拨打过没有接通，{in_city(next_try_at):%H:%M} 以后再拨。")
    if why := why_not_now(rules, number=number, asked_at=asked_at, at=at):
        raise BadInput(why)
