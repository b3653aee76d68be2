"""What the page of a former system's file shows. Pure but for its counts."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadInput
from core.numbers.shown import mask_number
from dispatch.city.records import City
from dispatch.former.fields import KEPT_AS_WORDS, REQUIRED, FormerField
from dispatch.former.files import MOST_WORDS, count_outcomes
from dispatch.former.heads import guess_columns, is_head_again, sample_of
from dispatch.former.labels import FILE_STATES, FORMER_FIELDS, ROW_OUTCOMES
from dispatch.former.mapping import AS_WORDS, FormerMapping
from dispatch.former.models import FileState, FormerFile, FormerRow, RowOutcome
from dispatch.former.reading import RowRead, read_row
from dispatch.former.words import choices_of, guess_words, is_ours

SHOWN_ROWS = 10
_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class FileFacts:
    counts: Sequence[tuple[str, int]]
    """Of rows, by what became or would become of them, in words."""
    done: int
    """Rows that the worker has looked at or taken over, of `whole`."""
    whole: int
    new: int
    left_out: int


@dataclass(frozen=True)
class ColumnToMap:
    at: int
    name: str
    samples: Sequence[str]
    chosen: str
    guessed: bool
    """Nobody has confirmed it yet."""


@dataclass(frozen=True)
class WordToMap:
    at: int
    word: str
    count: int
    chosen: str
    guessed: bool


@dataclass(frozen=True)
class WordsToMap:
    field: FormerField
    label: str
    choices: Mapping[str, str]
    stays: bool
    """A word may stay as it is."""
    words: Sequence[WordToMap]
    too_many: bool
    combo: bool


@dataclass(frozen=True)
class PreviewRow:
    row: int
    read: RowRead
    phone: str
    """Masked."""


async def file_facts(session: AsyncSession, file: FormerFile) -> FileFacts:
    counts: Mapping[str, Any] = file.counts or await count_outcomes(session, file.id)
    if file.state is FileState.TAKING_OVER:
        counts = await count_outcomes(session, file.id)
    shown = [(ROW_OUTCOMES[one], int(counts[one])) for one in RowOutcome if counts.get(one)]
    taking = file.state is FileState.TAKING_OVER
    new, taken = int(counts.get(RowOutcome.NEW, 0)), int(counts.get(RowOutcome.TAKEN, 0))
    left = sum(int(counts.get(one, 0)) for one in (RowOutcome.CHANGED, RowOutcome.UNFINISHED, RowOutcome.WRONG))
    done, whole = (taken, taken + new) if taking else (sum(map(int, counts.values())), file.row_count)
    return FileFacts(shown, done, whole, new, left)


def columns_of(
    file: FormerFile, mapping: FormerMapping, rows: Sequence[FormerRow], typed: Mapping[str, str]
) -> list[ColumnToMap]:
    cells, guessed = [row.cells for row in rows], guess_columns(file.heads)
    return [
        ColumnToMap(
            at,
            name or f"第{at + 1}列",
            sample_of(cells, at),
            typed.get(f"column-{at}", mapping.columns[at] or ""),
            not file.confirmed and guessed[at] is not None,
        )
        for at, name in enumerate(file.heads)
    ]


def words_to_map(
    words: Mapping[FormerField, Sequence[tuple[str, int]]], mapping: FormerMapping, city: City
) -> list[WordsToMap]:
    found = []
    for name, said in words.items():
        chosen, choices = mapping.values.get(name, {}), choices_of(name, city)
        guessed = guess_words(name, [word for word, _ in said[:MOST_WORDS]], city)
        rows = [
            WordToMap(
                at, word, count, chosen.get(word, ""), bool(chosen.get(word)) and guessed.get(word) == chosen[word]
            )
            for at, (word, count) in enumerate(said[:MOST_WORDS])
        ]
        too_many = len(said) > MOST_WORDS
        found.append(
            WordsToMap(
                name, FORMER_FIELDS[name], choices, name in KEPT_AS_WORDS, rows, too_many, len(choices) > SHOWN_ROWS
            )
        )
    return found


def said_words(
    form: Mapping[str, str], words: Mapping[FormerField, Sequence[tuple[str, int]]], city: City
) -> dict[FormerField, dict[str, str]]:
    """What the form says each word stands for; a word that nobody decided is left out. Raises BadInput."""
    said: dict[FormerField, dict[str, str]] = {}
    for name, found in words.items():
        rest = form.get(f"rest-{name}", "") == AS_WORDS and name in KEPT_AS_WORDS
        if len(found) > MOST_WORDS and not rest:
            raise BadInput(
                f"“{FORMER_FIELDS[name]}”这一列有超过{MOST_WORDS}种内容，不像一列固定的词。请改选别的列，或选“照原样留在办理经过里”。"
            )
        said[name] = {}
        for at, (word, _) in enumerate(found[:MOST_WORDS]):
            code = form.get(f"word-{name}-{at}", "") or (AS_WORDS if rest else "")
            if code and not is_ours(name, code, city, as_words=name in KEPT_AS_WORDS):
                raise BadInput(f"“{FORMER_FIELDS[name]}”里没有这一项。")
            if code:
                said[name][word] = code
    return said


def preview_of(
    file: FormerFile, mapping: FormerMapping, city: City, rows: Sequence[FormerRow], at: dt.datetime
) -> list[PreviewRow]:
    """The first rows as they would be."""
    found = []
    for row in rows:
        if is_head_again(file.heads, row.cells):
            continue
        read = read_row(mapping, city, file.heads, row.cells, at)
        found.append(PreviewRow(row.row, read, mask_number(read.order.citizen_phone) if read.order else ""))
        if len(found) == SHOWN_ROWS:
            break
    return found


def left_out_csv(rows: Sequence[FormerRow]) -> bytes:
    """With a mark in front, by which spreadsheet programs know the encoding; nothing in it becomes a formula."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["行", "原系统编号", "情况", "栏目", "原来的内容", "问题", "怎么改"])
    for row in rows:
        assert row.outcome is not None
        for fault in row.faults:
            cells = [
                row.number,
                ROW_OUTCOMES[row.outcome],
                fault["field"],
                fault["said"],
                fault["wrong"],
                fault["mend"],
            ]
            table.writerow([row.row, *(f"'{one}" if one.startswith(_LIKE_FORMULA) else one for one in cells)])
    return text.getvalue().encode("utf-8-sig")


LABELS: Mapping[str, Any] = {
    "FILE_STATES": FILE_STATES,
    "FORMER_FIELDS": FORMER_FIELDS,
    "FORMER_CHOICES": [(one, one in REQUIRED) for one in FormerField],
}
"""For the templates."""
