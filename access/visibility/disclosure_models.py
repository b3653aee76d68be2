"""Which person looked at which citizen's name and number, and why. Never rewritten: a trigger refuses it."""

import datetime as dt

from sqlalchemy import DDL, BigInteger, Identity, Index, event
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Disclosure(Base):
    """Somebody said why, and was shown a citizen for some minutes. No foreign keys: the row outlives all it names."""

    __tablename__ = "disclosures"
    __table_args__ = (
        Index("ix_disclosures_account_id_until_at", "account_id", "until_at"),
        Index("ix_disclosures_order_id", "order_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[dt.datetime]
    until_at: Mapped[dt.datetime]
    """From then on it is masked again."""
    account_id: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str]
    """As it was then, like the two that follow."""
    display_name: Mapped[str]
    role: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    order_number: Mapped[str]
    """Empty: of a call that has no order."""
    linkedid: Mapped[str]
    """The call whose number was asked for; empty: the citizen of the order."""
    confidential: Mapped[bool]
    """Whether the citizen had asked to stay unnamed."""
    reason: Mapped[str]
    place: Mapped[str]
    """Where it was asked: the page's or the API's path."""
    address: Mapped[str]
    """From where, its last part left out; empty: unknown."""
    by_name: Mapped[bool] = mapped_column(default=False, server_default="false")
    """A search by a citizen's name; the orders that it found have rows of their own. The name is not stored: beside the
    hour, its first character would tell readers of the log who a reporter is."""


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_disclosures() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'disclosures is append-only: who looked at whom is never rewritten';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER disclosures_append_only
    BEFORE UPDATE OR DELETE ON disclosures FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_disclosures()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(Disclosure.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
