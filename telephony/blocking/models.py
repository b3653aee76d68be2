"""Rows of the block list: whose calls the line does not take, why, by whose decision and until when."""

import datetime as dt

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Block(Base):
    """One number that somebody proposed to block. What stands in it once is never changed: a decision is added."""

    __tablename__ = "blocks"
    __table_args__ = (
        Index("ix_blocks_number_key", "number_key", "id"),
        Index("ix_blocks_open", "expires_at", postgresql_where="lifted_at IS NULL AND refused_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    number: Mapped[str]
    """As the network gave it."""
    number_key: Mapped[str]
    """core.numbers.phone.number_key: never empty, so withheld numbers are never blocked."""
    reason: Mapped[str]
    linkedid: Mapped[str | None]
    """The call because of which it was proposed."""
    days: Mapped[int]
    """How long it is to last from the approval on."""
    proposed_at: Mapped[dt.datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(BigInteger)
    proposed_by: Mapped[str]
    approved_at: Mapped[dt.datetime | None]
    approved_by: Mapped[str | None]
    expires_at: Mapped[dt.datetime | None]
    """Never blocked for ever: set with the approval."""
    refused_at: Mapped[dt.datetime | None]
    refused_by: Mapped[str | None]
    lifted_at: Mapped[dt.datetime | None]
    """Before it expired."""
    lifted_by: Mapped[str | None]
    decided_by_id: Mapped[int | None] = mapped_column(BigInteger)
    """The account that refused or lifted it."""
    decision: Mapped[str] = mapped_column(default="", server_default="")
    """Why it was refused or lifted."""
