"""The database's base: declarative class, types, engine and sessions.

PostgreSQL only, through SQLAlchemy's asyncio and psycopg 3. A handler opens one session, does one thing
and commits once; what must follow the commit is a job row in the same transaction (core.jobs).
"""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

from psycopg.errors import DeadlockDetected
from sqlalchemy import ColumnElement, DateTime, Enum, MetaData, Text, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.orm.exc import StaleDataError

from core.errors import ConfigurationError, Conflict
from core.instants import read_all_instants
from core.texts.search import like_pattern


class Base(DeclarativeBase):
    """Every table's parent. Instants are `timestamptz`, words are `text`, dicts and lists are `jsonb`."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        dt.datetime: DateTime(timezone=True),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[str]: JSONB(),
        list[dict[str, Any]]: JSONB(),
        # Stored as readable words in a text column: a new word needs no ALTER TYPE.
        StrEnum: Enum(StrEnum, native_enum=False, length=64, values_callable=lambda kind: [m.value for m in kind]),
    }


Sessions = async_sessionmaker[AsyncSession]


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine for `url` (postgresql://…); nothing is connected yet. Its errors never quote the values, which may
    be a citizen's name or number."""
    engine = create_async_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=10,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        read_all_instants(connection.driver_connection)

    return engine


def make_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


def sqlalchemy_url(url: str) -> str:
    """A plain libpq URL with SQLAlchemy's driver named in it."""
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    raise ConfigurationError(
        f"not a PostgreSQL address: {url.split('@')[-1]!r}. Fix: DATABASE_URL is written postgresql://user@host/name"
    )


def contains(column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    """Whether `word` stands anywhere in the column, in capitals or not. Chinese has none, and ILIKE, which folds every
    text that it looks at, takes about fifty times as long as LIKE."""
    pattern = like_pattern(word)
    return column.like(pattern) if word.lower() == word.upper() else column.ilike(pattern)


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """One session, one commit. A row changed meanwhile by somebody else raises Conflict, and so does waiting for
    somebody who waits for us; nothing is stored."""
    async with sessions() as session:
        try:
            yield session
            await session.commit()
        except StaleDataError as error:
            raise Conflict() from error
        except OperationalError as error:
            if isinstance(error.orig, DeadlockDetected):
                raise Conflict() from error
            raise
