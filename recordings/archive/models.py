"""Rows about the use of recordings: each listening, and what was destroyed. Never rewritten by people."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from recordings.models import RecordingPart


class HowHeard(StrEnum):
    PLAYER = "player"
    EXPORT = "export"
    """Exported as a file."""
    LIVE = "live"
    """Some seconds of a call that still went on."""


class Listening(Base):
    """Somebody asked for the sound of a recording. No foreign keys: the row outlives recording and account."""

    __tablename__ = "listenings"
    __table_args__ = (
        Index("ix_listenings_linkedid_at", "linkedid", "at"),
        Index("ix_listenings_account_id_recording_id", "account_id", "recording_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str]
    """As it was then, like the two that follow."""
    display_name: Mapped[str]
    role: Mapped[str]
    recording_id: Mapped[int | None] = mapped_column(BigInteger)
    """None: the call still went on, its recording was not yet a row."""
    linkedid: Mapped[str]
    at: Mapped[dt.datetime]
    """When the sound was first asked for."""
    last_at: Mapped[dt.datetime]
    """When more of it was last asked for (seeking, playing on)."""
    how: Mapped[HowHeard]
    address: Mapped[str]
    """From where, its last part left out (`10.20.30.x`); empty: unknown."""


class Destruction(Base):
    """The ledger: one row for each recording that was destroyed by rule."""

    __tablename__ = "destructions"
    __table_args__ = (Index("ix_destructions_unremoved", "id", postgresql_where="removed_at IS NULL"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    recording_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    linkedid: Mapped[str]
    uniqueid: Mapped[str]
    part: Mapped[RecordingPart]
    started_at: Mapped[dt.datetime]
    """When it was recorded."""
    path: Mapped[str]
    """Relative to the recordings folder."""
    sha256: Mapped[str]
    """Of the file as it was archived."""
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    rule: Mapped[str]
    """Which rule, and since when it was due, in words."""
    at: Mapped[dt.datetime]
    by: Mapped[str]
    """The timetable, or the operator's command."""
    removed_at: Mapped[dt.datetime | None]
    """When the file was seen gone; None: the next run removes it."""


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_archive() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF TG_TABLE_NAME = 'listenings' AND to_jsonb(NEW) - 'last_at' = to_jsonb(OLD) - 'last_at'
                    AND to_jsonb(NEW)->>'last_at' >= to_jsonb(OLD)->>'last_at' THEN
                RETURN NEW;
            END IF;
            IF TG_TABLE_NAME = 'destructions' AND to_jsonb(NEW) - 'removed_at' = to_jsonb(OLD) - 'removed_at'
                    AND to_jsonb(OLD)->>'removed_at' IS NULL THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only: who listened and what was destroyed is never rewritten', TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER listenings_append_only
    BEFORE UPDATE OR DELETE ON listenings FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_archive()
    """,
    """
    CREATE OR REPLACE TRIGGER destructions_append_only
    BEFORE UPDATE OR DELETE ON destructions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_archive()
    """,
)
"""A listening may go on (`last_at`), a file may be seen gone once (`removed_at`); nothing else changes. For the
migration too: alembic does not see triggers."""
