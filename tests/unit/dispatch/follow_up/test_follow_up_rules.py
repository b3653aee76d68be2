"""The moment at which a citizen is asked: by day, within the city's window, and nobody can foresee it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import CITY_ZONE, in_city
from dispatch.follow_up.rules import FollowUpRules, pick_ask_at

RULES = FollowUpRules()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


@given(
    st.timedeltas(dt.timedelta(0), dt.timedelta(days=400)),
    st.floats(0, 1, exclude_max=True),
)
def test_he_is_asked_by_day_and_within_the_window(later: dt.timedelta, share: float) -> None:
    since = at("2026-11-20 10:00") + later
    moment = pick_ask_at(RULES, since, share)
    assert RULES.day_begins <= in_city(moment).time() < RULES.day_ends
    assert dt.timedelta(hours=4) <= moment - since <= dt.timedelta(hours=72)


@pytest.mark.parametrize(
    ("share", "moment"),
    [
        (0.0, "2026-11-20 14:00"),  # four hours after it was approved
        (6 / 29, "2026-11-21 09:00"),  # the six hours of that day are over
        (0.999999, "2026-11-23 09:59"),
    ],
)
def test_the_random_number_runs_through_all_the_daytime_there_is(share: float, moment: str) -> None:
    picked = pick_ask_at(RULES, at("2026-11-20 10:00"), share)
    assert abs(picked - at(moment)) <= dt.timedelta(minutes=1)


def test_a_window_without_daytime_ends_in_the_next_morning() -> None:
    night = FollowUpRules(after_hours=0, within_hours=2)
    assert pick_ask_at(night, at("2026-11-20 22:00"), 0.5) == at("2026-11-21 09:00")
    assert pick_ask_at(night, at("2026-11-20 02:00"), 0.5) == at("2026-11-20 09:00")
