"""Each process says that it lives, by what it works, and how much room it has."""

import asyncio
import datetime as dt
import os
import socket
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from core import clock
from core.bus import Bus
from core.database import Sessions, make_engine, make_sessions, transaction
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.policy import Policy
from dispatch.versions.holder import PolicyHolder
from hotline.monitoring.phone_watch import store_registrations
from hotline.runtime.presence import keep_presence
from hotline.runtime.runtime import Runtime
from telephony.monitoring.models import PhoneRegistration, ProcessHeart


def runtime_of(engine: AsyncEngine, sessions: Sessions, bus: Bus, policy: Policy, var: Path) -> Runtime:
    listening = spawn(asyncio.sleep(0), name="nothing")
    return Runtime(Settings(var=var), "", engine, sessions, bus, listening, PolicyHolder(policy, "version-1"))


async def hearts(sessions: Sessions) -> dict[int, ProcessHeart]:
    async with sessions() as session:
        return {heart.pid: heart for heart in await session.scalars(select(ProcessHeart))}


async def test_a_process_is_there_until_it_ends_in_order_and_takes_the_place_of_one_that_was_killed(
    engine: AsyncEngine, sessions: Sessions, bus: Bus, policy: Policy, tmp_path: Path, until: Any
) -> None:
    killed = clock.now() - dt.timedelta(minutes=5)
    common = {
        "host": socket.gethostname(), "started_at": killed, "seen_at": killed, "release": "", "city_version": "",
        "city_since": killed, "city_refused": "", "model": "", "disk_folder": "", "disk_free_bytes": 0,
    }  # fmt: skip
    async with transaction(sessions) as session:
        session.add_all(ProcessHeart(pid=pid, part=part, **common) for pid, part in ((-1, "worker"), (-2, "line")))
    runtime = runtime_of(engine, sessions, bus, policy, tmp_path)
    present = spawn(keep_presence(runtime, "worker", lambda: "demo-cn sha256:01"), name="presence")

    async def there() -> dict[int, ProcessHeart] | None:
        found = await hearts(sessions)
        return found if os.getpid() in found and -1 not in found else None

    found = await until(there)
    mine = found[os.getpid()]
    assert (mine.part, mine.city_version, mine.city_refused) == ("worker", "version-1", "")
    assert mine.model == "demo-cn sha256:01"
    assert mine.disk_free_bytes > 0
    assert mine.release
    assert -2 in found, "another kind of process: nobody has taken its place"
    runtime.holder.refused = "limits.toml"
    await cancel(present)
    assert os.getpid() not in await hearts(sessions)


async def test_a_database_that_is_away_does_not_end_the_process(
    bus: Bus, policy: Policy, tmp_path: Path, until: Any
) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    asked: list[int] = []

    def model() -> str:
        asked.append(1)
        return ""

    runtime = runtime_of(engine, make_sessions(engine), bus, policy, tmp_path)
    present = spawn(keep_presence(runtime, "web", model), name="presence")
    await until(lambda: len(asked) > 1)
    assert not present.done()
    await cancel(present)


async def test_since_when_a_telephone_is_there_or_away_outlives_calls_and_restarts(sessions: Sessions) -> None:
    first = clock.now()

    async def look(minutes: int, **seen: tuple[bool, str]) -> dict[str, tuple[bool, str, dt.timedelta]]:
        await store_registrations(sessions, "pbx", seen, first + dt.timedelta(minutes=minutes))
        async with sessions() as session:
            rows = await session.scalars(select(PhoneRegistration))
            return {row.name: (row.present, row.word, row.since - first) for row in rows}

    none, two = dt.timedelta(0), dt.timedelta(minutes=2)
    assert await look(0, a=(True, "not_in_use"), b=(True, "in_use")) == {
        "a": (True, "not_in_use", none), "b": (True, "in_use", none),
    }  # fmt: skip
    assert (await look(1, a=(True, "in_use"), b=(True, "in_use")))["a"][2] == none
    assert await look(2, a=(False, "unavailable")) == {"a": (False, "unavailable", two)}, "b is no account any more"
    assert (await look(3, a=(False, "invalid")))["a"] == (False, "invalid", two)
