"""A table in a file: .xlsx or text with separators, told apart by what is in it, not by its name."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.errors import BadInput
from core.folder.faults import FaultyFolder
from core.folder.textfiles import read_text_file
from core.spreadsheets.cells import tidy
from core.spreadsheets.workbook import read_workbook

MOST_ROWS = 200_000
"""In one file, empty ones not counted."""
MOST_COLUMNS = 200
MOST_CHARACTERS = 200_000_000
"""In one file: a small .xlsx may name one long text in millions of cells."""
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_SEPARATORS = ",\t;；，|"
_RESAVE = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”，再上传"


@dataclass(frozen=True)
class SpreadsheetTable:
    sheet: str
    """Its name; empty: the file has one table only."""
    other_sheets: tuple[str, ...]
    """Left unread."""
    rows: Iterator[tuple[int, list[str]]]
    """Number in the file, from 1, and cells; rows without any text are left out. Raises BadInput on the way."""


def is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4).startswith(_ZIP)


def open_table(path: Path) -> SpreadsheetTable:
    """Blocking. Raises BadInput that says what kind of file is wanted."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(_ZIP):
        found = read_workbook(path, MOST_COLUMNS)
        return SpreadsheetTable(found.name, found.others, _filled(found.rows))
    if head.startswith(_OLD_EXCEL):
        raise BadInput(f"这是旧格式的 Excel（.xls）或加了密码的文件。{_RESAVE}。")
    if b"<html" in head.lower() or b"<table" in head.lower() or b"urn:schemas-microsoft-com:office" in head:
        raise BadInput(f"这个文件看着是 Excel，其实是网页。{_RESAVE}。")
    return SpreadsheetTable("", (), _filled(_read_text(path)))


def _filled(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    count = characters = 0
    for number, cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        count += 1
        characters += sum(map(len, cells))
        if characters > MOST_CHARACTERS:
            raise BadInput("这个文件的文字太多。请去掉用不着的列，或分成几个文件上传。")
        if count > MOST_ROWS:
            raise BadInput(f"一个文件最多{MOST_ROWS // 10_000}万行，请分成几个文件上传。")
        yield number, cells


def _read_text(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = read_text_file(path)
    except FaultyFolder as error:
        raise BadInput("读不了这个文件的文字。请上传 .xlsx，或另存为“CSV UTF-8”再上传。") from error
    lines = [line for line in islice(io.StringIO(text), 30) if line.strip()]
    separator = max(_SEPARATORS, key=lambda sign: (sum(line.count(sign) for line in lines), sign == ","))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in rows:
            yield rows.line_num, [tidy(cell) for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise BadInput(f"第{rows.line_num}行附近的引号没有成对，读不下去。请改正后再上传，或改用 .xlsx。") from error
