"""Rows of what was proposed for an order, what became of it, and the models that learned from that."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class ProposalState(StrEnum):
    OPEN = "open"
    """Nobody has looked at it; the next words may change it."""
    CONFIRMED = "confirmed"
    EDITED = "edited"
    """A person put something else there."""
    REJECTED = "rejected"
    """A person emptied the field."""


class ProposalRow(Base):
    """One field of an order that a call began, as it was proposed last before a person decided."""

    __tablename__ = "proposals"
    __table_args__ = (UniqueConstraint("order_id", "field"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    field: Mapped[str]
    """Name of the order's field, or lead_office_code, which only informs."""
    value: Mapped[str]
    confidence: Mapped[float]
    """0 to 1."""
    alternatives: Mapped[list[dict[str, Any]]]
    """[{"value", "confidence"}…], likeliest first."""
    source: Mapped[dict[str, Any] | None]
    """{"speaker", "start", "end", "words"}, seconds of the recording; None: from all that was said."""
    why: Mapped[str] = mapped_column(default="")
    made_at: Mapped[dt.datetime]
    model: Mapped[str] = mapped_column(default="")
    """Version of the learned model that had a say; empty: the rules alone."""
    state: Mapped[ProposalState]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    """Account."""
    final: Mapped[str] = mapped_column(default="")
    """What the person put there."""


class MatterModelRow(Base):
    """What `hotline learn` made, and whether it is used. Rows are kept: each proposal names its model."""

    __tablename__ = "matter_models"
    __table_args__ = (Index("ix_matter_models_used_id", "used", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    version: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[dt.datetime]
    matters: Mapped[int]
    """Confirmed orders that it learned from."""
    compared: Mapped[dict[str, Any]]
    """hotline.bridges.learning.Compared: its accuracy and the rules', by cross-validation."""
    used: Mapped[bool]
    """False: worse than the rules."""
    weights: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """dispatch.intake.matter_model.dump_model."""
