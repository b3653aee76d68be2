"""The holders of posts: read from the city's file, asked as of a day, changed without losing whoever was there."""

import datetime as dt
from pathlib import Path

import pytest

from core.errors import BadInput
from core.folder.faults import FaultyFolder
from core.folder.reading import read_csv
from dispatch.city.posts import COLUMNS, Post, TenureLine, contradictory_tenures, holder_on, partner_of, tenures
from web.city.holding import with_holder

HEAD = ",".join(COLUMNS)
ROWS = (
    "h1,housing,head,赵示例,zhao,2024-01-01,2026-06-30",
    "h2,housing,head,钱示例,qian,2026-07-01,",
    "a1,housing,contact-a,孙示例,sun,2025-01-01,",
    "b1,housing,contact-b,李示例,li,2025-01-01,",
)
TEXT = "\n".join((HEAD, *ROWS)) + "\n"


def lines(folder: Path, text: str) -> list[TenureLine]:
    (folder / "posts.csv").write_text(text, "utf-8")
    return read_csv(folder / "posts.csv", TenureLine)


@pytest.mark.parametrize(
    ("day", "holder"),
    [
        ("2023-12-31", ""),
        ("2024-01-01", "赵示例"),
        ("2026-06-30", "赵示例"),
        ("2026-07-01", "钱示例"),
        ("2030-01-01", "钱示例"),
    ],
)
def test_the_holder_of_a_post_is_known_for_each_day(tmp_path: Path, day: str, holder: str) -> None:
    found = holder_on(tenures(lines(tmp_path, TEXT)), "housing", Post.HEAD, dt.date.fromisoformat(day))
    assert (found.holder if found else "") == holder


def test_of_a_post_that_nobody_holds_nobody_is_said(tmp_path: Path) -> None:
    known = tenures(lines(tmp_path, TEXT))
    assert holder_on(known, "housing", Post.DEPUTY, dt.date(2026, 7, 1)) is None
    assert holder_on(known, "water", Post.HEAD, dt.date(2026, 7, 1)) is None


@pytest.mark.parametrize(("account", "partner"), [("sun", "li"), ("li", "sun"), ("qian", ""), ("", ""), ("wang", "")])
def test_the_two_contacts_of_an_office_stand_in_for_one_another(tmp_path: Path, account: str, partner: str) -> None:
    assert partner_of(tenures(lines(tmp_path, TEXT)), account, dt.date(2026, 7, 1)) == partner


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("h3,housing,head,周示例,,2026-08-01,", "钱示例和周示例两个人"),
        ("h3,housing,head,周示例,,2026-06-30,2026-06-30", "赵示例和周示例两个人"),
        ("h3,housing,deputy,周示例,,2026-06-30,2026-06-29", "last_day 早于 first_day"),
    ],
)
def test_two_in_one_post_and_days_that_cannot_be_are_named(tmp_path: Path, row: str, said: str) -> None:
    assert not list(contradictory_tenures(lines(tmp_path, TEXT)))
    faults = list(contradictory_tenures(lines(tmp_path, f"{TEXT}{row}\n")))
    assert [said in one.what for one in faults] == [True]
    assert faults[0].mend


@pytest.mark.parametrize(
    "row", ["x,housing,chief,周示例,,2026-01-01,", "x,housing,head,周示例,,January,", "x,housing,head,,,2026-01-01,"]
)
def test_a_row_that_says_no_post_no_day_or_nobody_is_a_mistake(tmp_path: Path, row: str) -> None:
    with pytest.raises(FaultyFolder):
        lines(tmp_path, f"{HEAD}\n{row}\n")


def test_a_new_holder_ends_the_former_the_day_before_and_both_stay(tmp_path: Path) -> None:
    said = {"office": "housing", "post": "head", "holder": " 周示例 ", "account": "ZHOU", "first_day": "2027-01-01"}
    text = with_holder(TEXT, said)
    found = lines(tmp_path, text)
    assert not list(contradictory_tenures(found))
    held = [(one.holder, one.account, one.first_day, one.last_day) for one in found if one.post is Post.HEAD]
    assert held[1:] == [
        ("钱示例", "qian", dt.date(2026, 7, 1), dt.date(2026, 12, 31)),
        ("周示例", "zhou", dt.date(2027, 1, 1), None),
    ]
    assert len({one.code for one in found}) == len(found)


def test_a_post_may_be_left_to_nobody(tmp_path: Path) -> None:
    text = with_holder(TEXT, {"office": "housing", "post": "head", "holder": "", "first_day": "2027-01-01"})
    known = tenures(lines(tmp_path, text))
    assert holder_on(known, "housing", Post.HEAD, dt.date(2026, 12, 31)) is not None
    assert holder_on(known, "housing", Post.HEAD, dt.date(2027, 1, 1)) is None


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"office": "housing", "post": "head", "holder": "周示例", "first_day": "2026-07-01"}, "不早于"),
        ({"office": "housing", "post": "head", "holder": "周示例", "first_day": "soon"}, "从哪一天起"),
        ({"office": "", "post": "head", "holder": "周示例", "first_day": "2027-01-01"}, "选择单位"),
        ({"office": "housing", "post": "king", "holder": "周示例", "first_day": "2027-01-01"}, "选择单位和岗位"),
        ({"office": "housing", "post": "deputy", "holder": "", "first_day": "2027-01-01"}, "任职人"),
    ],
)
def test_what_a_change_lacks_is_said(said: dict[str, str], wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong):
        with_holder(TEXT, said)


def test_the_first_row_of_a_city_without_posts(tmp_path: Path) -> None:
    said = {"office": "housing", "post": "contact-b", "holder": "周示例", "first_day": "2027-01-01"}
    (only,) = lines(tmp_path, with_holder(f"{HEAD}\n", said))
    assert (only.post, only.holder, only.last_day) == (Post.CONTACT_B, "周示例", None)
