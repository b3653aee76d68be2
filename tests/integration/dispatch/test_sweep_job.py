"""The sweep as the workers do it: a durable job; one that died in the middle is done again and nothing comes twice."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select, text

from core import clock
from core.bus import Bus
from core.database import Sessions, transaction
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.city.organisation import import_city
from dispatch.clock.models import Accountability, DueEvent
from dispatch.jobs import overdue
from dispatch.kinds import Channel
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import OrderStep
from dispatch.policy import Policy
from dispatch.steps.take import take_step
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role, Step
from hotline.jobs import jobs_of
from hotline.processes.worker import worker_tools
from hotline.runtime.durable_jobs import make_app, register
from hotline.runtime.runtime import Runtime

AGENT = Actor(1, Role.AGENT, "接线员示例")
LAMP = {
    "kind": "help", "subject": "street-lamp", "title": "路灯不亮", "matter": "灯坏了", "place_town": "shuyuan",
    "no_place": "unclear",
}  # fmt: skip
ORDERS = 6


@pytest.fixture(scope="module")
async def parts(
    sessions: Sessions, engine: Any, database_url: str, policy: Policy, tmp_path_factory: Any
) -> AsyncIterator[Runtime]:
    bus = Bus(database_url)
    listening = spawn(bus.run(), name="bus")
    yield Runtime(
        Settings(var=tmp_path_factory.mktemp("var")),
        database_url,
        engine,
        sessions,
        bus,
        listening,
        PolicyHolder(policy),
    )
    await cancel(listening)


async def run_sweep_job(parts: Runtime) -> None:
    app = make_app(parts.database_url)
    register(app, [job for job in jobs_of("records") if job.period], worker_tools(app, parts))
    async with app.open_async():
        await app.configure_task(overdue.SWEEP).defer_async(timestamp=0)
        await app.run_worker_async(queues=["records"], wait=False, install_signal_handlers=False)


async def test_a_sweep_that_dies_in_the_middle_is_done_again_and_nothing_comes_twice(
    parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = clock.now() - dt.timedelta(days=20)
    async with transaction(parts.sessions) as session:
        await import_city(session, parts.city)
    for _ in range(ORDERS):
        async with transaction(parts.sessions) as session:
            draft = await new_draft(session, parts.city, channel=Channel.WEB, actor=AGENT, at=long_ago)
            await take_step(session, parts.policy, draft.id, Step.REGISTER, actor=AGENT, at=long_ago, fields=LAMP)
    real, seen = overdue.let_fall_due, []

    async def dies_from_the_third_on(*what: Any, **more: Any) -> Any:
        seen.append(what)
        done = await real(*what, **more)
        if len(seen) >= 3:
            raise MemoryError("the worker dies after its writing and before its commit")
        return done

    monkeypatch.setattr(overdue, "let_fall_due", dies_from_the_third_on)
    await run_sweep_job(parts)
    async with parts.sessions() as session:
        assert await session.scalar(select(func.count()).where(OrderStep.step == Step.WARN)) == 2 * 2
    monkeypatch.undo()
    await run_sweep_job(parts)
    await run_sweep_job(parts)
    async with parts.sessions() as session:
        assert await session.scalar(select(func.count()).where(OrderStep.step == Step.WARN)) == 2 * ORDERS
        assert await session.scalar(select(func.count()).select_from(DueEvent)) == 3 * ORDERS
        assert await session.scalar(select(func.count()).select_from(Accountability)) == 2 * ORDERS
        left = await session.scalars(text("SELECT status FROM procrastinate_jobs WHERE task_name = 'dispatch.sweep'"))
        assert "doing" not in left.all()
