"""A day's lanes: from 0 to 24 hours, midnight included."""

import datetime as dt

from core.clock import CITY_ZONE
from web.charts.day_lanes import DaySpan, day_lanes

MIDNIGHT = dt.datetime(2026, 11, 30, tzinfo=CITY_ZONE)


def at(hours: float) -> dt.datetime:
    return MIDNIGHT + dt.timedelta(hours=hours)


def test_a_day_without_anything_has_no_chart():
    assert day_lanes("chart", "", "", ["待命"], [], MIDNIGHT) is None


def test_stretches_stand_in_their_lane_by_the_hour():
    spans = [
        DaySpan("待命", at(0), at(6), ""),
        DaySpan("在路上", at(6), at(12), ""),
        DaySpan("待命", at(12), at(24), ""),
    ]
    chart = day_lanes("chart", "", "", ["待命", "在路上"], spans, MIDNIGHT)
    assert chart is not None
    assert [[(box.x, box.width) for box in lane.boxes] for lane in chart.lanes] == [[(0, 25), (50, 50)], [(25, 25)]]
    assert [words for _, words, _ in chart.hours][::6] == ["0时", "12时", "24时"]


def test_a_stretch_of_a_second_is_seen_and_none_leaves_the_day():
    chart = day_lanes("chart", "", "", ["待命"], [DaySpan("待命", at(-3), at(0.0003), "")], MIDNIGHT)
    assert chart is not None
    assert [(box.x, box.width) for box in chart.lanes[0].boxes] == [(0, 0.15)]
