"""On which line of a TOML file a thing stands: its own reader does not say. Pure."""

import re
from typing import Any

from pydantic import BaseModel

from core.folder.complaints import Place

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w\-. \"]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([\w\-\"]+)(?:\s*\.\s*[\w\-\"]+)*\s*=")


class TomlLines:
    """Lines of tables and keys. Of what stands inside one line (inline tables, lists) the line of its key is known."""

    def __init__(self, text: str) -> None:
        self._found: dict[Place, int] = {}
        self._counts: dict[Place, int] = {}
        table: Place = ()
        within = ""
        for number, line in enumerate(text.splitlines(), 1):
            if within:
                within = "" if within in line else within
                continue
            if header := _HEADER.match(line):
                table = self._table(header[2], listed=header[1] == "[[")
                self._found.setdefault(table, number)
            elif key := _KEY.match(line):
                self._found.setdefault((*table, key[1].strip('"')), number)
            for quotes in ('"""', "'''"):
                if line.count(quotes) % 2:
                    within = quotes

    def _table(self, name: str, *, listed: bool) -> Place:
        parts = [part.strip().strip('"') for part in name.split(".")]
        place: Place = ()
        for part in parts[:-1]:
            place = (*place, part)
            if place in self._counts:
                place = (*place, self._counts[place])
        place = (*place, parts[-1])
        if listed:
            self._counts[place] = self._counts.get(place, -1) + 1
            place = (*place, self._counts[place])
        return place

    def line(self, place: Place) -> int | None:
        """Of the innermost thing around `place` that begins a line."""
        for end in range(len(place), 0, -1):
            if place[:end] in self._found:
                return self._found[place[:end]]
        return None


def mark_lines(record: BaseModel, lines: TomlLines, place: Place = ()) -> None:
    """Every record of a file knows its line from now on (core.folder.shapes.Strict)."""
    if "_line" in (record.__private_attributes__ or {}):
        record._line = lines.line(place)  # type: ignore[attr-defined]
    for name in type(record).model_fields:
        _mark(getattr(record, name), lines, (*place, name))


def _mark(value: Any, lines: TomlLines, place: Place) -> None:
    if isinstance(value, BaseModel):
        mark_lines(value, lines, place)
    elif isinstance(value, list | tuple):
        for at, one in enumerate(value):
            _mark(one, lines, (*place, at))
