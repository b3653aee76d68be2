"""Reading one file of the city's folder. What is wrong is a FaultyFolder that holds every mistake of the file."""

import csv
import re
import tomllib
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from core.folder.complaints import complaints, pick_columns, toml_mend
from core.folder.faults import Fault, Faults, FaultyFolder
from core.folder.shapes import Strict
from core.folder.textfiles import read_text_file
from core.folder.toml_lines import TomlLines, mark_lines

Entry = TypeVar("Entry", bound=BaseModel)
Row = TypeVar("Row", bound=Strict)
_SEPARATORS = ",\t;，；"
"""As spreadsheet programs write tables in one country or another, and people by hand."""
_SEPARATOR_TOLD = re.compile(r'"?sep=.?"?,*', re.IGNORECASE)
"""A line for Excel alone."""
_SHORTENED = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E[+-]?[0-9]+", re.ASCII | re.IGNORECASE)
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_MOST = 40
"""Mistakes of one table that are listed; more say nothing new."""


def read_toml(path: Path, shape: type[Entry]) -> Entry:
    """Raises FaultyFolder."""
    try:
        text = read_text_file(path)
    except FileNotFoundError:
        raise FaultyFolder([missing_file(path)]) from None
    return parse_record(path.name, text, shape)


def parse_record(file: str, text: str, shape: type[Entry]) -> Entry:
    """What a TOML file of this name and text holds. Raises FaultyFolder."""
    data = parse_toml(file, text)
    lines = TomlLines(text)
    try:
        found = shape.model_validate(data)
    except ValidationError as error:
        raise FaultyFolder(
            Fault(file, _entry(data, place) + what, mend, lines.line(place))
            for place, what, mend in complaints(error, shape)
        ) from None
    mark_lines(found, lines)
    return found


def read_optional(path: Path, shape: type[Entry]) -> Entry | None:
    """None: the city has no such file. Raises FaultyFolder."""
    return read_toml(path, shape) if path.exists() else None


def missing_file(path: Path) -> Fault:
    return Fault(path.name, "没有这个文件", "从示例文件夹抄一份来改，或运行 hotline city new 生成")


def parse_toml(file: str, text: str) -> dict[str, Any]:
    """Raises FaultyFolder with the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, lines = str(error), text.splitlines()
        at = _PLACE.search(said)
        number = int(at[1]) if at and at[1] else max(len(lines), 1)
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        message = _PLACE.sub("", said) + (" (at end of document)" if at and not at[1] else "")
        what, mend = toml_mend(message, line, "\n".join(lines[: number - 1]))
        raise FaultyFolder([Fault(file, what, mend, number)]) from None


def _entry(data: Any, place: tuple[str | int, ...]) -> str:
    """「street-lamp：」 where the record around a mistake has a code or a name."""
    named = ""
    for part in place:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(data, dict):
            name = data.get("code") or data.get("name")
            named = f"{name}：" if isinstance(name, str) and isinstance(part, int) else named
    return named


def read_csv(path: Path, shape: type[Row]) -> list[Row]:
    """Lines that begin with # are remarks. Raises FaultyFolder with every row that is wrong."""
    try:
        lines = read_text_file(path).splitlines()
    except FileNotFoundError:
        raise FaultyFolder([missing_file(path)]) from None
    kept = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith(("#", '"#')) and not _SEPARATOR_TOLD.fullmatch(line)
    ]
    fields = {field.alias or name: field for name, field in shape.model_fields.items()}
    names = ",".join(fields)
    if not kept:
        raise FaultyFolder([Fault(path.name, "这个文件是空的", f"第一行写列名：{names}")])
    heads, *rows = _rows(path, kept, fields)
    columns = [head.lower() for head in heads[1]]
    while columns and not columns[-1]:
        columns.pop()
    if wrong := pick_columns(fields, columns, strict=shape.model_config.get("extra") == "forbid"):
        raise FaultyFolder(Fault(path.name, what, mend, heads[0]) for what, mend in wrong)
    faults, found = Faults(), []
    for number, cells in rows:
        if len(faults) >= _MOST:
            faults.append(Fault(path.name, f"还有更多的错误，只列出前{_MOST}处", "改好这些以后再检查一次"))
            break
        with faults.gathered():
            found.append(_row(path.name, number, columns, cells, shape))
    faults.raise_if_any()
    return found


def _row(file: str, number: int, columns: list[str], cells: list[str], shape: type[Row]) -> Row:
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        what = f"这一行有{len(cells)}列，应有{len(columns)}列"
        raise FaultyFolder([Fault(file, what, f"按第一行的列名补齐或删去多余的逗号：{','.join(columns)}", number)])
    row = dict(zip(columns, cells, strict=False))
    shortened = [
        Fault(
            file, f"{column} 写的是“{cell}”，号码被表格程序缩短了",
            "把这一列的格式改为文本（Excel：设置单元格格式 → 文本），重写号码再保存", number,
        )
        for column, cell in row.items()
        if _SHORTENED.fullmatch(cell)
    ]  # fmt: skip
    if shortened:
        raise FaultyFolder(shortened)
    try:
        entry = shape.model_validate(row)
    except ValidationError as error:
        raise FaultyFolder(Fault(file, what, mend, number) for _, what, mend in complaints(error, shape)) from None
    entry._line = number
    return entry


def _rows(path: Path, kept: list[tuple[int, str]], columns: Container[str]) -> Iterator[tuple[int, list[str]]]:
    """Each with the number of its first line; rows of empty cells, as spreadsheets leave them behind, are left out."""

    def known(separator: str) -> int:
        return sum(head.strip(' "').lower() in columns for head in kept[0][1].split(separator))

    reader = csv.reader((f"{line}\n" for _, line in kept), delimiter=max(_SEPARATORS, key=known), strict=True)
    begun = 0
    try:
        for cells in reader:
            number, begun = kept[begun][0], reader.line_num
            tidy = ["".join(cell.splitlines()).strip() for cell in cells]
            if any(tidy):
                yield number, tidy
    except csv.Error:
        line = kept[min(begun, len(kept) - 1)][0]
        raise FaultyFolder(
            [Fault(path.name, "引号没有写完", "删去这一行多余的英文双引号，或补上后一个", line)]
        ) from None
