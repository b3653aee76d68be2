"""When a citizen is asked about the outcome of the matter: at a moment that nobody can foresee. Pure.

The figures are the city's (`follow-up.toml`); the defaults hold for cities that are made in tests.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from core.clock import CITY_ZONE, in_city


class FollowUpState(StrEnum):
    PLANNED = "planned"
    ASKED = "asked"
    """By a text message with a link."""
    TO_CALL = "to_call"
    """A person is to call: no mobile number, or no answer to the link."""
    DONE = "done"
    VOID = "void"
    """The order was closed or reopened without it."""


OPEN = (FollowUpState.PLANNED, FollowUpState.ASKED, FollowUpState.TO_CALL)


@dataclass(frozen=True)
class FollowUpRules:
    after_hours: float = 4
    """Not sooner after the result was approved …"""
    within_hours: float = 72
    """… and not later."""
    day_begins: dt.time = dt.time(9)
    """City time; only then is anybody asked."""
    day_ends: dt.time = dt.time(20)
    answer_hours: float = 48
    """How long the link is valid; then a person calls."""


def pick_ask_at(rules: FollowUpRules, since: dt.datetime, share: float) -> dt.datetime:
    """The moment at `share` (0 ≤ share < 1, a random number) of all the time in which the citizen may be asked.

    Where the window has no daytime in it, the next day's beginning.
    """
    first, last = since + dt.timedelta(hours=rules.after_hours), since + dt.timedelta(hours=rules.within_hours)
    days = _days(rules, first, last)
    left = share * sum(((end - begin) for begin, end in days), dt.timedelta())
    for begin, end in days:
        if left < end - begin:
            return begin + left
        left -= end - begin
    if days:
        # A share so near to 1 that it was rounded up.
        return days[-1][1] - dt.timedelta.resolution
    local = in_city(last)
    day = local.date() + dt.timedelta(days=local.time() >= rules.day_begins)
    return dt.datetime.combine(day, rules.day_begins, CITY_ZONE).astimezone(dt.UTC)


def _days(rules: FollowUpRules, first: dt.datetime, last: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """The daytimes between two instants, each cut to what lies between them."""
    found = []
    day = in_city(first).date()
    while day <= in_city(last).date():
        begins, ends = (
            dt.datetime.combine(day, time, CITY_ZONE).astimezone(dt.UTC) for time in (rules.day_begins, rules.day_ends)
        )
        begin, end = max(begins, first), min(ends, last)
        if begin < end:
            found.append((begin, end))
        day += dt.timedelta(days=1)
    return found
