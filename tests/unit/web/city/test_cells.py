"""Cells of a city's table: as people write them, as they are kept."""

import pytest

from dispatch.city.load import load_city
from tests.support.qufu import FOLDER
from web.city.cells import code_of, in_codes, safe_in_excel

CITY = load_city(FOLDER)


@pytest.mark.parametrize(
    ("file", "column", "typed", "kept"),
    [
        ("units.csv", "towns", "鲁城街道，书院街道", "lucheng shuyuan"),
        ("units.csv", "towns", "lucheng 书院街道", "lucheng shuyuan"),
        ("units.csv", "towns", "全部", "*"),
        ("units.csv", "towns", "没有的镇", "没有的镇"),
        ("units.csv", "trade", "路灯", "lamps"),
        ("offices.csv", "kind", "部门", "department"),
        ("offices.csv", "town", "不限", ""),
        ("places.csv", "kind", "村", "village"),
        ("duties.csv", "co_offices", "市公安局；所在镇街", "public-security；@town"),
        ("posts.csv", "post", "第一责任人", "head"),
        ("posts.csv", "first_day", "2026/12/1", "2026-12-01"),
        ("posts.csv", "last_day", "2026年12月31日", "2026-12-31"),
        ("offices.csv", "name", "部门", "部门"),
    ],
)
def test_a_name_becomes_its_code(file: str, column: str, typed: str, kept: str) -> None:
    assert code_of(file, column, typed, CITY) == kept
    assert code_of(file, column, kept, CITY) == kept


def test_what_needs_no_change_stays_as_it_is_written() -> None:
    text = '# 说明\ncode,name,kind\na,"甲,乙",department\nb,丙,部门\n'
    known = ("code", "name", "kind")
    assert in_codes("offices.csv", text, known, CITY) == text.replace("部门", "department")
    assert in_codes("offices.csv", "", known, CITY) == ""


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|x", "-2+3+cmd", "\tx".strip() + "=x"])
def test_a_formula_leaves_as_text_and_comes_back(cell: str) -> None:
    text = f"code,name\na,{cell}\n"
    out = safe_in_excel(text)
    assert (",'" in out) == (cell[0] in "=@+-")
    assert in_codes("offices.csv", out, ("code", "name"), CITY) == text


@pytest.mark.parametrize("cell", ["+86 537 1234", "-12", "@town", "'apostrophe", "0537-1"])
def test_numbers_and_words_leave_as_they_are(cell: str) -> None:
    text = f"code,name\na,{cell}\n"
    assert safe_in_excel(text) == text
