"""Cells of a city's table as people write them and as they are kept: names and codes, days of any form. Pure."""

import re
from collections.abc import Mapping, Sequence

from dispatch.city.posts import FILE as POSTS
from dispatch.city.records import TOWN_OFFICE, City
from dispatch.duties.rules_file import FILE as DUTIES
from dispatch.versions.difference import read_table, rewritten
from web.city.presenter import choices, column_words

UNITS = "units.csv"
SEVERAL = {(UNITS, "towns"), (DUTIES, "co_offices")}
"""Cells that name several things."""
_EVERYWHERE = ("*", "全部", "所有")
_DAYS = {(POSTS, "first_day"), (POSTS, "last_day")}
_DAY = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?", re.ASCII)
_LIKE_FORMULA = re.compile(r"[=@\t]|[+-](?![0-9 ()+-]*\Z)")
_HELD = re.compile(r"'(?=[=+@\t-])")


def code_of(file: str, column: str, typed: str, city: City) -> str:
    """What is kept of a cell; what it does not know stays as it is, for the check to name."""
    typed = typed.strip()
    if (file, column) == (UNITS, "towns"):
        towns = {town.code: town.name for town in city.towns.values()}
        parts = [_code(part, towns) for part in re.split(r"[\s、，,;；]+", typed) if part]
        return "*" if typed in _EVERYWHERE else " ".join(parts)
    if (file, column) == (DUTIES, "co_offices"):
        offices = choices(file, "office", city)
        return "；".join(_code(part.strip(), offices) for part in re.split("[;；、，,]", typed) if part.strip())
    if (file, column) in _DAYS and (day := _DAY.fullmatch(typed)):
        return f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}"
    return _code(typed, choices(file, column, city))


def in_codes(file: str, text: str, known: Sequence[str], city: City) -> str:
    """A table that came from outside, with heads and names as the screens show them. `known`: the columns that the
    file has; rows that need no change stay as they are written."""
    words = {column_words(file, column): column for column in known}
    heads = [words.get(head, head) for head in read_table(text).columns]

    def change(number: int, cells: Sequence[str]) -> Sequence[str]:
        if number == 0:
            return [words.get(cell.strip(), cell) for cell in cells]
        named = [code_of(file, head, _HELD.sub("", cell, 1), city) for head, cell in zip(heads, cells, strict=False)]
        return [*named, *cells[len(named) :]]

    return rewritten(text, change) if heads else text


def safe_in_excel(text: str) -> str:
    """A table that leaves: nothing in it becomes a formula there. `in_codes` takes the mark away again."""
    return rewritten(text, lambda _, cells: [f"'{one}" if _is_like_formula(one) else one for one in cells])


def _is_like_formula(cell: str) -> bool:
    return cell != TOWN_OFFICE and _LIKE_FORMULA.match(cell) is not None


def _code(typed: str, known: Mapping[str, str]) -> str:
    if typed in known or not typed:
        return typed
    return next((code for code, words in known.items() if words == typed), typed)
