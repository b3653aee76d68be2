"""The real line process takes another version of the city's files over: the exchange knows a new crew's telephone, and
callers hear a new announcement, without a restart of anything."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import clock
from core.database import Sessions, transaction
from core.sections.pbx import PbxSection
from core.settings import Settings
from dispatch.versions.change import Author, FileChange, store, take_back
from dispatch.versions.models import CityVersion
from hotline.processes.prepare import import_organisation, prepare_pbx
from telephony.ami.status import ManagerState
from telephony.monitoring.models import LineHeart, PhoneRegistration, ProcessHeart
from telephony.pbx.process import PbxProcess
from tests.support.desk_rig import Process
from tests.support.exchange import PROMPTS, ROOT, free_port, tone, write_wav
from tests.support.web_rig import QUFU

BY = Author(7, "admin")
UNITS = (QUFU / "units.csv").read_text("utf-8")
NEW = UNITS + "unit-35,新来的示例队,town,fangshan,crew-35,town-fangshan,卫示例,0537-0003035\n"


@dataclass
class TakenOver:
    settings: Settings
    exchange: PbxProcess
    sessions: Sessions
    until: Any

    async def stored(self, file: str, content: str) -> CityVersion:
        at = clock.now()
        async with transaction(self.sessions) as session:
            change = FileChange(file, content, "新车到了", at, 0)
            return await store(session, self.settings.city, change, BY, at=at)

    def knows(self, account: str) -> bool:
        return f"Endpoint:  {account}" in self.exchange.rx(f"pjsip show endpoint {account}")


@pytest.fixture
async def taken_over(sessions: Sessions, database_url: str, tmp_path: Path, until: Any) -> AsyncIterator[TakenOver]:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    for name, hertz in PROMPTS.items():
        write_wav(prompts / f"{name}.wav", tone(hertz, 1.0))
    pbx = PbxSection(
        name="taken", sip_port=free_port(socket.SOCK_DGRAM), manager_port=free_port(), http_port=free_port(), agents=2
    )
    settings = Settings(
        var=(tmp_path / "var").resolve(), opt=ROOT / "var/opt", prompts=prompts, pbx=pbx, city=QUFU,
        database_url=database_url,
    )  # fmt: skip
    await import_organisation(settings, database_url)
    exchange = prepare_pbx(settings)
    try:
        with Process(settings, "line"):
            yield TakenOver(settings, exchange, sessions, until)
    finally:
        exchange.stop()


async def test_a_new_crews_telephone_is_known_to_the_exchange_and_gone_when_it_is_taken_back(
    taken_over: TakenOver,
) -> None:
    sessions, until = taken_over.sessions, taken_over.until

    async def works() -> bool:
        async with sessions() as session:
            heart = await session.get(LineHeart, "taken")
            return heart is not None and heart.manager_state is ManagerState.CONNECTED

    async def process() -> ProcessHeart | None:
        async with sessions() as session:
            return await session.scalar(select(ProcessHeart).where(ProcessHeart.part == "line"))

    async def seen() -> set[str]:
        async with sessions() as session:
            return set(await session.scalars(select(PhoneRegistration.name)))

    await until(works, 60)
    before = await until(process, 30)
    assert (before.city_version, before.city_refused) == ("qufu", "")
    assert not taken_over.knows("crew-35")
    assert taken_over.knows("unit-34")
    version = await taken_over.stored("units.csv", NEW)
    await until(lambda: taken_over.knows("crew-35"), 30)

    async def follows() -> bool:
        now = await process()
        return now is not None and now.city_version != before.city_version

    await until(follows, 30)
    assert {"1001", "1001-web", "unit-34"} <= await seen()
    async with transaction(sessions) as session:
        await take_back(session, taken_over.settings.city, version.id, "还没有到", BY, at=clock.now())
    await until(lambda: not taken_over.knows("crew-35"), 30)
    assert taken_over.knows("unit-34")
