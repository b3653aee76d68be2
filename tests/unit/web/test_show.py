"""What people read: times in the city's zone, lengths, words with their confidence."""

import datetime as dt

import pytest

from dispatch.kinds import Channel
from recordings.models import Speaker
from web.calls.schemas import RepairAnswer, SegmentAnswer, WordAnswer
from web.http.answers.complaints import complaint
from web.labels import lasted, no_phone
from web.template_filters import day_time, day_time_and_date, percent, pieces, position

TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (dt.datetime(2026, 11, 21, 6, 3, tzinfo=dt.UTC), "今天 14:03"),
        (dt.datetime(2026, 11, 20, 16, 0, tzinfo=dt.UTC), "今天 00:00"),
        (dt.datetime(2026, 11, 20, 15, 59, tzinfo=dt.UTC), "昨天 23:59"),
        (dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC), "明天 17:30"),
        (dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC), "11月24日 周二 17:30"),
        (dt.datetime(2025, 3, 2, 1, 0, tzinfo=dt.UTC), "2025年3月2日 09:00"),
        (None, ""),
    ],
)
def test_a_time_is_told_as_people_tell_it(instant: dt.datetime | None, shown: str) -> None:
    assert day_time(instant, TODAY) == shown
    assert day_time_and_date(instant, TODAY).striptags() == shown


def test_today_carries_its_date_for_paper() -> None:
    now = dt.datetime(2026, 11, 21, 6, 3, tzinfo=dt.UTC)
    assert day_time_and_date(now, TODAY) == '<data value="2026年11月21日">今天</data> 14:03'
    assert day_time_and_date(now + dt.timedelta(days=5), TODAY) == "11月26日 周四 14:03"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0秒"),
        (59.4, "59秒"),
        (60, "1分钟"),
        (75, "1分15秒"),
        (3600, "1小时00分"),
        (86_400, "1天"),
        (93_600, "1天2小时"),
        (-5, "0秒"),
    ],
)
def test_a_length_is_told_as_people_tell_it(seconds: float, expected: str) -> None:
    assert lasted(seconds) == expected


@pytest.mark.parametrize(
    ("share", "shown"),
    [(1, "100"), (0.99999, "99.9"), (0.9994, "99.9"), (0.951, "95.1"), (0.0001, "0.1"), (0, "0.0")],
)
def test_a_share_is_all_or_none_only_where_it_is(share: float, shown: str) -> None:
    assert percent(share) == shown


def test_a_place_in_a_recording_is_minutes_and_seconds() -> None:
    assert [position(seconds) for seconds in (0, 9.99, 75.4, 3700)] == ["00:00", "00:09", "01:15", "61:40"]


def segment(text: str, said: list[tuple[str, float]], *repairs: RepairAnswer) -> SegmentAnswer:
    spoken = [WordAnswer(word=word, start=0, end=1, confidence=confidence) for word, confidence in said]
    return SegmentAnswer(
        speaker=Speaker.CALLER,
        start_seconds=0,
        end_seconds=1,
        text=text,
        confidence=0.8,
        words=spoken,
        repairs=list(repairs),
    )


def test_unsure_words_are_marked_and_the_text_stays_as_it_is() -> None:
    shown = pieces(segment("神道路 OK路灯", [("神道", 0.4), ("路", 0.9), ("OK", 0.9), ("路灯", 0.2)]))
    assert "".join(piece.text for piece in shown) == "神道路 OK路灯"
    assert [piece.text for piece in shown if piece.unsure] == ["神道", "路灯"]


def test_a_mended_name_tells_what_was_heard() -> None:
    mended = RepairAnswer(heard="进修湖花圆", name="锦绣湖花园", first_word=1, words=3, cost=0)
    words = [("在", 0.9), ("进修", 0.4), ("湖", 0.4), ("花圆", 0.3), ("停水", 0.9)]
    shown = pieces(segment("在锦绣湖花园停水", words, mended))
    assert [(piece.text, piece.heard, piece.confidence) for piece in shown] == [
        ("在", "", 0.9),
        ("锦绣湖花园", "进修湖花圆", 0.3),
        ("停水", "", 0.9),
    ]


def test_a_mistake_is_told_with_its_measure() -> None:
    assert complaint("string_too_long", {"max_length": 200}) == "最多200个字。"
    assert complaint("some_future_kind", {}) == "填写有误。"


def test_only_a_call_can_withhold_its_number() -> None:
    assert no_phone(Channel.HOTLINE) == "未显示号码"
    assert {no_phone(one) for one in Channel if one is not Channel.HOTLINE} == {"未留电话"}
