"""A throw-away database full of orders, quickly: 1,000 a day, as a line has them after a given number of days.

Texts, places and answers are put together from the labelled matters and replies (samples/labelled) and the city's
places, so that words are as common or rare as in life. All but the last days' orders are closed. Rows are put in by
COPY and INSERT … SELECT with foreign keys off; the search vectors are pieced together from vectors of our own making,
which is exactly what the product stores, since its pieces never reach over a field's end; likewise the texts in their
normal form, in which hits are checked.
"""

import asyncio
import datetime as dt
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from core.clock import CITY_ZONE
from core.database import make_engine, make_sessions, transaction
from core.texts.normal_form import normal_form
from core.texts.search import search_document
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.numbering import number_for
from dispatch.policy import Policy, load_policy
from hotline.operations.schema import upgrade
from hotline.runtime.cluster import find_cluster

ROOT = Path(__file__).parents[1]
NOW = dt.datetime(2026, 11, 21, 10, tzinfo=CITY_ZONE)
A_DAY = 1000
OPEN_DAYS = 3
"""Younger orders are still open, the older of them further on."""
SEED = 20261121
RARE = "金丝楠木匾额"
"""Stands in one order of a thousand, in its matter; and in as many transcripts of others."""
OPEN_STATES = ("registered", "dispatched", "dispatched", "accepted", "in_progress", "in_progress", "replied",
               "in_review", "follow_up")  # fmt: skip
CLOSED_STATES = ("closed",) * 95 + ("invalid",) * 3 + ("merged",) * 2
_OPTIONS = (
    "-c fsync=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=8GB "
    "-c shared_buffers=512MB -c maintenance_work_mem=512MB -c autovacuum=off"
)


FILLED = (
    "orders",
    "order_steps",
    "replies",
    "assignments",
    "custody_periods",
    "calls",
    "order_calls",
    "recordings",
    "transcripts",
)
_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid::regclass::text = ANY(%s) AND NOT indisunique
"""


def qufu() -> Policy:
    return load_policy(ROOT / "deploy/city/qufu")


@contextmanager
def filled_database(city: City, orders: int) -> Iterator[str]:
    """The URL of a database with so many orders; cluster and folder go away."""
    with TemporaryDirectory(prefix="hotline-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = find_cluster(folder / "postgres")
        try:
            cluster.start(_OPTIONS)
            upgrade(cluster.url)
            asyncio.run(_import(cluster.url, city))
            with psycopg.connect(cluster.url) as connection:
                fill(connection, city, orders)
            with psycopg.connect(cluster.url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
            yield cluster.url
        finally:
            cluster.stop()
            cluster.remove()


async def _import(url: str, city: City) -> None:
    engine = make_engine(url)
    async with transaction(make_sessions(engine)) as session:
        await import_city(session, city)
    await engine.dispose()


def fill(connection: psycopg.Connection, city: City, orders: int) -> None:
    """Everything in one transaction, so that PostgreSQL need not log what it can throw away; the indexes
    are made after the rows, which takes half the time."""
    dice = random.Random(SEED)  # noqa: S311 - not for secrets
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET work_mem = '256MB'")
    how_many = _pieces(connection, city)
    connection.execute(
        "CREATE TEMP TABLE begun (id bigint, number text, at timestamptz, matter int, place int, answer int, house int,"
        " office text, unit text, state text, phone text, kind text, urgency text, rare bool, said_rare bool)"
    )
    _copy(connection, "begun", _begun(city, how_many, orders, dice))
    connection.execute("ANALYZE begun")
    indexes = connection.execute(_INDEXES, [list(FILLED)]).fetchall()
    for index, _ in indexes:
        connection.execute(f"DROP INDEX {index}")
    connection.execute(f"TRUNCATE {', '.join(FILLED)} CASCADE")
    for statement in (ROOT / "bench/filled_database.sql").read_text("utf-8").split(";\n"):
        if statement.strip():
            connection.execute(statement)
    for _, definition in indexes:
        connection.execute(definition)


def _pieces(connection: psycopg.Connection, city: City) -> dict[str, int]:
    """The texts that orders are put together from, each with its search vector and its normal form. Returns how many of
    each sort."""
    matters = [row for part in ("tuning", "held-out", "fresh") for row in _rows(f"matters-{part}.jsonl")]
    answers = [row for part in ("tuning", "held-out") for row in _rows(f"replies-{part}.jsonl")]
    tables: dict[str, list[tuple[str, str, str | None]]] = {
        "matters": [(row["title"], row["text"], row["subject"]) for row in matters],
        "places": [(place.name, place.name, place.town) for place in city.places],
        "answers": [(row["done"], row["answer"], None) for row in answers],
    }
    connection.execute(
        "CREATE TEMP TABLE pieces (sort text, n int, first text, second text, code text, words text, plain text)"
    )
    rows = [
        (sort, n, first, second, code, search_document(f"{first}\n{second}"), normal_form(plain))
        for sort, found in tables.items()
        for n, (first, second, code) in enumerate(found)
        for plain in [first if sort == "places" else f"{first}\n{second}"]
    ]
    _copy(connection, "pieces", rows)
    connection.execute("ALTER TABLE pieces ADD search tsvector")
    connection.execute("UPDATE pieces SET search = to_tsvector('simple', words)")
    connection.execute("CREATE TEMP TABLE rare (words text, search tsvector)")
    connection.execute("INSERT INTO rare VALUES (%s, to_tsvector('simple', %s))", (RARE, search_document(RARE)))
    return {sort: len(found) for sort, found in tables.items()}


def _begun(city: City, how_many: Mapping[str, int], orders: int, dice: random.Random) -> Iterator[tuple[object, ...]]:
    """What distinguishes the orders, oldest first."""
    offices, crews = list(city.offices), list(city.units)
    begin = NOW - dt.timedelta(days=orders / A_DAY)
    before, sequence = None, 0
    for n in range(orders):
        at = begin + dt.timedelta(days=n / A_DAY)
        if at.date() != before:
            before, sequence = at.date(), 0
        sequence += 1
        age_days = (orders - n) / A_DAY
        state = dice.choice(CLOSED_STATES)
        if age_days < OPEN_DAYS:
            state = OPEN_STATES[int(age_days / OPEN_DAYS * len(OPEN_STATES) * dice.random())]
        luck = dice.random()
        yield (
            n + 1, str(number_for(city.number_prefix, at, sequence)), at, dice.randrange(how_many["matters"]),
            dice.randrange(how_many["places"]), dice.randrange(how_many["answers"]), dice.randrange(1, 400),
            offices[int(len(offices) * luck * luck)], dice.choice(crews) if luck < 0.4 else None, state,
            f"1{dice.randrange(3 * 10**9, 10**10)}", dice.choice(("help", "help", "complaint", "consultation")),
            "normal" if luck < 0.95 else "urgent", dice.random() < 0.001, dice.random() < 0.001,
        )  # fmt: skip


def _rows(name: str) -> list[dict[str, str]]:
    lines = (ROOT / "samples/labelled" / name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _copy(connection: psycopg.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
