"""What a worker does with a former system's file, in pieces that are a transaction each: killed at any place it goes on
from there, and done twice it does nothing twice.

Reading is one transaction. A check begins anew: it stores nothing but what it found. A takeover takes rows that the
check found new and marks them in the same transaction.
"""

import asyncio
import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from core.database import Sessions, transaction
from core.errors import BadInput
from core.spreadsheets.tables import SpreadsheetTable, open_table
from dispatch.city.records import City
from dispatch.former.fields import FormerField
from dispatch.former.files import count_outcomes, get_file, guess_values, present_mapping
from dispatch.former.heads import LOOKED_AT, find_heads, guess_columns, is_head_again
from dispatch.former.labels import FORMER_FIELDS
from dispatch.former.mapping import FormerMapping
from dispatch.former.models import LEFT_OUT, FileState, FormerFile, FormerRow, RowOutcome
from dispatch.former.reading import RowFault, RowRead, read_row
from dispatch.former.takeover import Origin, known_digests, take_over
from dispatch.orders.actors import Actor
from dispatch.workflow import Role

_STORED_AT_ONCE = 2000
_CHARACTERS_AT_ONCE = 5_000_000
CHECKED_AT_ONCE = 1000
TAKEN_AT_ONCE = 200
"""Orders of one transaction: today's counter of numbers is locked for as long."""

Now = Callable[[], dt.datetime]


async def carry_on(sessions: Sessions, city: Callable[[], City], file_id: int, now: Now) -> None:
    """Whatever the file's state asks for; nothing where it was removed or done meanwhile."""
    async with sessions() as session:
        file = await session.get(FormerFile, file_id)
    match file.state if file else None:
        case FileState.READING:
            await _read(sessions, city(), file_id)
        case FileState.CHECKING:
            await _check(sessions, city(), file_id, now())
        case FileState.TAKING_OVER:
            await _take_over(sessions, city(), file_id, now)
        case _:
            pass


async def _read(sessions: Sessions, city: City, file_id: int) -> None:
    async with transaction(sessions) as session:
        wanted = select(FormerFile).options(undefer(FormerFile.content)).where(FormerFile.id == file_id)
        file = await session.scalar(wanted.with_for_update())
        if file is None or file.state is not FileState.READING:
            return
        with tempfile.TemporaryDirectory(prefix="former-") as folder:
            path = Path(folder) / "upload"
            await asyncio.to_thread(path.write_bytes, file.content or b"")
            try:
                async with session.begin_nested():
                    await _store_rows(session, file, path)
            except BadInput as error:
                file.state, file.fault, file.content = FileState.UNREADABLE, error.message, None
                return
        file.state, file.content = FileState.MAPPING, None
        await session.flush()
        file.mapping = FormerMapping(tuple(guess_columns(file.heads))).as_json()
        await guess_values(session, file, city)


async def _store_rows(session: AsyncSession, file: FormerFile, path: Path) -> None:
    """Raises BadInput."""
    table: SpreadsheetTable = await asyncio.to_thread(open_table, path)
    first: list[tuple[int, list[str]]] = []
    while some := await asyncio.to_thread(_some, table.rows):
        first = first or some[: LOOKED_AT + 1]
        rows = [{"file_id": file.id, "row": number, "cells": cells} for number, cells in some]
        await session.execute(insert(FormerRow), rows)
        file.row_count += len(rows)
    if not file.row_count:
        raise BadInput("这个文件是空的。")
    heads = find_heads(first)
    if not heads.row:
        raise BadInput("找不到列名。请在第一行写上各列的名称，如“编号”“受理时间”“内容”，再上传。")
    file.sheet, file.other_sheets = table.sheet, list(table.other_sheets)
    file.heads, file.head_row = heads.names, heads.row
    file.row_count -= sum(number <= heads.row for number, _ in first)
    if not file.row_count:
        raise BadInput("只有列名，没有工单。")


def _some(rows: Iterator[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    some, characters = list[tuple[int, list[str]]](), 0
    for number, cells in islice(rows, _STORED_AT_ONCE):
        some.append((number, cells))
        characters += sum(map(len, cells))
        if characters > _CHARACTERS_AT_ONCE:
            break
    return some


async def _check(sessions: Sessions, city: City, file_id: int, at: dt.datetime) -> None:
    """Looks at every row; stores what would become of each."""
    seen: dict[str, int] = {}
    last = None
    while True:
        async with transaction(sessions) as session:
            file = await get_file(session, file_id)
            if file.state is not FileState.CHECKING:
                return
            last = file.head_row if last is None else last
            rows = await _rows_after(session, file_id, last, CHECKED_AT_ONCE)
            if not rows:
                break
            mapping = present_mapping(file)
            found = await asyncio.to_thread(_read_rows, mapping, city, file.heads, rows, at)
            known = await known_digests(session, file.system, [one.number for one in found if one.order])
            for row, one in zip(rows, found, strict=True):
                _compare(row.row, one, known, seen)
            await _store_outcomes(session, file_id, [(row.row, one) for row, one in zip(rows, found, strict=True)])
            last = rows[-1].row
    async with transaction(sessions) as session:
        file = await get_file(session, file_id, lock=True)
        if file.state is FileState.CHECKING:
            file.counts, file.state = dict(await count_outcomes(session, file_id)), FileState.CHECKED


async def _rows_after(session: AsyncSession, file_id: int, last: int, limit: int) -> Sequence[FormerRow]:
    wanted = select(FormerRow).where(FormerRow.file_id == file_id, FormerRow.row > last)
    return (await session.scalars(wanted.order_by(FormerRow.row).limit(limit))).all()


def _read_rows(
    mapping: FormerMapping, city: City, heads: Sequence[str], rows: Sequence[FormerRow], at: dt.datetime
) -> list[RowRead]:
    return [
        RowRead(outcome=RowOutcome.HEAD)
        if is_head_again(heads, row.cells)
        else read_row(mapping, city, heads, row.cells, at)
        for row in rows
    ]


def _compare(row: int, one: RowRead, known: Mapping[str, str], seen: dict[str, int]) -> None:
    """With what was taken over before, and with the rows above."""
    if one.order is None:
        return
    label = FORMER_FIELDS[FormerField.NUMBER]
    if (above := seen.setdefault(one.number, row)) != row:
        one.outcome = RowOutcome.WRONG
        one.faults = [RowFault(label, one.number, f"和第{above}行的编号相同", "一件只留一行；不是同一件的，改正编号。")]
    elif (digest := known.get(one.number)) is not None:
        one.outcome = RowOutcome.KNOWN if digest == one.order.digest else RowOutcome.CHANGED
        if one.outcome is RowOutcome.CHANGED:
            mend = "不会改动已经转入的工单。"
            one.faults = [RowFault(label, one.number, "以前转入过，内容或各列的对应和那时不同", mend)]


async def _store_outcomes(session: AsyncSession, file_id: int, found: Sequence[tuple[int, RowRead]]) -> None:
    table = FormerRow.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.file_id == file_id, table.c.row == bindparam("at_row"))
        .values(outcome=bindparam("what"), number=bindparam("its_number"), faults=bindparam("why"))
    )
    said = [
        {
            "at_row": row,
            "what": one.outcome,
            "its_number": one.number,
            "why": [fault.as_json() for fault in one.faults],
        }
        for row, one in found
    ]
    await session.execute(statement, said)


async def _take_over(sessions: Sessions, city: City, file_id: int, now: Now) -> None:
    while await take_some(sessions, city, file_id, now()):
        pass
    async with transaction(sessions) as session:
        file = await get_file(session, file_id, lock=True)
        if file.state is not FileState.TAKING_OVER:
            return
        file.counts, file.state, file.ended_at = dict(await count_outcomes(session, file_id)), FileState.DONE, now()
        done = FormerRow.outcome.not_in(LEFT_OUT) | FormerRow.outcome.is_(None)
        await session.execute(delete(FormerRow).where(FormerRow.file_id == file_id, done))
        await session.execute(update(FormerRow).where(FormerRow.file_id == file_id).values(cells=[]))


async def take_some(sessions: Sessions, city: City, file_id: int, at: dt.datetime) -> int:
    """One transaction. Returns how many rows it dealt with; 0: none is left."""
    async with transaction(sessions) as session:
        # Two workers at one file would take the same rows.
        file = await get_file(session, file_id, lock=True)
        if file.state is not FileState.TAKING_OVER:
            return 0
        wanted = select(FormerRow).where(FormerRow.file_id == file_id, FormerRow.outcome == RowOutcome.NEW)
        rows = (await session.scalars(wanted.order_by(FormerRow.row).limit(TAKEN_AT_ONCE))).all()
        if not rows:
            return 0
        found = await asyncio.to_thread(_read_rows, present_mapping(file), city, file.heads, rows, at)
        known = await known_digests(session, file.system, [one.number for one in found if one.order])
        seen: dict[str, int] = {}
        for row, one in zip(rows, found, strict=True):
            _compare(row.row, one, known, seen)
        orders = [one.order for one in found if one.order is not None and one.outcome is RowOutcome.NEW]
        actor = Actor(file.taken_by_id, Role.ADMINISTRATOR, file.taken_by)
        await take_over(session, city, Origin(file.system, file.file_name, actor), orders, at=at)
        for one in found:
            if one.outcome is RowOutcome.NEW:
                one.outcome = RowOutcome.TAKEN
        await _store_outcomes(session, file_id, [(row.row, one) for row, one in zip(rows, found, strict=True)])
        return len(rows)
