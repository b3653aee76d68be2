"""A city's tables as people change them: by the key of a row, whatever separates the cells."""

import pytest

from dispatch.versions.difference import read_table, rewritten, row_differences, with_row, without_row

TABLE = "# a remark\ncode,name\na,甲\n\nb,乙\n"
PLACES = "name,town,kind\n新村,east,village\n新村,west,village\n"


def test_heads_in_capitals_are_the_same_heads() -> None:
    assert row_differences(TABLE, TABLE.replace("code,name", "Code,NAME")) == []


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_row_is_written_as_the_rest_of_its_table(separator: str) -> None:
    text = TABLE.replace(",", separator)
    assert read_table(with_row(text, "a", {"code": "a", "name": "新,甲"})).rows[0] == {"code": "a", "name": "新,甲"}
    assert len(read_table(with_row(text, None, {"code": "c", "name": "丙"})).rows) == 3
    assert with_row(text, "a", {"code": "a", "name": "x"}).startswith("# a remark\n"), "remarks stay"


def test_a_cell_with_a_line_break_is_replaced_whole() -> None:
    text = 'code,name\na,"甲\n乙"\nb,丙\n'
    assert with_row(text, "a", {"code": "a", "name": "丁"}) == "code,name\na,丁\nb,丙\n"
    assert without_row(text, "a") == "code,name\nb,丙\n"


def test_rows_without_a_code_are_told_apart_by_several_cells() -> None:
    keys = ("name", "town")
    changed = with_row(PLACES, "新村@west", {"name": "新村", "town": "west", "kind": "community"}, keys)
    (one,) = row_differences(PLACES, changed, keys)
    assert (one.change, one.cells) == ("修改", [("kind", "village", "community")])
    with pytest.raises(KeyError):
        without_row(PLACES, "新村", keys)


def test_only_rows_that_change_are_written_anew() -> None:
    text = 'code,name\na,"甲"\nb,乙\n'
    said = rewritten(text, lambda number, cells: [one.replace("乙", "丙") for one in cells])
    assert said == 'code,name\na,"甲"\nb,丙\n'
