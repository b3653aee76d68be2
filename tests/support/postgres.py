"""A real PostgreSQL for tests: one throw-away cluster a run, one fresh database a test module."""

import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.database import Sessions, make_engine, make_sessions
from hotline.operations.schema import upgrade
from hotline.runtime.cluster import DATABASE, Cluster, find_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Lives in a folder of its own that goes away; durability off, since nothing here outlives the run."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-tests-"))
    folder.chmod(0o755)
    found = find_cluster(folder / "pg")
    found.start("-c fsync=off", "-c synchronous_commit=off", "-c max_connections=200")
    yield found
    found.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A database with all tables, copied for each module."""
    upgrade(cluster.url)
    return DATABASE


@pytest.fixture(scope="module")
def database_url(cluster: Cluster, template: str) -> Iterator[str]:
    with fresh_database(cluster, template) as url:
        yield url


@contextmanager
def fresh_database(cluster: Cluster, template: str) -> Iterator[str]:
    """With every table (and Procrastinate's), as a libpq URL."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    server = cluster.url.replace(f"/{DATABASE}?", "/postgres?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield cluster.url.replace(f"/{DATABASE}?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database_url)
    yield made
    await made.dispose()


@pytest.fixture(scope="module")
def sessions(engine: AsyncEngine) -> Sessions:
    return make_sessions(engine)
