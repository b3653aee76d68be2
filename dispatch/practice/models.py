"""Rows of practice calls: the agent, the script, and what the form held. They are no orders and count in no figure."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.channel_ids import practice_id
from core.database import Base


class PracticeRun(Base):
    """One practice call, from the request to the compared form."""

    __tablename__ = "practice_runs"
    __table_args__ = (Index("ix_practice_runs_account_id", "account_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    script: Mapped[str]
    """Its code; the city may have taken the script away since."""
    account_id: Mapped[int] = mapped_column(BigInteger)
    """The agent who practises."""
    display_name: Mapped[str]
    extension: Mapped[str]
    started_by: Mapped[str]
    """Display name of the person who began it: the agent, or a supervisor."""
    asked_at: Mapped[dt.datetime]
    rang_at: Mapped[dt.datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    """Why the telephone was not picked up, for people; empty: it was, or it rings."""
    filled: Mapped[dict[str, Any] | None]
    """Field → what the form held when it was handed in; None: not yet."""
    filled_at: Mapped[dt.datetime | None]

    @property
    def linkedid(self) -> str:
        """Of its call."""
        return practice_id(self.id)
