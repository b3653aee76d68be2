"""A former system's file from its upload to its end: who may do what with it when. Each change locks its row."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Integer, Text, cast, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadInput, Conflict, NotFound
from core.jobs import Job, defer
from dispatch.city.records import City
from dispatch.former.fields import CODED, FormerField
from dispatch.former.mapping import FormerMapping, mapping_of
from dispatch.former.models import LEFT_OUT, WORKING, FileState, FormerFile, FormerRow
from dispatch.former.words import guess_words
from dispatch.kinds import Channel
from dispatch.orders.actors import Actor

CARRY_ON = "dispatch.carry_on_former"
"""The job that reads, checks or takes over a file: whichever its state says."""
LARGEST_BYTES = 50 * 1024**2
MOST_FILES = 200
MOST_WORDS = 150
"""Different words of one column that a person can map; more than that, and the column is no list of words."""
LONGEST_SYSTEM = 40
_LATER = -5


async def add_file(
    session: AsyncSession, *, system: str, file_name: str, content: bytes, actor: Actor, at: dt.datetime
) -> FormerFile:
    """Raises BadInput."""
    system = " ".join(system.split())
    if not system:
        raise BadInput("请填写原系统的名称，如“旧12345平台”。", fields={"system": "没有填"})
    if len(system) > LONGEST_SYSTEM:
        raise BadInput(f"原系统的名称最多{LONGEST_SYSTEM}个字。")
    if not content:
        raise BadInput("请选择文件。")
    if await session.scalar(select(func.count()).select_from(FormerFile)) >= MOST_FILES:  # type: ignore[operator]
        raise BadInput(f"已经有{MOST_FILES}份文件。请先删去不再需要的。")
    assert actor.account_id is not None
    file = FormerFile(
        system=system,
        file_name=file_name[:200] or "未命名",
        state=FileState.READING,
        content=content,
        by_account_id=actor.account_id,
        by_name=actor.name,
        at=at,
    )
    session.add(file)
    await session.flush()
    await _carry_on(session, file)
    return file


async def get_file(session: AsyncSession, file_id: int, *, lock: bool = False) -> FormerFile:
    """Raises NotFound."""
    wanted = select(FormerFile).where(FormerFile.id == file_id)
    file = await session.scalar(wanted.with_for_update().execution_options(populate_existing=True) if lock else wanted)
    if file is None:
        raise NotFound("没有这份文件。")
    return file


async def files(session: AsyncSession) -> Sequence[FormerFile]:
    """Newest first."""
    return (await session.scalars(select(FormerFile).order_by(FormerFile.id.desc()))).all()


async def save_columns(
    session: AsyncSession, file_id: int, columns: Sequence[FormerField | None], channel: Channel, city: City
) -> None:
    """What a person says the columns are; what their words stand for is guessed. Raises BadInput, Conflict."""
    file = await idle_file(session, file_id, FileState.MAPPING, FileState.CHECKED)
    mapping = replace(present_mapping(file), columns=tuple(columns), channel=channel)
    mapping.check()
    file.mapping, file.confirmed, file.state, file.counts = mapping.as_json(), True, FileState.MAPPING, {}
    await guess_values(session, file, city)


async def begin_check(session: AsyncSession, file_id: int, values: Mapping[FormerField, Mapping[str, str]]) -> None:
    """`values`: what a person says the words stand for. Every row is looked at by it. Raises Conflict."""
    file = await idle_file(session, file_id, FileState.MAPPING, FileState.CHECKED)
    if not file.confirmed:
        raise Conflict("请先核对各列。")
    file.mapping = replace(present_mapping(file), values=values).as_json()
    file.state, file.counts = FileState.CHECKING, {}
    await _carry_on(session, file)


async def guess_values(session: AsyncSession, file: FormerFile, city: City) -> None:
    """What the words of its coded columns may stand for; what has been said already is kept."""
    mapping = present_mapping(file)
    values = {
        name: guess_words(name, [word for word, _ in words[:MOST_WORDS]], city) | dict(mapping.values.get(name, {}))
        for name, words in (await words_of(session, file, mapping)).items()
    }
    file.mapping = replace(mapping, values=values).as_json()


async def begin_takeover(session: AsyncSession, file_id: int, actor: Actor) -> None:
    """Raises BadInput where nothing is new, Conflict."""
    file = await idle_file(session, file_id, FileState.CHECKED)
    if not file.counts.get("new"):
        raise BadInput("没有可以转入的工单。")
    file.state, file.taken_by, file.taken_by_id = FileState.TAKING_OVER, actor.name, actor.account_id
    await _carry_on(session, file)


async def remove_file(session: AsyncSession, file_id: int) -> None:
    """With its rows; orders that were taken over stay. Raises Conflict while a worker is at it."""
    file = await get_file(session, file_id, lock=True)
    if file.state in WORKING - {FileState.READING}:
        raise Conflict("正在处理这份文件，等它做完再删。")
    await session.execute(delete(FormerFile).where(FormerFile.id == file.id))


async def words_of(session: AsyncSession, file: FormerFile, mapping: FormerMapping) -> Mapping[FormerField, list[Any]]:
    """For each coded field that a column is mapped to: its different words and how many rows have each, the most
    frequent first; at most MOST_WORDS + 1."""
    found: dict[FormerField, list[Any]] = {}
    for name in FormerField:
        at = mapping.column_of(name)
        if name not in CODED or at is None:
            continue
        word = cast(FormerRow.cells, JSONB).op("->>")(cast(at, Integer))
        said = cast(word, Text).label("said")
        query = (
            select(said, func.count())
            .where(FormerRow.file_id == file.id, FormerRow.row > file.head_row, said != "")
            .group_by(said)
            .order_by(func.count().desc(), said)
            .limit(MOST_WORDS + 1)
        )
        found[name] = [(one, count) for one, count in await session.execute(query)]
    return found


async def first_rows(session: AsyncSession, file: FormerFile, *, after: int, limit: int) -> list[FormerRow]:
    wanted = select(FormerRow).where(FormerRow.file_id == file.id, FormerRow.row > after)
    return list(await session.scalars(wanted.order_by(FormerRow.row).limit(limit)))


async def left_out(session: AsyncSession, file: FormerFile, *, limit: int) -> list[FormerRow]:
    """In the file's own sequence, without their cells."""
    wanted = select(FormerRow).where(FormerRow.file_id == file.id, FormerRow.outcome.in_(LEFT_OUT))
    return list(await session.scalars(wanted.order_by(FormerRow.row).limit(limit)))


async def count_outcomes(session: AsyncSession, file_id: int) -> dict[str, int]:
    query = select(FormerRow.outcome, func.count()).where(FormerRow.file_id == file_id).group_by(FormerRow.outcome)
    return {outcome.value: count for outcome, count in await session.execute(query) if outcome is not None}


def present_mapping(file: FormerFile) -> FormerMapping:
    return mapping_of(file.mapping, len(file.heads))


async def idle_file(session: AsyncSession, file_id: int, *states: FileState) -> FormerFile:
    """Locked, and in one of these states. Raises NotFound, Conflict."""
    file = await get_file(session, file_id, lock=True)
    if file.state not in states:
        raise Conflict("这份文件刚刚变了，请看它现在的情况。")
    return file


async def _carry_on(session: AsyncSession, file: FormerFile) -> None:
    # Without a key: a job that waits now may run before this transaction commits. One file at a time.
    job = Job(CARRY_ON, queue="records", arguments={"file_id": file.id}, lock=CARRY_ON, priority=_LATER)
    await defer(session, job)
