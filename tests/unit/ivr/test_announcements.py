"""What is said after the greeting, when: from the city's file to spans of time."""

import datetime as dt
from pathlib import Path

import pytest

from core.clock import CITY_ZONE
from core.errors import ConfigurationError
from core.folder.reading import parse_record
from ivr.announcements import FILE, Announcements, Span, timeline

MONDAY = dt.datetime(2026, 11, 23, tzinfo=CITY_ZONE)
CITY_FILE = Path(__file__).parents[3] / "deploy/city/qufu/announcements.toml"


def at(days: int, hours: float = 0) -> dt.datetime:
    return MONDAY + dt.timedelta(days=days, hours=hours)


def is_working_day(day: dt.date) -> bool:
    return day.weekday() < 5


def announcements(text: str) -> Announcements:
    return parse_record(FILE, text, Announcements)


def plan(text: str, days: int = 7, **seconds: float) -> list[Span]:
    read = announcements(text)
    long = {one.name: seconds.get(one.name, 4.0) for one in read.announcement}
    return timeline(read.announcement, long, read.longest_seconds, is_working_day, MONDAY, at(days))


def entry(name: str, when: str) -> str:
    return f'[[announcement]]\nname = "{name}"\ntext = "示例"\nsource = "示例"\n{when}\n'


def test_the_citys_own_file_can_be_read() -> None:
    assert announcements(CITY_FILE.read_text("utf-8")).announcement


def test_from_one_instant_until_another_in_the_citys_time() -> None:
    found = plan(entry("storm", "starts = 2026-11-24T18:00:00\nuntil = 2026-11-25T08:00:00"))
    assert found == [Span(at(1, 18), at(2, 8), ("storm",))]
    with_zone = plan(entry("storm", "starts = 2026-11-24T10:00:00Z\nuntil = 2026-11-25T00:00:00Z"))
    assert with_zone == found


def test_rest_days_follow_the_working_day_calendar() -> None:
    assert plan(entry("rest", 'days = "rest days"')) == [Span(at(5), at(7), ("rest",))]


def test_a_night_goes_on_over_midnight_and_one_that_began_yesterday_is_said_today() -> None:
    found = plan(entry("night", 'days = "every day"\nbegins = 22:00:00\nends = 06:00:00'), days=2)
    assert found == [
        Span(at(0), at(0, 6), ("night",)),
        Span(at(0, 22), at(1, 6), ("night",)),
        Span(at(1, 22), at(2), ("night",)),
    ]


def test_certain_days_of_the_week() -> None:
    assert plan(entry("fair", 'days = ["tue"]\nbegins = 09:00:00\nends = 12:00:00')) == [
        Span(at(1, 9), at(1, 12), ("fair",))
    ]


STORM = entry("storm", "starts = 2026-11-24T18:00:00\nuntil = 2026-11-25T00:00:00")
DUTY = entry("duty", "starts = 2026-11-24T00:00:00\nuntil = 2026-11-26T00:00:00")


def test_two_at_once_are_said_in_the_files_order_while_they_fit() -> None:
    assert plan(STORM + DUTY, storm=3, duty=5) == [
        Span(at(1), at(1, 18), ("duty",)),
        Span(at(1, 18), at(2), ("storm", "duty")),
        Span(at(2), at(3), ("duty",)),
    ]


def test_what_does_not_fit_beside_a_more_urgent_one_is_silent_meanwhile() -> None:
    assert [span.names for span in plan(STORM + DUTY, storm=4, duty=5)] == [("duty",), ("storm",), ("duty",)]


def test_one_that_is_longer_than_a_caller_may_be_kept_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"storm 念完要8\.1秒，超过上限8秒"):
        plan(STORM, storm=8.1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (entry("x", ""), r"第1行：x：没有写什么时候播"),
        (entry("x", "starts = 2026-11-24T18:00:00"), r"第1行：x：starts 和 until 只写了一个"),
        (entry("x", "starts = 2026-11-24T18:00:00\nuntil = 2026-11-24T18:00:00"), r"until 要晚于 starts"),
        (entry("x", 'days = "every day"\nbegin = 08:00:00'), r"第6行：x：没有 begin 这一项，是不是要写 begins"),
        (entry("X y", 'days = "every day"'), r"第2行：X y：name 写的是“X y”"),
        ('[[announcement]]\nname = "x"\ndays = "every day"\nsource = "示例"', r"缺少 text"),
        ('[[announcement]]\nname = "x"\ntext = "示例"\ndays = "every day"', r"缺少 source"),
        (STORM + STORM, r"名称 storm 用了两次"),
        ("longest_seconds = 40", r"第1行：longest_seconds 写的是“40”"),
    ],
)
def test_a_wrong_entry_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        announcements(text)
