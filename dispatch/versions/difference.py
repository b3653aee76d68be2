"""What a new text of a city's file changes, as people look at it. Pure."""

import csv
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_MOST_LINES = 400
"""Of a difference that is shown."""


@dataclass(frozen=True)
class RowDifference:
    change: str
    """新增, 修改, 删去."""
    code: str
    """The first cell of the row."""
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
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", '"#'))]
    if not lines:
        return Table((), ())
    columns, *rows = csv.reader(lines, delimiter=_separator(lines[0]))
    return Table(
        [column.strip().lower() for column in columns],
        [dict(zip(columns, (cell.strip() for cell in cells), strict=False)) for cells in rows if any(cells)],
    )


def row_differences(old: str, new: str) -> list[RowDifference]:
    """By the first column: a row with another code is a new one, and the old one is gone."""
    before, after = read_table(old), read_table(new)
    key = before.columns[0] if before.columns else (after.columns[0] if after.columns else "")
    was = {row.get(key, ""): row for row in before.rows}
    now = {row.get(key, ""): row for row in after.rows}
    found = []
    for code, row in now.items():
        if code not in was:
            cells = [(column, "", value) for column, value in row.items() if value and column != key]
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


def with_row(text: str, code: str | None, values: Mapping[str, str]) -> str:
    """The table with the row of this code replaced by `values` (column → cell), or added at its end where `code` is
    None. All other lines, remarks among them, stay as they are."""
    table = read_table(text)
    row = _line([values.get(column, "") for column in table.columns])
    if code is None:
        return f"{text.rstrip()}\n{row}\n"
    return _replaced(text, code, row)


def without_row(text: str, code: str) -> str:
    return _replaced(text, code, None)


def _replaced(text: str, code: str, row: str | None) -> str:
    """Raises KeyError for a code that the table does not have."""
    lines = text.splitlines()
    separator, headed = ",", False
    for number, line in enumerate(lines):
        if not line.strip() or line.startswith(("#", '"#')):
            continue
        if not headed:
            separator, headed = _separator(line), True
        elif next(csv.reader([line], delimiter=separator))[0].strip() == code:
            lines[number : number + 1] = [] if row is None else [row]
            return "\n".join(lines) + "\n"
    raise KeyError(code)


def _line(cells: Sequence[str]) -> str:
    quoted = [
        '"' + one.replace('"', '""') + '"' if any(sign in one for sign in ',"') or one.startswith("#") else one
        for one in (" ".join(cell.split()) for cell in cells)
    ]
    return ",".join(quoted)


def _separator(head: str) -> str:
    return max(",\t;", key=head.count)
