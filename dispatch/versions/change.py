"""Changes of the city's files: checked as a whole city, stored as a version, taken back by another.

One change at a time: two that fit the city each by itself might not fit together.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.clock import day_and_minute
from core.errors import BadInput, ConfigurationError, Conflict, NotFound
from dispatch.city.organisation import import_city
from dispatch.policy import Policy, whole_policy
from dispatch.versions.files import FILES
from dispatch.versions.models import CityVersion
from dispatch.versions.overlay import first_folder, tried_folder

TOPIC = "city"
"""On the bus: a version of this file was stored."""
LONGEST_TEXT = 400_000
"""Characters. The longest of the sample city, its duty list, has less than half of it."""
_LOCK = 5_370_037

Check = Callable[[Path], Policy]
"""Reads a folder. Raises ConfigurationError with all that is wrong."""


@dataclass(frozen=True)
class FileChange:
    file: str
    text: str | None
    """None: as the city's folder has it."""
    reason: str
    effective_at: dt.datetime
    based_on: int
    """The file's latest version that its author saw; 0: none yet."""
    takes_back_id: int | None = None


@dataclass(frozen=True)
class Author:
    account_id: int | None
    name: str


async def texts_in_force(session: AsyncSession, at: dt.datetime) -> dict[str, str]:
    """File name → text, of the files for which not the city's folder stands."""
    latest = (
        select(CityVersion.file, CityVersion.text)
        .ext(distinct_on(CityVersion.file))
        .where(CityVersion.effective_at <= at)
        .order_by(CityVersion.file, CityVersion.effective_at.desc(), CityVersion.id.desc())
    )
    return {file: text for file, text in await session.execute(latest) if text is not None}


async def next_change_at(session: AsyncSession, after: dt.datetime) -> dt.datetime | None:
    """When a version that is stored already comes into force next."""
    return await session.scalar(select(func.min(CityVersion.effective_at)).where(CityVersion.effective_at > after))


async def versions_of(session: AsyncSession, file: str) -> Sequence[CityVersion]:
    """Latest first."""
    wanted = select(CityVersion).where(CityVersion.file == file).order_by(CityVersion.id.desc())
    return (await session.scalars(wanted)).all()


def version_in_force(versions: Sequence[CityVersion], at: dt.datetime) -> CityVersion | None:
    begun = [one for one in versions if one.effective_at <= at]
    return max(begun, key=lambda one: (one.effective_at, one.id), default=None)


async def check(city: Path, texts: Mapping[str, str], read: Check = whole_policy) -> Policy:
    """The city as it would be. Raises BadInput that says what is wrong, file by file."""
    try:
        return await asyncio.to_thread(_read, city, texts, read)
    except ConfigurationError as error:
        raise BadInput(error.message) from error


async def store(
    session: AsyncSession, city: Path, change: FileChange, by: Author, *, at: dt.datetime, read: Check = whole_policy
) -> CityVersion:
    """The new version, in the caller's transaction; offices and crews follow in it where it is in force at once.

    Raises BadInput where the city would not fit together, now or when a later version comes, Conflict where somebody
    else was quicker.
    """
    _check_form(change, at)
    await one_at_a_time(session)
    latest = await session.scalar(select(func.max(CityVersion.id)).where(CityVersion.file == change.file))
    if (latest or 0) != change.based_on:
        raise Conflict("这个文件刚刚有人改过。请对照下面的差别，再提交一次。")
    version = CityVersion(
        file=change.file,
        text=change.text,
        reason=change.reason.strip(),
        at=at,
        by_account_id=by.account_id,
        by_name=by.name,
        effective_at=change.effective_at,
        takes_back_id=change.takes_back_id,
    )
    session.add(version)
    await session.flush()
    later = select(CityVersion.effective_at).where(CityVersion.effective_at > change.effective_at).distinct()
    for instant in [change.effective_at, *await session.scalars(later.order_by(CityVersion.effective_at))]:
        try:
            policy = await check(city, await texts_in_force(session, instant), read)
        except BadInput as error:
            if instant == change.effective_at:
                raise
            when = day_and_minute(instant)
            raise BadInput(f"{when}还有一个版本要生效，和这次的修改合不上：{error.message}") from error
        if instant <= at:
            await import_city(session, policy.city)
    await bus.publish(session, TOPIC, change.file)
    return version


async def one_at_a_time(session: AsyncSession) -> None:
    """Waits for whoever else changes the city; until this transaction ends others wait for it."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def take_back(
    session: AsyncSession,
    city: Path,
    version_id: int,
    reason: str,
    by: Author,
    *,
    at: dt.datetime,
    read: Check = whole_policy,
) -> CityVersion:
    """The text that was in force before that version, from now on; of one that is still to come, from its hour on.

    Raises NotFound, Conflict where another version of the file has come since, BadInput.
    """
    version = await session.get(CityVersion, version_id)
    if version is None:
        raise NotFound("没有这个版本。")
    versions = await versions_of(session, version.file)
    if versions[0].id != version.id:
        raise Conflict("后面还有更新的版本，只能从最新的一个开始撤回。")
    before = version_in_force([one for one in versions if one.id != version.id], version.effective_at)
    change = FileChange(
        file=version.file,
        text=before.text if before else None,
        reason=reason,
        effective_at=max(at, version.effective_at),
        based_on=version.id,
        takes_back_id=version.id,
    )
    return await store(session, city, change, by, at=at, read=read)


def text_of_folder(city: Path, file: str) -> str:
    """What the city's own folder has; empty: no such file."""
    path = first_folder(city) / file
    return path.read_text("utf-8-sig") if path.exists() else ""


def _read(city: Path, texts: Mapping[str, str], read: Check) -> Policy:
    with tried_folder(city, texts) as folder:
        try:
            return read(folder)
        except ConfigurationError as error:
            raise ConfigurationError(error.message.replace(f"{folder}/", "").replace(f"{folder}: ", "")) from error


def _check_form(change: FileChange, at: dt.datetime) -> None:
    wrong = {
        "reason": "" if change.reason.strip() else "请写明为什么修改。",
        "effective_at": "生效时间不能早于现在。" if change.effective_at < at else "",
        "text": f"内容太长，最多{LONGEST_TEXT}个字。" if len(change.text or "") > LONGEST_TEXT else "",
        "file": "" if change.file in FILES else "没有这个文件。",
    }
    if fields := {field: told for field, told in wrong.items() if told}:
        raise BadInput(fields=fields)
