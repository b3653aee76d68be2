"""Rows of follow-up: when a citizen is to be asked, and every answer given. Answers are append-only: the first
one stays what it was, the latest is the final one."""

import datetime as dt

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, Index, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from dispatch.follow_up.rules import FollowUpState
from dispatch.orders.models import Order
from dispatch.workflow import Role


class FollowUp(Base):
    """One round of asking. Nothing of it is for the office: neither when nor how."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index("uq_follow_ups_open", "order_id", unique=True, postgresql_where="ended_at IS NULL"),
        Index("ix_follow_ups_order_id", "order_id"),
        Index("ix_follow_ups_due_at", "due_at", postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    planned_at: Mapped[dt.datetime]
    """When the result was approved."""
    finished_at: Mapped[dt.datetime | None]
    """When the office said that it was done."""
    due_at: Mapped[dt.datetime | None]
    """When something has to be done by itself: ask, or give up waiting for the link; None: a person's turn."""
    state: Mapped[FollowUpState]
    asked_at: Mapped[dt.datetime | None]
    notification_id: Mapped[int | None] = mapped_column(ForeignKey("notifications.id"))
    ended_at: Mapped[dt.datetime | None]

    order: Mapped[Order] = relationship(lazy="raise")


class CitizenAnswer(Base):
    """What the citizen said, once. Never rewritten."""

    __tablename__ = "citizen_answers"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_ups.id"))
    at: Mapped[dt.datetime]
    by_role: Mapped[Role]
    """citizen: over the link; otherwise the person who asked."""
    by_name: Mapped[str]
    answered: Mapped[bool]
    solved: Mapped[bool]
    satisfied: Mapped[bool]
    said: Mapped[str] = mapped_column(default="")


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_answers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: what a citizen answered is never rewritten', TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER citizen_answers_append_only
    BEFORE UPDATE OR DELETE ON citizen_answers FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_answers()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(CitizenAnswer.__table__, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
