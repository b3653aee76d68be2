"""Rows of absences: the person away, and the stand-in. Only how one ended, or lost its stand-in, is
ever added to a row."""

import datetime as dt

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from dispatch.absences.rules import days_words


class Absence(Base):
    """One person away, for whole days of the city; it ends by itself with its last day."""

    __tablename__ = "absences"
    __table_args__ = (
        Index("ix_absences_account_id", "account_id", "last_day"),
        Index("ix_absences_stand_in_id", "stand_in_id", "last_day"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    """As the person was called then, like the next."""
    stand_in_id: Mapped[int] = mapped_column(BigInteger)
    stand_in_name: Mapped[str]
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    """The last one away."""
    reason: Mapped[str]
    entered_at: Mapped[dt.datetime]
    entered_by: Mapped[str]
    ended_at: Mapped[dt.datetime | None]
    """Ended by a person before its last day."""
    ended_by: Mapped[str | None]
    stand_in_gone_at: Mapped[dt.datetime | None]
    """The stand-in's account was closed, or has another post: from then on nobody stands in."""

    @property
    def days(self) -> str:
        return days_words(self.first_day, self.last_day)
