"""The database's tables: every room's models in one metadata, brought up to date."""

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.schema import SchemaManager
from sqlalchemy import create_engine

import web.models  # noqa: F401 - importing the models fills the metadata
from core.database import Base, sqlalchemy_url


def upgrade(url: str) -> None:
    engine = create_engine(sqlalchemy_url(url))
    Base.metadata.create_all(engine)
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() != (None,):
            return
        connection.execute(SchemaManager(App(connector=PsycopgConnector()).connector).get_schema().encode())
