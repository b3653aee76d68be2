"""The new text of a file of the city, from whichever form of its page was filled in."""

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from core.errors import BadInput, ConfigurationError
from core.folder.retention_file import FILE as RETENTION
from core.folder.textfiles import read_text_file
from core.spreadsheets.tables import SpreadsheetTable, is_workbook, open_table
from dispatch.city.load import FIRST_YEAR
from dispatch.city.posts import FILE as POSTS
from dispatch.city.records import City
from dispatch.city.statutory_days import statutory_days
from dispatch.versions.change import LONGEST_TEXT
from dispatch.versions.difference import with_row, without_row
from dispatch.versions.files import FILES
from ivr.announcements import FILE as ANNOUNCEMENTS
from web.city.announcing import with_announcement
from web.city.cells import UNITS, code_of
from web.city.days import parse_days, refuse_what_cannot_be, with_year
from web.city.holding import with_holder
from web.city.keeping import with_retention

CALENDAR = "calendar.toml"
_ODD_BREAK = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")


def text_of_form(file: str, present: str, said: Mapping[str, str], city: City) -> str:
    """`present`: the text in force. Raises BadInput."""
    if "year" in said and file == CALENDAR:
        return _with_year(present, said)
    if "row" in said and FILES[file].table:
        return _with_row(file, present, said, city)
    if "announcement" in said and file == ANNOUNCEMENTS:
        return with_announcement(present, said)
    if "holder" in said and file == POSTS:
        return with_holder(present, said)
    if "months" in said and file == RETENTION:
        return with_retention(said)
    return tidy(said.get("text", ""))


def text_of_upload(upload: web.FileField) -> str:
    """Blocking; of a workbook (.xlsx) its first sheet as CSV. Raises BadInput where it is neither."""
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / "upload"
        path.write_bytes(upload.file.read())
        if is_workbook(path):
            return tidy(_as_csv(open_table(path)))
        try:
            return tidy(read_text_file(path))
        except ConfigurationError as error:
            raise BadInput("读不了这个文件的文字。请另存为“CSV UTF-8”或 UTF-8 文本，再上传。") from error


def _as_csv(table: SpreadsheetTable) -> str:
    """A row has the number that it has in the sheet, and as many cells as the heads: a sheet leaves out empty ones at
    the end."""
    text, written, heads = io.StringIO(), 0, 0
    rows = csv.writer(text, lineterminator="\n")
    for number, cells in table.rows:
        heads = heads or (0 if cells[0].startswith("#") else len(cells))
        cells += [""] * (heads - len(cells))
        text.write("\n" * (number - written - 1))
        rows.writerow(cell.replace("\n", " ") for cell in cells)
        written = number
        if text.tell() > LONGEST_TEXT:
            raise BadInput(f"内容太长，最多{LONGEST_TEXT}个字。")
    return text.getvalue()


def _with_row(file: str, text: str, said: Mapping[str, str], city: City) -> str:
    key, keys = said["row"], FILES[file].keys
    try:
        if "remove" in said:
            return without_row(text, key, keys)
        typed = {name.removeprefix("cell-"): value for name, value in said.items() if name.startswith("cell-")}
        cells = {column: code_of(file, column, value, city) for column, value in typed.items()}
        if file == UNITS and not cells.get("extension"):
            cells["extension"] = cells.get("code", "")
        return with_row(text, None if key == "+" else key, cells, keys)
    except KeyError:
        raise BadInput(f"表里已经没有 {key} 这一行。") from None


def _with_year(text: str, said: Mapping[str, str]) -> str:
    typed = unicodedata.normalize("NFKC", said["year"]).strip()
    if not (re.fullmatch("[0-9]{4}", typed) and FIRST_YEAR <= int(typed) <= 2100):
        raise BadInput("请填写年份，如 2027。")
    year = int(typed)
    rest, work = parse_days(said.get("rest_days", ""), year), parse_days(said.get("work_days", ""), year)
    if not rest:
        raise BadInput("请填写放假的日子。")
    if not said.get("source", "").strip():
        raise BadInput("请填写依据，如国务院办公厅的通知和文号。")
    refuse_what_cannot_be(rest, work, statutory_days(year))
    return with_year(text, year, rest, work, said["source"])


def tidy(text: str) -> str:
    """Breaks that only some programs know become blanks: a row of a table is a line."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return _ODD_BREAK.sub(" ", plain).rstrip() + "\n"
