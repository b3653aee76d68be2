"""Files of spreadsheet programs, as they are on disk: read row by row, and refused with a reason."""

import datetime as dt
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from core.errors import BadInput
from core.spreadsheets import tables, workbook
from core.spreadsheets.tables import open_table

DAY = dt.datetime(2023, 1, 5, 8, 30)  # noqa: DTZ001 - Excel's instants have no zone


def read(path: Path) -> list[tuple[int, list[str]]]:
    return list(open_table(path).rows)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Two sheets with content; the first with a title, merged heads and cells, a day, a formula and an empty row."""
    path = tmp_path / "upload"
    with xlsxwriter.Workbook(path) as made:
        empty, sheet, other, hidden = (made.add_worksheet(name) for name in ("空", "工单", "说明", "底稿"))
        hidden.hide()
        hidden.write(0, 0, "x")
        other.write(0, 0, "怎么填")
        assert empty.get_name() == "空"
        sheet.merge_range("A1:D1", "导出表")
        sheet.merge_range("B2:C2", "诉求人")
        sheet.write_row("B3", ["姓名", "电话"])
        sheet.merge_range("A2:A3", "编号")
        sheet.merge_range("D2:D3", "时间")
        sheet.write_row("A4", ["GD1", "示例", 13900000001])
        sheet.write_datetime("D4", DAY, made.add_format({"num_format": "yyyy/m/d hh:mm"}))
        sheet.merge_range("A6:A7", "GD2")
        sheet.write_formula("B6", "=1+1", None, 2)
        sheet.write("C7", 20230105000123456)
        sheet.write("D7", "路灯\n不亮 ")
    return path


def test_the_first_shown_sheet_with_content_is_read_and_the_others_are_named(book: Path) -> None:
    table = open_table(book)
    assert (table.sheet, table.other_sheets) == ("工单", ("空", "说明"))
    assert list(table.rows) == [
        (1, ["导出表"] * 4),
        (2, ["编号", "诉求人", "诉求人", "时间"]),
        (3, ["编号", "姓名", "电话", "时间"]),
        (4, ["GD1", "示例", "13900000001", "2023-01-05 08:30:00"]),
        (6, ["GD2", "2"]),
        (7, ["GD2", "", "2.02301050001235E+16", "路灯\n不亮"]),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_is_read_in_each_encoding_and_with_each_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [["编号", "内容"], ["1", "说“路灯，不亮；”\n第二行"], ["", ""], ["2", "好"]]
    quoted = "\r\n".join(separator.join(f'"{cell}"' if "\n" in cell else cell for cell in row) for row in rows)
    path = tmp_path / "orders.csv"
    path.write_bytes(quoted.encode(encoding))
    assert [cells for _, cells in read(path)] == [rows[0], rows[1], rows[3]]


def test_too_many_rows_are_refused_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    path = tmp_path / "orders.csv"
    path.write_text("a,b\n" * 3 + "\n" * 50)
    assert len(read(path)) == 3
    path.write_text("a,b\n" * 4)
    with pytest.raises(BadInput, match="请分成几个文件"):
        read(path)


def test_columns_beyond_the_most_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_COLUMNS", 3)
    path = tmp_path / "wide.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["a"] * 9)
        sheet.merge_range("A2:XFD4", "weit")
        sheet.write(9_999, 16_383, "am Ende")
    assert read(path) == [(1, ["a"] * 3), *((row, ["weit"] * 3) for row in (2, 3, 4))]


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("LARGEST_UNPACKED_BYTES", "LARGEST_SHARED_BYTES", "MOST_ENTRIES"):
        with monkeypatch.context() as patched:
            patched.setattr(workbook, limit, 3)
            with pytest.raises(BadInput, match="展开后过大"):
                open_table(book)
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED_BYTES", 4 * 1024**2)
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(book) as good, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as bad:
        for entry in good.infolist():
            bad.writestr(entry.filename, good.read(entry))
        bad.writestr("xl/media/zeros", bytes(5 * 1024**2))
    assert bomb.stat().st_size < 64 * 1024
    with pytest.raises(BadInput, match="展开后过大"):
        open_table(bomb)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("xl/worksheets/sheet2.xml", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'),
        (
            "xl/worksheets/sheet2.xml",
            "<worksheet><sheetData><row r='x'><c r='A1' t='s'><v>99</v></c></row></sheetData>",
        ),
        ("xl/worksheets/sheet2.xml", "not XML"),
        ("xl/sharedStrings.xml", "<sst>"),
        ("xl/workbook.xml", "<workbook/>"),
    ],
)
def test_a_workbook_that_is_damaged_or_hostile_is_refused(book: Path, tmp_path: Path, part: str, text: str) -> None:
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(book) as good, zipfile.ZipFile(broken, "w") as bad:
        for entry in good.infolist():
            bad.writestr(entry.filename, text if entry.filename == part else good.read(entry))
    with pytest.raises(BadInput, match=r"读不出来|没有工作表"):
        read(broken)


def test_a_row_said_to_stand_beyond_the_last_ends_the_reading(book: Path, tmp_path: Path) -> None:
    far = tmp_path / "far.xlsx"
    with zipfile.ZipFile(book) as good, zipfile.ZipFile(far, "w") as made:
        for entry in good.infolist():
            data = good.read(entry)
            if entry.filename == "xl/worksheets/sheet2.xml":
                data = data.replace(b'<row r="7"', b'<row r="999999999"').replace(b'r="C7"', b'r="C999999999"')
            made.writestr(entry.filename, data)
    with pytest.raises(BadInput):
        read(far)
