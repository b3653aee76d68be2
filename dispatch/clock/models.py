"""Rows of the clock: an office's custody of an order, what fell due on it, and who must answer for that.

Turns outlive redispatching and reopening, which the order's own columns do not: scorecards are counted from them.
"""

import datetime as dt
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from dispatch.clock.timers import DueKind


class CustodyEnd(StrEnum):
    """How an office's custody of an order ended."""

    CLOSED = "closed"
    MOVED = "moved"
    """The lead went to another office."""
    REOPENED = "reopened"
    """The citizen was not content before it was closed."""
    MERGED = "merged"
    INVALID = "invalid"


class CustodyPeriod(Base):
    """One lead office's custody of an order: from a dispatch to its end."""

    __tablename__ = "custody_periods"
    __table_args__ = (
        Index("uq_custody_periods_open", "order_id", unique=True, postgresql_where="ended_at IS NULL"),
        Index("ix_custody_periods_order_id", "order_id"),
        Index("ix_custody_periods_dispatched_at", "dispatched_at"),
        Index("ix_custody_periods_office_code_dispatched_at", "office_code", "dispatched_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    office_code: Mapped[str] = mapped_column(ForeignKey("offices.code"))
    dispatched_at: Mapped[dt.datetime]
    accept_due_at: Mapped[dt.datetime]
    finish_due_at: Mapped[dt.datetime]
    """As it was moved by extensions and promises."""
    accepted_at: Mapped[dt.datetime | None]
    replied_at: Mapped[dt.datetime | None]
    """The reply that stands; None again when it was sent back."""
    sent_back: Mapped[int] = mapped_column(default=0)
    marked: Mapped[int] = mapped_column(default=0, server_default="0")
    """Replies that were marked as evasive when they came …"""
    marked_sent_back: Mapped[int] = mapped_column(default=0, server_default="0")
    """… and those of them that were sent back."""
    extended: Mapped[int] = mapped_column(default=0)
    warned: Mapped[int] = mapped_column(default=0)
    citizen_answered: Mapped[bool | None]
    """Follow-up of this period; None: not asked."""
    citizen_solved: Mapped[bool | None]
    citizen_satisfied: Mapped[bool | None]
    ended_at: Mapped[dt.datetime | None]
    ended: Mapped[CustodyEnd | None]
    reopened_at: Mapped[dt.datetime | None]


class DueEvent(Base):
    """Something fell due on an order. One row for each limit: what makes it happen exactly once."""

    __tablename__ = "due_events"
    __table_args__ = (
        UniqueConstraint("order_id", "kind", "due_at", "office_code"),
        Index("ix_due_events_office_code_id", "office_code", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    kind: Mapped[DueKind]
    due_at: Mapped[dt.datetime]
    office_code: Mapped[str]
    """The office that it concerns; empty: the city's own people."""
    at: Mapped[dt.datetime]
    """When it was found, which is later than it fell if nobody swept."""


class Accountability(Base):
    """问责清单: an office that did not accept or did not answer within the city's limits."""

    __tablename__ = "accountability"
    __table_args__ = (
        UniqueConstraint("order_id", "kind", "due_at", "office_code"),
        Index("ix_accountability_office_code_due_at", "office_code", "due_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    kind: Mapped[DueKind]
    """accept_accountability or finish_warning."""
    due_at: Mapped[dt.datetime]
    office_code: Mapped[str] = mapped_column(ForeignKey("offices.code"))
    at: Mapped[dt.datetime]
    responsible: Mapped[str]
    """The office's deputy in charge at that time."""
    first_responsible: Mapped[str]
    """Its head."""
