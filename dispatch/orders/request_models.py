"""Rows of what is asked and decided on an order: returns, the precedents they leave, extensions, supervision orders;
and of what city hall and offices write to one another about it."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, Index, event
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from dispatch.kinds import ReturnReason
from dispatch.workflow import Role


class Verdict(StrEnum):
    GRANTED = "granted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    """Nobody decided: the order was answered or ended first."""


class Return(Base):
    """退单: an office asks that another take the lead."""

    __tablename__ = "returns"
    __table_args__ = (Index("ix_returns_order_id", "order_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    nth: Mapped[int]
    """1 for the order's first."""
    office_code: Mapped[str] = mapped_column(ForeignKey("offices.code"))
    at: Mapped[dt.datetime]
    by: Mapped[str]
    reason_code: Mapped[ReturnReason]
    reason: Mapped[str]
    boundary: Mapped[str]
    """The rule that divides the duties, as the office names it."""
    suggested_office_code: Mapped[str] = mapped_column(ForeignKey("offices.code"))
    before: Mapped[Role]
    """coordinator, or supervisor from the second on."""
    due_at: Mapped[dt.datetime]
    verdict: Mapped[Verdict | None]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None]
    ruling: Mapped[str | None]
    """Why it was decided so."""


class Precedent(Base):
    """How a question of whose matter it is was decided; shown when the next such matter is routed."""

    __tablename__ = "precedents"
    __table_args__ = (Index("ix_precedents_subject_id", "subject", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), unique=True)
    order_number: Mapped[str]
    subject: Mapped[str]
    place_town: Mapped[str | None]
    asked_office_code: Mapped[str]
    """The office that wanted to return it."""
    lead_office_code: Mapped[str]
    """The new lead office."""
    boundary: Mapped[str]
    ruling: Mapped[str]
    ruled_by: Mapped[Role]
    at: Mapped[dt.datetime]


class Extension(Base):
    """延期: an office asks for a later limit."""

    __tablename__ = "extensions"
    __table_args__ = (Index("ix_extensions_order_id", "order_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    office_code: Mapped[str] = mapped_column(ForeignKey("offices.code"))
    at: Mapped[dt.datetime]
    by: Mapped[str]
    reason: Mapped[str]
    due_before_at: Mapped[dt.datetime]
    """The limit that is to be moved."""
    until_at: Mapped[dt.datetime]
    verdict: Mapped[Verdict | None]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None]
    ruling: Mapped[str | None]


class SupervisionMark(StrEnum):
    YELLOW = "yellow"
    RED = "red"
    """The limit has passed already, or an earlier supervision order had no effect."""


class SupervisionOrder(Base):
    """Supervision order to the office that leads an order (to the coordinator while none does)."""

    __tablename__ = "supervision_orders"
    __table_args__ = (
        Index("ix_supervision_orders_order_id", "order_id"),
        Index("ix_supervision_orders_office_code_id", "office_code", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    office_code: Mapped[str | None] = mapped_column(ForeignKey("offices.code"))
    at: Mapped[dt.datetime]
    by: Mapped[str]
    text: Mapped[str]
    mark: Mapped[SupervisionMark]
    due_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    answer: Mapped[str | None]
    answered_by: Mapped[str | None]
    replaced_at: Mapped[dt.datetime | None]
    """A newer one took its place, or the order ended."""


class InternalNote(Base):
    """内部留言: what city hall (coordinators, supervisors) and an office of the order write to one another. No step: it
    moves no clock and no version. Never rewritten: a trigger refuses it."""

    __tablename__ = "internal_notes"
    __table_args__ = (Index("ix_internal_notes_order_id", "order_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    at: Mapped[dt.datetime]
    office_code: Mapped[str | None] = mapped_column(ForeignKey("offices.code"))
    """The office that wrote it; None: city hall did."""
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_role: Mapped[Role]
    actor_name: Mapped[str]
    """As it was then."""
    author: Mapped[str]
    """Whose words they are (dispatch.orders.actors.author)."""
    text: Mapped[str]


class NoteReceipt(Base):
    """For whom a note was written, and when that side read it. Whoever neither wrote it nor has one never sees it."""

    __tablename__ = "note_receipts"
    __table_args__ = (Index("ix_note_receipts_unread", "side", "order_id", postgresql_where="read_at IS NULL"),)

    note_id: Mapped[int] = mapped_column(ForeignKey("internal_notes.id"), primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    """Code of an office; empty: city hall."""
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    """Of the note."""
    read_at: Mapped[dt.datetime | None]
    read_by: Mapped[str] = mapped_column(default="")


NOTES_APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_notes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'internal_notes is append-only: what was written is never rewritten';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER internal_notes_append_only
    BEFORE UPDATE OR DELETE ON internal_notes FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_notes()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in NOTES_APPEND_ONLY_SQL:
    event.listen(InternalNote.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
