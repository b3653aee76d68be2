"""The roster: weekly shifts of the city, and entries that override them."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.clock import CITY_ZONE
from core.errors import ConfigurationError
from telephony.monitoring.roster import EVER, Required, RosterFile, load_shifts, required_at, shifts_of

QUFU = Path(__file__).parents[4] / "deploy/city/qufu"
ROSTER = shifts_of(
    RosterFile.model_validate(
        {
            "shift": [
                {"name": "day", "begins": "08:00", "ends": "20:00", "ready_least": 3, "days": ["mon", "fri"]},
                {"name": "night", "begins": "20:00", "ends": "08:00", "ready_least": 1, "days": ["fri"]},
            ]
        }
    )
)


def city(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """In November 2026, whose 20th is a Friday."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("at", "least"),
    [
        (city(20, 8), 3),
        (city(20, 19, 59), 3),
        (city(20, 20), 1),
        (city(21, 7, 59), 1),
        (city(21, 8), EVER.ready_least),
        (city(20, 7, 59), EVER.ready_least),
        (city(23, 12), 3),
    ],
)
def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_begins(at: dt.datetime, least: int) -> None:
    assert required_at(at, ROSTER).ready_least == least


def test_where_the_roster_says_nothing_one_agent_must_be_ready() -> None:
    assert required_at(city(22, 12), ROSTER) == EVER
    assert required_at(city(22, 12), ()) == EVER


def test_entries_stand_above_shifts_and_add_up() -> None:
    flood = SimpleNamespace(
        starts_at=city(20, 9), ends_at=city(20, 12), ready_least=5, extensions=["1001", "1002"], note="flood"
    )
    drill = SimpleNamespace(
        starts_at=city(20, 10), ends_at=city(20, 11), ready_least=2, extensions=["1002", "1003"], note=""
    )
    assert required_at(city(20, 10), ROSTER, [flood, drill]) == Required(5, ("1001", "1002", "1003"), "flood")
    assert required_at(city(20, 12), ROSTER, [flood, drill]).ready_least == 3


def test_the_citys_own_roster_is_readable_and_never_empty() -> None:
    shifts = load_shifts(QUFU)
    assert all(required_at(city(day, hour), shifts).ready_least >= 1 for day in range(16, 23) for hour in range(24))


def test_a_roster_that_cannot_be_read_is_named_and_a_missing_one_is_none(tmp_path: Path) -> None:
    assert load_shifts(tmp_path) == ()
    (tmp_path / "roster.toml").write_text('[[shift]]\nname = "x"\nbegins = "25:00"\nends = "08:00"\nready_least = 1\n')
    with pytest.raises(ConfigurationError, match=r"roster\.toml"):
        load_shifts(tmp_path)
