"""What a new text of a city's file changes, as people look at it. Pure."""

import csv
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

CODE: Sequence[str] = ("code",)
_REMARKS = ("#", '"#')
_MOST_LINES = 400
"""Of a difference that is shown."""


@dataclass(frozen=True)
class RowDifference:
    change: str
    """新增, 修改, 删去."""
    code: str
    """The key of the row (`row_key`)."""
    name: str
    cells: Sequence[tuple[str, str, str]]
    """(column, old, new) of those that changed; of a new row all that are filled."""

    @property
    def gone(self) -> bool:
        return self.change == "删去"


@dataclass(frozen=True)
class LineDifference:
    added: bool
    text: str


@dataclass(frozen=True)
class Table:
    """A CSV file without its remarks."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, str]]


def read_table(text: str) -> Table:
    """Remarks and empty lines left out; unequal rows are the check's business."""
    rows = list(_rows(text))
    if not rows:
        return Table((), ())
    columns = [column.strip().lower() for column in rows[0].cells]
    return Table(columns, [dict(zip(columns, one.cells, strict=False)) for one in rows[1:] if any(one.cells)])


def row_key(row: Mapping[str, str], keys: Sequence[str]) -> str:
    """What tells a row from the others: its code, or, where the table has none, several cells."""
    return "@".join(row.get(key, "") for key in keys)


def row_differences(old: str, new: str, keys: Sequence[str] = CODE) -> list[RowDifference]:
    """A row with another key is a new one, and the old one is gone."""
    was = {row_key(row, keys): row for row in read_table(old).rows}
    now = {row_key(row, keys): row for row in read_table(new).rows}
    found = []
    for code, row in now.items():
        if code not in was:
            cells = [(column, "", value) for column, value in row.items() if value and [column] != list(keys)]
            found.append(RowDifference("新增", code, row.get("name", ""), cells))
        elif changed := [(c, was[code].get(c, ""), v) for c, v in row.items() if was[code].get(c, "") != v]:
            found.append(RowDifference("修改", code, row.get("name", ""), changed))
    gone = [code for code in was if code not in now]
    return [*found, *(RowDifference("删去", code, was[code].get("name", ""), ()) for code in gone)]


def line_differences(old: str, new: str) -> list[LineDifference]:
    """Lines that came and went, in their order; of a very long difference the beginning."""
    return list(_changed_lines(old, new))[:_MOST_LINES]


def _changed_lines(old: str, new: str) -> Iterator[LineDifference]:
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0):
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---")):
            yield LineDifference(line.startswith("+"), line[1:])


def with_row(text: str, key: str | None, values: Mapping[str, str], keys: Sequence[str] = CODE) -> str:
    """The table with the row of this key replaced by `values` (column → cell), or added at its end where `key` is
    None. All other lines, remarks among them, stay as they are."""
    row = csv_line([values.get(column, "") for column in read_table(text).columns], _separator_of(text))
    if key is None:
        return f"{text.rstrip()}\n{row}\n"
    return _replaced(text, key, row, keys)


def without_row(text: str, key: str, keys: Sequence[str] = CODE) -> str:
    return _replaced(text, key, None, keys)


def rewritten(text: str, change: Callable[[int, Sequence[str]], Sequence[str]]) -> str:
    """The table with each row as `change` gives it (number from 0, the heads; cells); lines that it leaves alone stay
    as they are."""
    lines, separator = text.splitlines(), _separator_of(text)
    for number, row in reversed(list(enumerate(_rows(text)))):
        if (cells := list(change(number, row.cells))) != row.cells:
            lines[row.first : row.last + 1] = [csv_line(cells, separator)]
    return "\n".join(lines) + "\n"


def csv_line(cells: Iterable[str], separator: str = ",") -> str:
    quoted = [
        '"' + one.replace('"', '""') + '"' if '"' in one or separator in one or one.startswith("#") else one
        for one in (" ".join(cell.split()) for cell in cells)
    ]
    return separator.join(quoted)


@dataclass(frozen=True)
class _Row:
    cells: list[str]
    first: int
    last: int
    """Its lines in the text; a cell in quotation marks may hold breaks."""


def _rows(text: str) -> Iterator[_Row]:
    """The heads first; remarks and empty lines left out."""
    lines = text.splitlines()
    kept = [at for at, line in enumerate(lines) if line.strip() and not line.startswith(_REMARKS)]
    reader = csv.reader((f"{lines[at]}\n" for at in kept), delimiter=_separator_of(text))
    begun = 0
    for cells in reader:
        first, begun = kept[begun], reader.line_num
        yield _Row([" ".join(cell.split()) for cell in cells], first, kept[begun - 1])


def _replaced(text: str, key: str, new: str | None, keys: Sequence[str]) -> str:
    """Raises KeyError for a row that the table does not have."""
    lines, columns = text.splitlines(), list[str]()
    for row in _rows(text):
        if not columns:
            columns = [column.lower() for column in row.cells]
        elif row_key(dict(zip(columns, row.cells, strict=False)), keys) == key:
            lines[row.first : row.last + 1] = [] if new is None else [new]
            return "\n".join(lines) + "\n"
    raise KeyError(key)


def _separator_of(text: str) -> str:
    """As the line of the heads has it."""
    heads = next((line for line in text.splitlines() if line.strip() and not line.startswith(_REMARKS)), "")
    return max(",\t;", key=heads.count)
