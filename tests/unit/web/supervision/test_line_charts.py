"""Calls and waits as charts, from the rows of the table: a day, several, many, weeks."""

import datetime as dt

from core.clock import CITY_ZONE
from telephony.figures.figures import Tally
from web.charts.columns import Columns
from web.supervision.figures import By, FiguresAnswer, call_figures
from web.supervision.line_charts import line_charts

NOW = dt.datetime(2026, 11, 30, 10, 20, tzinfo=CITY_ZONE)


def at(day: str, hour: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(day).replace(hour=hour, tzinfo=CITY_ZONE)


def answer(since: dt.datetime, until: dt.datetime, by: By, *rows: tuple[dt.datetime, Tally]) -> FiguresAnswer:
    calls = [call_figures(tally, starts_at.astimezone(dt.UTC)) for starts_at, tally in rows]
    total = call_figures(sum((tally for _, tally in rows), Tally()), None)
    return FiguresAnswer(since=since, until=until, by=by, total=total, calls=calls, agents=[], clocks={})


def both(found: FiguresAnswer) -> tuple[Columns, Columns]:
    calls, waits = line_charts(found, NOW, lambda day: day.weekday() < 5)
    assert calls is not None
    assert waits is not None
    return calls, waits


def tally(answered: int, abandoned: int = 0, waited: float = 0) -> Tally:
    return Tally(
        calls=answered + abandoned, answered=answered, abandoned=abandoned, reached=answered, waited_seconds=waited
    )


def test_without_a_call_and_by_agent_there_is_no_chart():
    for by in (By.HOUR, By.AGENT):
        assert line_charts(answer(at("2026-11-30"), NOW, by), NOW, lambda _: True) == (None, None)


def test_today_has_all_twenty_four_hours_and_nothing_is_said_of_those_to_come():
    calls, _ = both(
        answer(at("2026-11-30"), NOW, By.HOUR, (at("2026-11-30", 0), tally(2)), (at("2026-11-30", 9), tally(5, 1)))
    )
    assert len(calls.columns) == 24
    assert (
        calls.columns[0].words == "11月30日 0时到1时：已接听 2，放弃 0，其他（留言、要求回电、转接、未接通、已屏蔽） 0"
    )
    assert calls.columns[9].words.startswith("11月30日 9时到10时：已接听 5，放弃 1")
    assert calls.columns[10].words.startswith("11月30日 10时到11时：已接听 0")
    assert calls.columns[11].words == "11月30日 11时到12时：没有"


def test_the_last_hour_before_midnight_is_of_its_own_day():
    rows = (at("2026-11-28", 23), tally(3)), (at("2026-11-29", 0), tally(4))
    calls, _ = both(answer(at("2026-11-28"), at("2026-11-30"), By.HOUR, *rows))
    assert len(calls.columns) == 48
    assert [(one.under, one.words[:9]) for one in calls.columns if one.under] == [
        ("11月28日", "11月28日 0时"), ("11月29日", "11月29日 0时"),
    ]  # fmt: skip
    assert "已接听 3" in calls.columns[23].words
    assert "已接听 4" in calls.columns[24].words


def test_many_days_by_the_hour_are_one_day_of_hours_and_waits_are_weighed_by_calls():
    rows = (at("2026-11-02", 9), tally(1, waited=30)), (at("2026-11-03", 9), tally(9, waited=90))
    calls, waits = both(answer(at("2026-11-01"), at("2026-11-30"), By.HOUR, *rows))
    assert calls.name == "各钟点来电（29天合计）"
    assert len(calls.columns) == 24
    assert "已接听 10" in calls.columns[9].words
    assert waits.columns[9].words == "9时到10时：平均应答 12秒"
    assert waits.columns[8].words == "8时到9时：没有"


def test_days_without_calls_have_their_place_and_days_of_rest_their_ground():
    calls, _ = both(answer(at("2026-11-26"), at("2026-12-01"), By.DAY, (at("2026-11-27"), tally(3))))
    assert [(one.label, one.under, one.rest) for one in calls.columns] == [
        ("26日", "11月", False), ("27日", "", False), ("28日", "", True), ("29日", "", True), ("30日", "", False),
    ]  # fmt: skip
    assert "已接听 0" in calls.columns[0].words


def test_the_names_of_two_months_do_not_touch():
    calls, _ = both(answer(at("2026-10-30"), at("2026-11-30"), By.DAY, (at("2026-11-27"), tally(3))))
    assert [(one.label, one.under) for one in calls.columns if one.under] == [("1日", "11月")]


def test_a_year_of_days_is_drawn_by_weeks():
    rows = (at("2026-01-05"), tally(3)), (at("2026-01-11"), tally(4)), (at("2026-01-12"), tally(1))
    calls, _ = both(answer(at("2026-01-01"), at("2026-11-30"), By.DAY, *rows))
    assert calls.name == "每周来电"
    assert len(calls.columns) == 48
    assert calls.columns[1].words.startswith("1月5日到1月11日：已接听 7")
    assert [(one.label, one.under) for one in calls.columns[:7] if one.under] == [
        ("5日", "1月"), ("2日", "2月"),
    ]  # fmt: skip


def test_the_limit_of_the_standard_is_drawn_where_waits_come_near_it_only():
    _, short = both(answer(at("2026-11-29"), at("2026-11-30"), By.HOUR, (at("2026-11-29", 9), tally(1, waited=3))))
    _, long = both(answer(at("2026-11-29"), at("2026-11-30"), By.HOUR, (at("2026-11-29", 9), tally(1, waited=14))))
    assert short.mark is None
    assert long.mark is not None
    assert long.mark[1] == "标准15秒"
