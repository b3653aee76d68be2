"""The carrier no longer takes our registration: the supervisors read it, until it does again. A real Asterisk."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select

from core import clock
from core.database import Sessions, transaction
from core.settings import Settings
from hotline.monitoring.alarms import note_troubles
from hotline.monitoring.phone_watch import PhoneWatch
from hotline.monitoring.registration import RegistrationGuard
from telephony.monitoring.models import Alarm, PhoneRegistration
from telephony.trouble_kinds import TroubleKind
from tests.support.carrier import Carrier
from tests.support.crew_line import Line, line
from tests.support.exchange import Exchange, until
from web.status import line_parts
from web.status.line_parts import exchange_parts
from web.status.parts import OneLook, PartCondition

PASSWORD = "right"


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    one = Carrier(user="hotline", password=PASSWORD)
    yield one
    one.close()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory, carrier: Carrier) -> Iterator[Exchange]:
    made = Exchange(
        tmp_path_factory.mktemp("registered"),
        systemname="registered",
        trunk_host=carrier.address,
        trunk_user="hotline",
        trunk_password=SecretStr(PASSWORD),
        trunk_register=True,
    )
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module", name="connected")
async def connected_line(
    exchange: Exchange, tmp_path_factory: pytest.TempPathFactory, until: Any
) -> AsyncIterator[Line]:
    made: Path = tmp_path_factory.mktemp("speech")
    async with line(exchange, made) as one:
        await until(lambda: one.logins)
        yield one


async def open_alarms(sessions: Sessions) -> list[TroubleKind]:
    async with sessions() as session:
        return list(await session.scalars(select(Alarm.kind).where(Alarm.cleared_at.is_(None))))


def ask_again(exchange: Exchange, carrier: Carrier, password: str) -> None:
    """Register now, and be answered so; else it is asked after ten minutes."""
    carrier.password = password
    before = len(carrier.registered), carrier.refused
    exchange.process.rx("pjsip send register trunk")
    until(lambda: (len(carrier.registered), carrier.refused) != before, 60, "the carrier's answer")
    word = " Registered" if password == PASSWORD else " Rejected"
    until(lambda: word in exchange.process.rx("pjsip show registrations"), 60, word)


async def test_a_registration_that_the_carrier_takes_no_more_is_an_alarm_until_it_does_again(
    exchange: Exchange, carrier: Carrier, connected: Line, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        await session.execute(delete(Alarm))
    guard = RegistrationGuard(sessions, "registered", connected.control.registrations, wanted=True)
    until(lambda: " Registered" in exchange.process.rx("pjsip show registrations"), 60, "the registration")
    await guard.check()
    assert await open_alarms(sessions) == []

    ask_again(exchange, carrier, "another")
    await guard.check()
    assert await open_alarms(sessions) == [], "it may be under way"
    await guard.check()
    await guard.check()
    assert await open_alarms(sessions) == [TroubleKind.NOT_REGISTERED]
    async with transaction(sessions) as session:
        # The watch does not look for it, and leaves it to those who do.
        await note_troubles(session, "registered", [], clock.now())
    assert await open_alarms(sessions) == [TroubleKind.NOT_REGISTERED]

    ask_again(exchange, carrier, PASSWORD)
    await guard.check()
    assert await open_alarms(sessions) == []


async def test_the_status_page_says_since_when_the_carrier_takes_us_and_that_an_exchange_does_not_answer(
    exchange: Exchange, carrier: Carrier, connected: Line, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = PhoneWatch(sessions, connected.control, exchange.settings)

    async def trunk() -> PhoneRegistration:
        await watch.check()
        async with sessions() as session:
            return await session.get_one(PhoneRegistration, ("registered", "trunk"))

    ask_again(exchange, carrier, PASSWORD)
    taken = await trunk()
    assert (taken.present, taken.word) == (True, "Registered")
    assert (await trunk()).since == taken.since
    ask_again(exchange, carrier, "another")
    refused = await trunk()
    assert (refused.present, refused.word) == (False, "Rejected")
    assert refused.since > taken.since
    ask_again(exchange, carrier, PASSWORD)

    monkeypatch.setattr(line_parts, "pbx_settings", lambda _: exchange.settings)
    monkeypatch.setattr(line_parts, "EXCHANGE", OneLook(0))
    monkeypatch.setattr(line_parts, "PART_SECONDS", 60)
    (runs,) = await exchange_parts(Settings())
    assert runs.condition is PartCondition.FINE
    assert runs.since is not None
    pid = exchange.process.pid()
    assert pid is not None
    monkeypatch.setattr(line_parts, "PART_SECONDS", 2)
    os.kill(pid, signal.SIGSTOP)
    try:
        (hangs,) = await exchange_parts(Settings())
        (again,) = await exchange_parts(Settings())
    finally:
        os.kill(pid, signal.SIGCONT)
    assert hangs.condition is again.condition is PartCondition.FAULT
    assert "没有回应" in hangs.words


async def test_an_alarm_of_a_registration_that_is_no_longer_wanted_ends(connected: Line, sessions: Sessions) -> None:
    now = clock.now()
    kind = TroubleKind.NOT_REGISTERED
    async with transaction(sessions) as session:
        await session.execute(delete(Alarm))
        session.add(Alarm(pbx="registered", kind=kind, detail="refused", raised_at=now, seen_at=now))
    await RegistrationGuard(sessions, "registered", connected.control.registrations, wanted=False).check()
    assert await open_alarms(sessions) == []
