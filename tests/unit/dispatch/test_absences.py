"""Which absences can be. Each that cannot says why, and what to do."""

import datetime as dt
from dataclasses import replace

import pytest

from dispatch.absences.rules import Away, Person, wrong_absence

TODAY = dt.date(2026, 11, 30)
LI = Person(1, "李示例", ("office", "housing"))
WANG = Person(2, "王示例", ("office", "housing"))
ZHAO = Person(3, "赵示例", ("office", "housing"))


def day(after: int) -> dt.date:
    return TODAY + dt.timedelta(days=after)


def away(who: Person, stand_in: Person, first: int, last: int) -> Away:
    return Away(who.account_id, who.name, stand_in.account_id, stand_in.name, day(first), day(last))


def test_a_colleague_of_the_same_post_stands_in_from_today_to_a_day() -> None:
    assert wrong_absence(LI, WANG, day(0), day(0), [], TODAY) == {}
    assert wrong_absence(LI, WANG, day(3), day(9), [away(WANG, ZHAO, 10, 12), away(ZHAO, LI, 0, 2)], TODAY) == {}


@pytest.mark.parametrize(
    ("first", "last", "field", "words"),
    [
        (None, day(1), "first_day", "从哪一天起"),
        (day(0), None, "last_day", "还不知道哪天回来"),
        (day(2), day(1), "last_day", "早于开始"),
        (day(-5), day(-1), "last_day", "已经过去"),
        (day(-1), day(3), "first_day", "最早填今天"),
        (day(0), day(180), "last_day", "最长180天"),
        (day(367), day(368), "first_day", "提前一年"),
    ],
)
def test_days_that_cannot_be_meant(first: dt.date | None, last: dt.date | None, field: str, words: str) -> None:
    assert words in wrong_absence(LI, WANG, first, last, [], TODAY)[field]


@pytest.mark.parametrize(
    ("stand_in", "words"),
    [
        (None, "请选择"),
        (LI, "不能由本人代本人"),
        (replace(WANG, open=False), "已停用"),
        (replace(WANG, post=("office", "water")), "不多给权限"),
        (replace(WANG, post=("coordinator", "")), "不多给权限"),
    ],
)
def test_people_who_cannot_stand_in(stand_in: Person | None, words: str) -> None:
    assert words in wrong_absence(LI, stand_in, day(0), day(3), [], TODAY)["stand_in"]


@pytest.mark.parametrize(
    ("known", "field", "words"),
    [
        (away(WANG, ZHAO, 3, 5), "stand_in", "王示例12月3日至12月5日自己也外出"),
        (away(WANG, LI, 0, 1), "stand_in", "自己也外出"),
        (away(ZHAO, LI, 2, 9), "account", "正代赵示例"),
        (away(LI, ZHAO, 1, 1), "first_day", "已经登记外出，由赵示例代"),
    ],
    ids=["the stand-in is away", "a loop", "a chain", "twice"],
)
def test_absences_that_do_not_fit_together(known: Away, field: str, words: str) -> None:
    assert words in wrong_absence(LI, WANG, day(0), day(3), [known], TODAY)[field]


def test_a_closed_account_is_not_entered() -> None:
    assert "已停用" in wrong_absence(replace(LI, open=False), WANG, day(0), day(1), [], TODAY)["account"]


def test_one_day_is_named_once() -> None:
    assert away(LI, WANG, 0, 0).days == "11月30日"
    assert away(LI, WANG, 0, 2).days == "11月30日至12月2日"
