"""Rows of the search for somebody who takes an order: how it stands, and everything that was done."""

import datetime as dt

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, Index, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from dispatch.assignments.crew_search_rules import CrewSearchState, SearchAction
from dispatch.kinds import Urgency
from dispatch.orders.models import Order


class CrewSearch(Base):
    """From laying an order before a crew until one takes it. An order has one open search at most."""

    __tablename__ = "crew_searches"
    __table_args__ = (
        Index("uq_crew_searches_open", "order_id", unique=True, postgresql_where="state IN ('running', 'alarmed')"),
        Index("ix_crew_searches_next_at", "next_at", postgresql_where="next_at IS NOT NULL"),
        Index("ix_crew_searches_alarm", "alarmed_at", postgresql_where="state = 'alarmed' AND alarm_seen_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    urgency: Mapped[Urgency]
    """Which of the city's plans is followed: the order's urgency when it began."""
    state: Mapped[CrewSearchState]
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    """The crew being asked."""
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
    tried: Mapped[list[str]]
    """Codes of all crews asked, in order, with this one."""
    step: Mapped[int] = mapped_column(default=0)
    """How many steps of the plan were done for this crew."""
    step_at: Mapped[dt.datetime]
    """When the latest of them was done, or this crew's turn began."""
    calls_before: Mapped[int] = mapped_column(default=0)
    """Attempts to call that this assignment had when the latest step began."""
    refused_at: Mapped[dt.datetime | None]
    """This crew said that it cannot go."""
    refused_why: Mapped[str] = mapped_column(default="")
    next_at: Mapped[dt.datetime | None]
    """When the search has to be looked at again; None: it has ended."""
    begun_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    """Taken or called off."""
    alarmed_at: Mapped[dt.datetime | None]
    alarm_seen_at: Mapped[dt.datetime | None]
    alarm_seen_by: Mapped[str] = mapped_column(default="")

    order: Mapped[Order] = relationship(lazy="raise")
    actions: Mapped[list["CrewSearchAction"]] = relationship(order_by="CrewSearchAction.seq", lazy="raise")


class CrewSearchAction(Base):
    """One thing done in a search. Never rewritten."""

    __tablename__ = "crew_search_actions"
    __table_args__ = (UniqueConstraint("search_id", "seq"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    search_id: Mapped[int] = mapped_column(ForeignKey("crew_searches.id"))
    seq: Mapped[int]
    """1 for the first."""
    at: Mapped[dt.datetime]
    action: Mapped[SearchAction]
    unit_code: Mapped[str]
    """The crew asked at that step."""
    why: Mapped[str] = mapped_column(default="")


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_crew_search_actions() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'crew_search_actions is append-only: what was done is never rewritten';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER crew_search_actions_append_only
    BEFORE UPDATE OR DELETE ON crew_search_actions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_crew_search_actions()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(CrewSearchAction.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
