"""Rows of checks of reachability, and of the alarms about what was not reached.

What has ended is never rewritten: a trigger refuses it.
"""

import datetime as dt

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, Index, event
from sqlalchemy.orm import Mapped, mapped_column

from core.channel_ids import reachability_check_id
from core.database import Base
from dispatch.notifications.rules import Audience
from dispatch.reachability.rules import ReachabilityMeans, ReachabilityResult


class ReachabilityCheck(Base):
    """One check of one contact. At any moment at most one of it is open."""

    __tablename__ = "reachability_checks"
    __table_args__ = (
        Index("uq_reachability_checks_open", "subject", unique=True, postgresql_where="ended_at IS NULL"),
        Index("ix_reachability_checks_subject_id", "subject", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[str]
    """What is checked: `contact-12`, `push-unit-01`, `phone-unit-01`."""
    means: Mapped[ReachabilityMeans]
    audience: Mapped[Audience]
    code: Mapped[str]
    """Of the office or unit."""
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    notification_id: Mapped[int | None] = mapped_column(ForeignKey("notifications.id"), index=True)
    """As which a message went out: its attempts are there."""
    asked_by: Mapped[str] = mapped_column(default="")
    """The person who started it; empty: the schedule."""
    begun_at: Mapped[dt.datetime]
    rang_at: Mapped[dt.datetime | None]
    """When the telephone rang; stored before it rings."""
    ended_at: Mapped[dt.datetime | None]
    result: Mapped[ReachabilityResult | None]
    said: Mapped[str] = mapped_column(default="")
    """What became of it, for people."""

    @property
    def channel_id(self) -> str:
        """What Asterisk calls the check's call."""
        return reachability_check_id(self.id)


class ReachabilityAlarm(Base):
    """A contact is not reached any more; until a person has seen it, or it is reached again or taken out."""

    __tablename__ = "reachability_alarms"
    __table_args__ = (Index("uq_reachability_alarms_open", "subject", unique=True, postgresql_where="over_at IS NULL"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    raised_at: Mapped[dt.datetime]
    over_at: Mapped[dt.datetime | None]
    over_by: Mapped[str] = mapped_column(default="")
    """The person who acknowledged it; empty: the contact was reached again or removed."""


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_checks() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a check that has ended is never rewritten';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER reachability_checks_append_only BEFORE UPDATE OR DELETE ON reachability_checks
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_rewriting_checks()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(ReachabilityCheck.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
