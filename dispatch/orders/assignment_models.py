"""Rows of what was assigned to whom: an assignment for each office and crew, and each call of ours to a crew's
phone."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from dispatch.orders.models import Order


class RecipientKind(StrEnum):
    OFFICE = "office"
    UNIT = "unit"


class AssignmentPurpose(StrEnum):
    LEAD = "lead"
    ASSIST = "assist"
    CREW = "crew"


class Assignment(Base):
    """An order assigned to one office or one unit; theirs to acknowledge."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index(
            "ix_assignments_open",
            "recipient_kind",
            "recipient_code",
            "id",
            postgresql_where="acknowledged_at IS NULL AND withdrawn_at IS NULL",
        ),
        Index("ix_assignments_recipient", "recipient_kind", "recipient_code", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    recipient_kind: Mapped[RecipientKind]
    recipient_code: Mapped[str]
    purpose: Mapped[AssignmentPurpose]
    created_at: Mapped[dt.datetime]
    delivered_at: Mapped[dt.datetime | None]
    """When it first reached a connected screen of the recipient."""
    acknowledged_at: Mapped[dt.datetime | None]
    acknowledged_by: Mapped[str | None]
    """The person's name, or the extension whose key 1 it was."""
    via: Mapped[str | None]
    """How it was acknowledged: `inbox` or `phone`."""
    withdrawn_at: Mapped[dt.datetime | None]
    """The order went to somebody else, or needs nobody any more."""

    order: Mapped["Order"] = relationship(lazy="raise")
    calls: Mapped[list["DispatchCall"]] = relationship(
        back_populates="assignment", order_by="DispatchCall.attempt", lazy="raise"
    )


class DispatchCallState(StrEnum):
    PLACING = "placing"
    RINGING = "ringing"
    ANSWERED = "answered"
    ACKNOWLEDGED = "acknowledged"
    """A key was pressed: somebody has the order."""
    REFUSED = "refused"
    """The crew said by key that it cannot go."""
    NO_ANSWER = "no_answer"
    """Rang out, was busy or refused, or was answered and hung up without the key."""
    FAILED = "failed"
    """Could not be placed."""

    @property
    def ended(self) -> bool:
        return self not in (DispatchCallState.PLACING, DispatchCallState.RINGING, DispatchCallState.ANSWERED)


class DispatchCall(Base):
    """One attempt to say an assignment aloud on the crew's phone."""

    __tablename__ = "dispatch_calls"
    __table_args__ = (UniqueConstraint("assignment_id", "attempt"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    attempt: Mapped[int]
    """1 for the first."""
    channel_id: Mapped[str] = mapped_column(unique=True)
    """`dispatch-<assignment>-<attempt>`: the channel's uniqueid and the call's linkedid."""
    state: Mapped[DispatchCallState]
    at: Mapped[dt.datetime]
    """When it was begun."""
    ended_at: Mapped[dt.datetime | None]
    result: Mapped[str] = mapped_column(default="")
    """What came of it, in plain words."""

    assignment: Mapped[Assignment] = relationship(back_populates="calls", lazy="raise")


@dataclass(frozen=True)
class Recipient:
    kind: RecipientKind
    code: str
    purpose: AssignmentPurpose
