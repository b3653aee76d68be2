"""Versions of the city's files: author, file, instant, reason, and from when on it is in force. Never rewritten.

The city's folder is the first state; a row here takes the place of one of its files. Taking a version back is a row,
too: with the text that was in force before, or none for the folder's own.
"""

import datetime as dt

from sqlalchemy import DDL, BigInteger, Identity, Index, event
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class CityVersion(Base):
    __tablename__ = "city_versions"
    __table_args__ = (Index("ix_city_versions_file_effective_at", "file", "effective_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    file: Mapped[str]
    """Its name in the city's folder: `offices.csv`."""
    text: Mapped[str | None]
    """The whole file; None: as the city's folder has it."""
    reason: Mapped[str]
    at: Mapped[dt.datetime]
    by_account_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str]
    effective_at: Mapped[dt.datetime]
    """From when on. In force is the row with the latest of these that has passed; of two the later row."""
    takes_back_id: Mapped[int | None] = mapped_column(BigInteger)
    """The version that this one takes back."""


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_city_versions() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'city_versions is append-only: a version is taken back by another one';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER city_versions_append_only
    BEFORE UPDATE OR DELETE ON city_versions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_city_versions()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(CityVersion.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
