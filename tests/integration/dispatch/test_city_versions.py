"""Versions of the city's files: checked as a whole, in force in every process, on time, and taken back."""

import asyncio
import datetime as dt
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import clock
from core.bus import Bus
from core.database import Sessions, transaction
from core.errors import BadInput, Conflict
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.city.organisation import Office, import_city
from dispatch.policy import Policy, load_policy
from dispatch.versions.change import Author, FileChange, store, take_back, texts_in_force, versions_of
from dispatch.versions.holder import PolicyHolder
from dispatch.versions.models import CityVersion
from dispatch.versions.overlay import bring_in_force, first_folder, folder_in_force
from hotline.runtime import policy_in_force as runtime_policy
from hotline.runtime.policy_in_force import keep_policy, policy_in_force, take_over_versions, with_city_in_force
from tests.conftest import until
from tests.support.web_rig import QUFU

BY = Author(7, "admin")
OFFICE = "street-lighting"
OFFICES = (QUFU / "offices.csv").read_text("utf-8")


@pytest.fixture(autouse=True)
async def no_versions(sessions: Sessions, policy: Policy) -> AsyncIterator[None]:
    """Each test begins with the folder alone; rows of versions cannot be deleted by the program."""
    yield
    async with transaction(sessions) as session:
        await session.execute(text("TRUNCATE city_versions"))
        await import_city(session, policy.city)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "city"
    shutil.copytree(QUFU, folder)
    return folder


def with_head(name: str) -> str:
    """offices.csv, the head of the street lighting's office another."""
    lines = OFFICES.splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith(f"{OFFICE},"))
    cells = lines[row].split(",")
    cells[4] = name
    lines[row] = ",".join(cells)
    return "\n".join(lines) + "\n"


def change(file: str, content: str | None, *, based_on: int = 0, at: dt.datetime | None = None) -> FileChange:
    return FileChange(file, content, "负责人换了", at or clock.now(), based_on)


async def stored(sessions: Sessions, city: Path, wanted: FileChange) -> CityVersion:
    async with transaction(sessions) as session:
        return await store(
            session, city, wanted, BY, at=wanted.effective_at if wanted.effective_at < clock.now() else clock.now()
        )


@asynccontextmanager
async def process(settings: Settings, sessions: Sessions, bus: Bus) -> AsyncIterator[PolicyHolder]:
    await take_over_versions(settings, sessions)
    holder = PolicyHolder(policy_in_force(settings))
    task = spawn(keep_policy(settings, sessions, bus, holder), name="policy")
    yield holder
    await cancel(task)


def head_of(holder: PolicyHolder) -> Callable[[], str]:
    return lambda: holder.city.offices[OFFICE].head


async def test_a_version_is_in_force_in_every_process_at_once_and_taken_back_everywhere(
    sessions: Sessions, bus: Bus, city: Path, tmp_path: Path
) -> None:
    first = load_policy(city).city.offices[OFFICE].head
    here, there = (Settings(var=tmp_path / name, city=city) for name in ("here", "there"))
    async with process(here, sessions, bus) as one, process(there, sessions, bus) as other:
        version = await stored(sessions, city, change("offices.csv", with_head("新示例")))
        await until(lambda: head_of(one)() == head_of(other)() == "新示例")
        async with sessions() as session:
            assert (await session.get_one(Office, OFFICE)).head == "新示例"
        # Whoever starts now works by it, also without the database.
        assert policy_in_force(here).city.offices[OFFICE].head == "新示例"
        assert (with_city_in_force(here).city / "offices.csv").read_text("utf-8") == with_head("新示例")
        async with transaction(sessions) as session:
            await take_back(session, city, version.id, "弄错了", BY, at=clock.now())
        await until(lambda: head_of(one)() == head_of(other)() == first)
        async with sessions() as session:
            assert (await session.get_one(Office, OFFICE)).head == first


async def test_a_version_whose_hour_comes_while_another_is_read_does_not_wait_for_the_next_look(
    sessions: Sessions, bus: Bus, city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_now, read = clock.now, runtime_policy._taken
    in_an_hour = clock.now() + dt.timedelta(hours=1)
    async with process(Settings(var=tmp_path / "var", city=city), sessions, bus) as one:
        later = await stored(sessions, city, change("offices.csv", with_head("将来示例"), at=in_an_hour))

        def slowly(folder: Path) -> Policy:
            monkeypatch.setattr(clock, "now", lambda: real_now() + dt.timedelta(hours=1))
            return read(folder)

        monkeypatch.setattr(runtime_policy, "_taken", slowly)
        await stored(sessions, city, change("offices.csv", with_head("新示例"), based_on=later.id))
        await until(lambda: head_of(one)() == "将来示例")


async def test_a_version_of_tomorrow_waits_for_its_hour_and_may_be_taken_back_before(
    sessions: Sessions, bus: Bus, city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, real_now = load_policy(city).city.offices[OFFICE].head, clock.now
    soon, tomorrow = clock.now() + dt.timedelta(hours=1), clock.now() + dt.timedelta(days=1)
    async with process(Settings(var=tmp_path / "var", city=city), sessions, bus) as one:
        begun = await stored(sessions, city, change("offices.csv", with_head("将来示例"), at=soon))
        assert head_of(one)() == first
        # A second before its hour the process hears of the next version, and waits for this one's.
        monkeypatch.setattr(clock, "now", lambda: real_now() + dt.timedelta(minutes=59, seconds=59))
        later = await stored(
            sessions, city, change("offices.csv", with_head("明天示例"), based_on=begun.id, at=tomorrow)
        )
        await until(lambda: head_of(one)() == "将来示例")
        async with transaction(sessions) as session:
            await take_back(session, city, later.id, "不换了", BY, at=clock.now())
        async with sessions() as session:
            assert await texts_in_force(session, tomorrow) == {"offices.csv": with_head("将来示例")}


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("offices.csv", OFFICES.replace(f"\n{OFFICE},", "\nother-name,"), OFFICE),
        ("limits.toml", "working_day_ends = 18:00:00\n", "limits.toml"),
        ("calendar.toml", "[[year]\n", "calendar.toml"),
    ],
)
async def test_what_would_not_fit_the_city_is_refused_by_name_and_stores_nothing(
    sessions: Sessions, city: Path, file: str, content: str, told: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await stored(sessions, city, change(file, content))
    assert told in refused.value.message
    assert "/tmp" not in refused.value.message
    async with sessions() as session:
        assert await versions_of(session, file) == []


async def test_a_version_that_is_to_come_must_still_fit_what_is_changed_before_it(
    sessions: Sessions, city: Path
) -> None:
    tomorrow = clock.now() + dt.timedelta(days=1)
    extra = OFFICES + "new-office,新示例局,department,,甲示例,乙示例,0537-0000001,0537-0000002\n"
    await stored(sessions, city, change("offices.csv", extra))
    subjects = (QUFU / "subjects.toml").read_text("utf-8")
    await stored(
        sessions, city, change("subjects.toml", subjects.replace(f'"{OFFICE}"', '"new-office"', 1), at=tomorrow)
    )
    async with sessions() as session:
        (office,) = await versions_of(session, "offices.csv")
    with pytest.raises(BadInput, match="还有一个版本要生效"):
        await stored(sessions, city, change("offices.csv", None, based_on=office.id))


async def test_of_two_who_change_the_same_file_the_second_is_told(sessions: Sessions, city: Path) -> None:
    async def attempt(name: str) -> object:
        try:
            return await stored(sessions, city, change("offices.csv", with_head(name)))
        except Conflict as error:
            return error

    results = await asyncio.gather(attempt("甲示例"), attempt("乙示例"))
    assert sorted(type(result).__name__ for result in results) == ["CityVersion", "Conflict"]


async def test_nobody_rewrites_a_version_and_reason_and_hour_are_asked_for(sessions: Sessions, city: Path) -> None:
    await stored(sessions, city, change("offices.csv", with_head("新示例")))
    with pytest.raises(DBAPIError, match="append-only"):
        async with transaction(sessions) as session:
            await session.execute(text("UPDATE city_versions SET reason = 'x'"))
    async with sessions() as session:
        wanted = FileChange("offices.csv", "", " ", clock.now() - dt.timedelta(hours=1), 1)
        with pytest.raises(BadInput) as refused:
            await store(session, city, wanted, BY, at=clock.now())
    assert refused.value.fields.keys() == {"reason", "effective_at"}


def test_a_machine_without_its_database_works_by_what_it_had(city: Path, tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var", city=city)
    assert folder_in_force(settings.var, city) == city
    folder, changed = bring_in_force(settings.var, city, {"offices.csv": with_head("新示例")})
    assert (changed, first_folder(folder)) == (True, city)
    assert bring_in_force(settings.var, folder, {"offices.csv": with_head("新示例")}) == (folder, False)
    assert policy_in_force(settings).city.offices[OFFICE].head == "新示例"
    assert bring_in_force(settings.var, city, {}) == (city, True)
    # Another city's folder on the same machine has nothing of it.
    shutil.copytree(QUFU, tmp_path / "other")
    assert folder_in_force(settings.var, tmp_path / "other") == tmp_path.resolve() / "other"
