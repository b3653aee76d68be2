"""The roster by hand: entries change what is wanted, and what can never be fulfilled is refused."""

import datetime as dt
from pathlib import Path

import pytest

from core import clock
from core.clock import CITY_ZONE
from core.errors import BadInput
from core.settings import Settings
from hotline.monitoring.roster import add_entry, city_time, coming_changes

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, city=tmp_path)


async def test_an_entry_is_wanted_for_its_time_and_the_rule_before_and_after_it(settings: Settings) -> None:
    begins = clock.now() + HOUR
    await add_entry(settings, begins, begins + HOUR, 1, ["1002", "1001"], "flood")
    listed = [
        (since - begins, wanted.ready_least, wanted.extensions) for since, wanted in await coming_changes(settings, 1)
    ]
    assert [(least, who) for _, least, who in listed] == [(1, ()), (2, ("1001", "1002")), (1, ())]
    assert [since for since, _, _ in listed[1:]] == [dt.timedelta(0), HOUR]


async def test_a_span_that_ends_first_and_an_unknown_telephone_are_refused(settings: Settings) -> None:
    now = clock.now()
    with pytest.raises(BadInput, match="end after"):
        await add_entry(settings, now, now, 1, [], "")
    with pytest.raises(BadInput, match="9999"):
        await add_entry(settings, now, now + HOUR, 1, ["9999"], "")


def test_a_time_without_a_zone_is_the_citys() -> None:
    assert city_time("2026-11-21 18:00") == dt.datetime(2026, 11, 21, 18, tzinfo=CITY_ZONE)
    assert city_time("2026-11-21T10:00+00:00") == dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)
    with pytest.raises(BadInput, match="no time"):
        city_time("tomorrow")
