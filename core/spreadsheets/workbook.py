"""An .xlsx read as a stream: values of formulas, merged cells filled, and nothing that unpacks without end."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from core.errors import BadInput
from core.spreadsheets.cells import cell_text

LARGEST_UNPACKED_BYTES = 600 * 1024**2
LARGEST_SHARED_BYTES = 150 * 1024**2
"""Of the table of texts, which is read whole."""
LARGEST_DESCRIPTION_BYTES = 20 * 1024**2
"""Of the parts in which a workbook describes itself, which are read whole."""
LARGEST_PIECE_BYTES = 4 * 1024**2
"""Of a row or a shared text, which is read whole: 24 kB of archive may hold a row that takes gigabytes of memory."""
MOST_ENTRIES = 2000
_DESCRIPTIONS = frozenset({"[Content_Types].xml", "xl/workbook.xml", "xl/styles.xml", "xl/theme/theme1.xml"})
_PIECE = re.compile(rb"<(/?)(?:\w+:)?(row|si|sheetData|sst)[\s/>]")
_ENDS = frozenset({b"sheetData", b"sst"})
_MOST_LINES = 1_048_576
"""Of a sheet, as Excel counts; a file may name a row beyond."""
_MOST_MERGED = 100_000
_MERGED = re.compile(rb'mergeCell\s+ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_PIECE_BYTES = 1024**2
_AT_ONCE = 1000
"""Rows."""
_TOO_LARGE = "这个文件展开后过大。请分成几个文件上传，或另存为 CSV。"
_OVERLAPPING = "这张工作表合并的单元格互相重叠。请取消合并，或另存为 CSV，再上传。"
_DAMAGED = "这个 Excel 文件读不出来，可能已损坏或加了密码。请用 Excel 打开，另存为 .xlsx，再上传。"


@dataclass(frozen=True)
class Sheet:
    name: str
    others: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]


@dataclass
class _Merged:
    """A region of cells that shows one value."""

    left: int
    """From 0, like `right`."""
    top: int
    """From 1, like `bottom`."""
    right: int
    bottom: int
    value: str = ""


def read_workbook(path: Path, most_columns: int) -> Sheet:
    """The first sheet that is shown and holds anything. Raises BadInput, also on the way."""
    with _read_safely():
        _check_size(path)
        # Given as a file: of a path openpyxl wants a name that ends in .xlsx.
        book = load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True, keep_links=False)
        shown = [one for one in book.worksheets if one.sheet_state == "visible"] or book.worksheets
        if not shown:
            raise BadInput("这个 Excel 文件里没有工作表。")
        sheet = next((one for one in shown if _has_values(one)), shown[0])
        merged = _merged_regions(path, sheet)
    others = tuple(one.title for one in shown if one is not sheet)
    return Sheet(sheet.title if others else "", others, _rows(book, sheet, merged, most_columns))


def _rows(book: Any, sheet: Any, merged: list[_Merged], most_columns: int) -> Iterator[tuple[int, list[str]]]:
    """Without rows that hold nothing: Excel stores formatted ones down to its last."""
    waiting, active = sorted(merged, key=lambda one: -one.top), list[_Merged]()
    try:
        sheet.reset_dimensions()
        rows, number = sheet.iter_rows(max_col=most_columns, values_only=True), 0
        while some := _next(rows):
            for values in some:
                number += 1
                active = [one for one in active if one.bottom >= number]
                if values is None and not active:
                    continue
                cells = [cell_text(value) for value in values or ()]
                while waiting and waiting[-1].top <= number:
                    region = waiting.pop()
                    if region.left >= most_columns:
                        continue
                    region.value = cells[region.left] if region.left < len(cells) else ""
                    active.append(region)
                if len(active) > most_columns:
                    raise BadInput(_OVERLAPPING)
                _fill(cells, active, most_columns)
                yield number, cells
            if number > _MOST_LINES:
                raise BadInput("这张工作表的行数超过了 Excel 的上限，请另存后再上传。")
    finally:
        book.close()


def _next(rows: Iterator[Any]) -> list[Any]:
    """The next rows; None for one without a value."""
    with _read_safely():
        return [None if values.count(None) == len(values) else values for values in islice(rows, _AT_ONCE)]


def _fill(cells: list[str], active: list[_Merged], most_columns: int) -> None:
    for region in active:
        if not region.value:
            continue
        right = min(region.right, most_columns - 1)
        cells += [""] * (right + 1 - len(cells))
        for column in range(region.left, right + 1):
            cells[column] = cells[column] or region.value


def _has_values(sheet: Any) -> bool:
    for number, values in enumerate(sheet.iter_rows(max_col=50, max_row=50, values_only=True)):
        if any(value is not None for value in values):
            return True
        if number > 50:
            return False
    return False


def _check_size(path: Path) -> None:
    """By what the archive says of its parts: none is read beyond that."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if any(part.flag_bits & 1 for part in parts):
            raise BadInput("这个文件加了密码。请去掉密码另存，再上传。")
        if not any(part.filename.lstrip("/") == "xl/workbook.xml" for part in parts):
            raise BadInput("这不是 Excel 工作簿（.xlsx）。请用 Excel 或 WPS 另存为 .xlsx，或另存为 CSV。")
        shared = max((part.file_size for part in parts if part.filename.endswith("sharedStrings.xml")), default=0)
        whole = sum(part.file_size for part in parts)
        if len(parts) > MOST_ENTRIES or whole > LARGEST_UNPACKED_BYTES or shared > LARGEST_SHARED_BYTES:
            raise BadInput(_TOO_LARGE)
        if any(part.file_size > LARGEST_DESCRIPTION_BYTES for part in parts if part.filename in _DESCRIPTIONS):
            raise BadInput(_TOO_LARGE)
        for entry in parts:
            if entry.file_size > LARGEST_PIECE_BYTES:
                with archive.open(entry) as part:
                    _check_pieces(part)


def _check_pieces(part: IO[bytes]) -> None:
    """Raises BadInput for a row or a shared text larger than any that Excel keeps."""
    rest, read = b"", 0
    since: int | None = None
    while piece := part.read(_PIECE_BYTES):
        text, begins = rest + piece, read - len(rest)
        read += len(piece)
        for match in _PIECE.finditer(text):
            at = begins + match.start()
            if since is not None and at - since > LARGEST_PIECE_BYTES:
                raise BadInput(_TOO_LARGE)
            since = None if match[1] and match[2] in _ENDS else at
        if since is not None and read - since > LARGEST_PIECE_BYTES:
            raise BadInput(_TOO_LARGE)
        rest = text[-100:]


def _merged_regions(path: Path, sheet: Any) -> list[_Merged]:
    """They stand behind all cells of a sheet; the reader of streams leaves them out."""
    found: list[_Merged] = []
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as part:
        for reference in _references(part):
            left, top, right, bottom = range_boundaries(reference.decode())
            found.append(_Merged(left - 1, top, right - 1, bottom))
            if len(found) > _MOST_MERGED:
                raise BadInput("这张工作表合并的单元格太多。请取消合并，或另存为 CSV，再上传。")
    return found


def _references(part: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while piece := part.read(_PIECE_BYTES):
        text = rest + piece
        end = 0
        for match in _MERGED.finditer(text):
            yield match[1]
            end = match.end()
        rest = text[max(end, len(text) - 100) :]


@contextmanager
def _read_safely() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            # Of styles and extensions that are no values.
            warnings.simplefilter("ignore")
            yield
    except BadInput:
        raise
    except Exception as error:  # whatever the readers of archives and XML raise on files that are none
        raise BadInput(_DAMAGED) from error
