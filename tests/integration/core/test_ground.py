"""Jobs and changes belong to the transaction that makes them true."""

import psycopg
import pytest
from sqlalchemy import text

from core.bus import RECONNECTED, Bus, Change, publish
from core.database import Sessions, transaction
from core.errors import ConfigurationError
from core.jobs import Job, defer
from core.tasks import cancel, spawn
from hotline.operations.schema import differences, upgrade


async def waiting_jobs(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        rows = await session.execute(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))
        return list(rows.scalars())


async def test_a_job_exists_after_commit_and_not_after_rollback(sessions: Sessions) -> None:
    async with sessions() as session:
        await defer(session, Job("tests.lost", queue="records"))
        await session.rollback()
    async with transaction(sessions) as session:
        await defer(session, Job("tests.kept", queue="records", arguments={"id": 1}))
    assert await waiting_jobs(sessions) == ["tests.kept"]


async def test_a_second_job_with_the_same_key_costs_the_transaction_nothing(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        assert await defer(session, Job("tests.keyed", queue="records", key="once")) is not None
    async with transaction(sessions) as session:
        assert await defer(session, Job("tests.keyed", queue="records", key="once")) is None
        await defer(session, Job("tests.after", queue="records"))
    assert (await waiting_jobs(sessions))[-2:] == ["tests.keyed", "tests.after"]


async def test_a_change_reaches_every_subscriber_once_committed(sessions: Sessions, database_url: str, until) -> None:
    bus = Bus(database_url)
    listening = spawn(bus.run(), name="bus")
    async with bus.subscribe() as first, bus.subscribe() as second:
        await bus.listening.wait()
        async with sessions() as session:
            await publish(session, "call", "rolled-back")
            await session.rollback()
        async with transaction(sessions) as session:
            await publish(session, "call", "qufu-1.1")
        for queue in (first, second):
            assert await queue.get() == RECONNECTED
            assert await queue.get() == Change("call", "qufu-1.1")
    await cancel(listening)


async def test_the_bus_hears_again_after_its_connection_was_cut(sessions: Sessions, database_url: str) -> None:
    bus = Bus(database_url)
    listening = spawn(bus.run(), name="bus")
    async with bus.subscribe() as queue:
        assert await queue.get() == RECONNECTED
        async with sessions() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query = 'LISTEN hotline' AND datname = current_database()"
                )
            )
        assert await queue.get() == RECONNECTED
    await cancel(listening)


def test_the_migrations_make_exactly_the_tables_that_the_models_say(database_url: str) -> None:
    assert differences(database_url) == ""


def test_tables_of_a_release_that_is_not_known_are_named_in_one_line(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(ConfigurationError, match="cannot be upgraded: Can't locate revision identified by '0001'"):
        upgrade(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0047'")
    upgrade(database_url)


async def test_history_cannot_be_rewritten_even_by_hand(sessions: Sessions) -> None:
    async with sessions() as session:
        triggers = await session.scalars(text("SELECT tgname FROM pg_trigger WHERE tgrelid = 'order_steps'::regclass"))
        assert "order_steps_append_only" in triggers.all()
