"""Which absences can be, and who stands in for whom on a day. Pure.

A stand-in is of the same role and the same office: standing in gives nobody a right that was not theirs before. Nobody
who is away stands in, and nobody who stands in goes away: there is no chain and no loop, and each post has somebody.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_DAYS = 180
EARLIEST_DAYS = 366
"""The furthest ahead."""


@dataclass(frozen=True)
class Person:
    account_id: int
    name: str
    post: tuple[str, str]
    """Role, and office or crew; empty where the role has none."""
    open: bool = True
    """Whether the account may sign in."""


@dataclass(frozen=True)
class Away:
    """An absence that was not ended."""

    account_id: int
    name: str
    stand_in_id: int
    stand_in_name: str
    first_day: dt.date
    last_day: dt.date

    def on(self, first: dt.date, last: dt.date) -> bool:
        return self.first_day <= last and first <= self.last_day

    @property
    def days(self) -> str:
        return days_words(self.first_day, self.last_day)


def days_words(first: dt.date, last: dt.date) -> str:
    return _day(first) if first == last else f"{_day(first)}至{_day(last)}"


def wrong_absence(
    who: Person,
    stand_in: Person | None,
    first: dt.date | None,
    last: dt.date | None,
    known: Iterable[Away],
    today: dt.date,
) -> dict[str, str]:
    """Field → what is wrong with it and what to do, in Chinese; empty: it can be."""
    wrong = _wrong_days(first, last, today) | _wrong_people(who, stand_in)
    if wrong or stand_in is None or first is None or last is None:
        return wrong
    for one in known:
        if one.on(first, last):
            wrong |= _against(who, stand_in, one)
    return wrong


def _wrong_people(who: Person, stand_in: Person | None) -> dict[str, str]:
    if not who.open:
        return {"account": f"{who.name}的账号已停用，不用登记。"}
    if stand_in is None:
        return {"stand_in": "请选择由谁代办。"}
    if stand_in.account_id == who.account_id:
        return {"stand_in": "不能由本人代本人，请另选一位。"}
    if not stand_in.open:
        return {"stand_in": f"{stand_in.name}的账号已停用，请另选一位。"}
    if stand_in.post != who.post:
        return {"stand_in": "代办人要和本人同一角色、同一单位：代办不多给权限。"}
    return {}


def _against(who: Person, stand_in: Person, one: Away) -> dict[str, str]:
    """What another absence in the same days says against it."""
    if one.account_id == who.account_id:
        mend = "请先结束那一次，或者改日期。"
        return {"first_day": f"{one.name}{one.days}已经登记外出，由{one.stand_in_name}代。{mend}"}
    if one.account_id == stand_in.account_id:
        return {"stand_in": f"{one.name}{one.days}自己也外出，不能代。请另选一位，或者分两段登记。"}
    if one.stand_in_id == who.account_id:
        mend = f"请先结束{one.name}那一次，另换代办人。"
        return {"account": f"{who.name}{one.days}正代{one.name}，一走就没有人代了。{mend}"}
    return {}


def _wrong_days(first: dt.date | None, last: dt.date | None, today: dt.date) -> dict[str, str]:
    if first is None:
        return {"first_day": "请填写从哪一天起。"}
    if last is None:
        return {"last_day": "请填写到哪一天为止。还不知道哪天回来，先填一个日期，到时再登记一段。"}
    if last < first:
        return {"last_day": "结束的日子早于开始的日子。"}
    if last < today:
        return {"last_day": "这段日子已经过去。"}
    if first < today:
        return {"first_day": "开始的日子已经过去，最早填今天。"}
    if (last - first).days >= LONGEST_DAYS:
        return {"last_day": f"一次最长{LONGEST_DAYS}天。"}
    if (first - today).days > EARLIEST_DAYS:
        return {"first_day": "最早提前一年登记。"}
    return {}


def _day(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"
