"""What one person asked for and another decided. Two append-only tables: the request, and its one decision."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, Index, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from dispatch.workflow import Role


class Decision(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """By the one who had asked."""


class Approval(Base):
    """A request that somebody else must decide. No foreign key to accounts: the row outlives them."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index("ix_approvals_kind_subject", "kind", "subject"),
        Index("ix_approvals_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    """dispatch.approvals.step_for_two.Rule says what it means."""
    subject: Mapped[str]
    """What it is about, in the kind's own terms: an order's number."""
    reason: Mapped[str]
    asked_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    """From then on nobody can approve it any more."""
    asker_id: Mapped[int] = mapped_column(BigInteger)
    asker_name: Mapped[str]
    """As it was then, like the role."""
    asker_role: Mapped[Role]

    decided: Mapped["ApprovalDecision | None"] = relationship(lazy="joined", back_populates="approval")


class ApprovalDecision(Base):
    __tablename__ = "approval_decisions"

    approval_id: Mapped[int] = mapped_column(ForeignKey("approvals.id"), primary_key=True)
    decision: Mapped[Decision]
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime]
    decider_id: Mapped[int] = mapped_column(BigInteger)
    decider_name: Mapped[str]
    decider_role: Mapped[Role]

    approval: Mapped[Approval] = relationship(lazy="raise", back_populates="decided")


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_approvals() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: what was asked and decided is never rewritten', TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER approvals_append_only
    BEFORE UPDATE OR DELETE ON approvals FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_approvals()
    """,
    """
    CREATE OR REPLACE TRIGGER approval_decisions_append_only
    BEFORE UPDATE OR DELETE ON approval_decisions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_approvals()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(ApprovalDecision.__table__, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]


class ApprovalState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
