"""Rows of the crews on the road: shifts, statuses, positions, and the actions that their phones sent. Statuses and
actions are append-only (the status by a trigger): the order's timeline is made of them.
"""

import datetime as dt
from enum import StrEnum

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, Index, event
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from dispatch.crews.rules import UnitStatus


class Shift(Base):
    """One person of a crew at work, from 上班 to 下班."""

    __tablename__ = "shifts"
    __table_args__ = (
        Index("uq_shifts_open", "unit_code", "account_id", unique=True, postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    account_id: Mapped[int] = mapped_column(BigInteger)
    """No foreign key: what was worked outlives accounts."""
    person: Mapped[str]
    """The member's name at that time."""
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class UnitStatusChange(Base):
    """A crew's status changed; the newest row is its current status."""

    __tablename__ = "unit_statuses"
    __table_args__ = (Index("ix_unit_statuses_unit_code_id", "unit_code", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    status: Mapped[UnitStatus]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    """Because of which order."""
    at: Mapped[dt.datetime]
    """When it was so, by the phone's clock where it had no network; never later than `received_at`."""
    received_at: Mapped[dt.datetime]
    person: Mapped[str]


class Position(Base):
    """Where a crew's phone was while it was on shift."""

    __tablename__ = "positions"
    __table_args__ = (Index("uq_positions_unit_code_taken_at", "unit_code", "account_id", "taken_at", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    account_id: Mapped[int] = mapped_column(BigInteger)
    latitude: Mapped[float]
    """WGS 84, degrees."""
    longitude: Mapped[float]
    accuracy_metres: Mapped[float]
    """It is within this of there with a probability of 95 %, as the phone says."""
    taken_at: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime]


class CrewActionState(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    """It can never be done as it was sent; `reason` says why."""


class CrewAction(Base):
    """One action from a crew's phone, taken exactly once however often it was sent."""

    __tablename__ = "crew_actions"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    """Made by the phone, a UUID."""
    unit_code: Mapped[str]
    account_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str]
    order_number: Mapped[str | None] = mapped_column(index=True)
    done_at: Mapped[dt.datetime]
    """By the phone's clock."""
    received_at: Mapped[dt.datetime]
    state: Mapped[CrewActionState]
    reason: Mapped[str] = mapped_column(default="")
    """Why it was refused, in Chinese."""


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_statuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'unit_statuses is append-only: what a crew did is never rewritten';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER unit_statuses_append_only
    BEFORE UPDATE OR DELETE ON unit_statuses FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_statuses()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(UnitStatusChange.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
