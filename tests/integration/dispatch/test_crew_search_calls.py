"""A search through the real Asterisk: nobody answers the first phone, our program dies, the second crew takes it."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from core import clock
from core.database import Sessions, transaction
from dispatch.assignments.crew_search import crew_searches_of
from dispatch.assignments.crew_search_rules import CrewSearchState, SearchAction
from dispatch.assignments.models import CrewSearch
from dispatch.city.organisation import import_city
from dispatch.notifications.rules import Audience
from dispatch.orders.actors import Actor
from dispatch.orders.assignment_models import DispatchCall, DispatchCallState
from dispatch.orders.drafts import draft_for_call
from dispatch.policy import Policy
from dispatch.reachability.checks import Target, begin_check
from dispatch.reachability.models import ReachabilityCheck
from dispatch.reachability.rules import ReachabilityMeans, ReachabilityResult
from dispatch.steps.take import history, take_step
from dispatch.workflow import Role, Step
from ivr.voice.audio import frame_levels
from telephony.phone import AsyncPhone, CallEnded, PhoneCall
from tests.support.crew_line import heard_samples
from tests.support.crew_search_line import working
from tests.support.exchange import ROOT, Exchange

LAMP = {
    "kind": "help", "subject": "street-lamp", "title": "路灯不亮", "matter": "门口的路灯不亮了。",
    "place_town": "lucheng", "place": "神道路",
}  # fmt: skip
CHAIN = 'units = 3\nsteps = [{ do = "call", seconds = 60 }]\n'


@pytest.fixture(scope="module", name="pbx")
def started_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    exchange = Exchange(tmp_path_factory.mktemp("search"))
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture
def city_folder(tmp_path: Path) -> Path:
    """The city with one call to each crew."""
    folder = tmp_path / "city"
    shutil.copytree(ROOT / "deploy/city/qufu", folder)
    searches = "".join(
        f'[[crew_search]]\nurgency = "{urgency}"\n{CHAIN}' for urgency in ("normal", "urgent", "emergency")
    )
    (folder / "units.toml").write_text(f'busy_from = 3\nsource = "test"\n{searches}', "utf-8")
    return folder


async def dispatched(sessions: Sessions, policy: Policy, linkedid: str = "search-call") -> int:
    async with transaction(sessions) as session:
        await import_city(session, policy.city)
        draft = await draft_for_call(session, policy.city, linkedid=linkedid, citizen_phone="", at=clock.now())
        agent = Actor(1, Role.AGENT, "林示例")
        await take_step(session, policy, draft.id, Step.REGISTER, actor=agent, at=clock.now(), fields=LAMP)
    return draft.id


def loud_seconds(call: PhoneCall) -> float:
    return float((frame_levels(heard_samples(call.heard())) > -40).sum()) / 50


async def test_our_death_neither_loses_nor_doubles_a_step_and_the_second_crew_takes_it(
    pbx: Exchange, sessions: Sessions, policy: Policy, database_url: str, city_folder: Path, tmp_path: Path, until
) -> None:
    order_id = await dispatched(sessions, policy)

    async def search() -> CrewSearch:
        async with sessions() as session:
            (found,) = await crew_searches_of(session, order_id)
            return found

    first = AsyncPhone(pbx.account("unit-01"), lambda call: None)
    second = AsyncPhone(pbx.account("unit-02"), lambda call: call.answer())
    async with first, second:
        await asyncio.gather(first.register(), second.register())
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.crew_search_line", str(tmp_path), str(city_folder)),
            env={
                **os.environ, "DATABASE_URL": database_url,
                "AMI_PORT": str(pbx.settings.ami_port), "AMI_SECRET": pbx.secrets.ami,
            },
            cwd=ROOT,
        )  # fmt: skip
        rung = await first.wait_call(60)
        program.kill()
        await program.wait()
        assert [action.action for action in (await search()).actions] == [SearchAction.CALL]
        # Twelve seconds without a sign of life, without waiting for them.
        async with transaction(sessions) as session:
            await session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
        async with working(tmp_path, city_folder, database_url, pbx.settings.ami_port, pbx.secrets.ami):
            await until(lambda: rung.ended is CallEnded.MISSED, 60)
            call = await second.wait_call(60)
            await until(lambda: loud_seconds(call) > 5.5, 40)
            await second.press(call, "1")
            await until(lambda: call.ended is CallEnded.BY_FAR_END, 20)

            async def is_taken() -> bool:
                return (await search()).state is CrewSearchState.TAKEN

            await until(is_taken)
        assert first.phone._incoming.empty(), "the first crew's phone rang once"
    listed = [(action.action, action.unit_code) for action in (await search()).actions]
    assert listed == [
        (SearchAction.CALL, "unit-01"), (SearchAction.NEXT_UNIT, "unit-01"), (SearchAction.CALL, "unit-02"),
        (SearchAction.TAKEN, "unit-02"),
    ]  # fmt: skip
    async with sessions() as session:
        calls = (await session.scalars(select(DispatchCall).order_by(DispatchCall.id))).all()
        steps = [row.step for row in await history(session, order_id)]
    assert [call.state for call in calls] == [DispatchCallState.NO_ANSWER, DispatchCallState.ACKNOWLEDGED]
    assert steps.count(Step.HAND_ON) == 1


async def test_a_crew_confirms_the_test_of_its_telephone_and_an_order_goes_before_a_test(
    pbx: Exchange, sessions: Sessions, policy: Policy, database_url: str, city_folder: Path, tmp_path: Path, until
) -> None:
    target = Target(ReachabilityMeans.PHONE, Audience.UNIT, "unit-01")

    async def begin() -> int:
        async with transaction(sessions) as session:
            test = await begin_check(session, policy.city, policy.notifications, target, at=clock.now())
        assert test is not None
        return test.id

    async def result(test_id: int) -> ReachabilityResult | None:
        async with sessions() as session:
            return (await session.get_one(ReachabilityCheck, test_id)).result

    async with AsyncPhone(pbx.account("unit-01"), lambda call: call.answer()) as phone:
        await phone.register()
        async with working(tmp_path, city_folder, database_url, pbx.settings.ami_port, pbx.secrets.ami):
            confirmed = await begin()
            call = await phone.wait_call(60)
            await until(lambda: loud_seconds(call) > 1, 40)
            await phone.press(call, "1")
            await until(lambda: call.ended is CallEnded.BY_FAR_END, 40)
            assert await until(lambda: result(confirmed), 20) is ReachabilityResult.CONFIRMED
            given_way = await begin()
            call = await phone.wait_call(60)
            await until(lambda: loud_seconds(call) > 1, 40)
            await dispatched(sessions, policy, "search-call-in-a-test")
            await until(lambda: call.ended is CallEnded.BY_FAR_END, 20)
            order = await phone.wait_call(60)
            assert await until(lambda: result(given_way), 20) is ReachabilityResult.CALLED_OFF
            await until(lambda: loud_seconds(order) > 5.5, 40)
            await phone.press(order, "1")
            await until(lambda: order.ended is CallEnded.BY_FAR_END, 40)
    recorded = pbx.settings.recordings_directory.rglob("*.wav")
    assert not [path for path in recorded if path.name.startswith("reachability-")]
