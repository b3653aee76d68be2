"""Rows of the links with which an office handles one order without signing in, and every use of one.

The link itself is stored nowhere: it is signed when its notification is sent (core.links) and names its row.
`office_link_uses` is append-only: a trigger refuses to rewrite who came when.
"""

import datetime as dt
from enum import StrEnum

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from dispatch.orders.models import Order


class LinkEnd(StrEnum):
    """Why a link is good no more before it expires."""

    REVOKED = "revoked"
    """A coordinator took it back."""
    MOVED = "moved"
    """Another office has the order."""
    CLOSED = "closed"
    """Closed, merged or thrown out."""


class LinkAction(StrEnum):
    """What was asked for through a link, whether or not it was granted."""

    OPENED = "opened"
    """The page; telephones open links by themselves to show what is behind."""
    SENT_STEP = "sent_step"
    SENT_FILE = "sent_file"
    FETCHED_FILE = "fetched_file"


class OfficeLink(Base):
    """One order for one office, until it expires or ends."""

    __tablename__ = "office_links"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    office_code: Mapped[str] = mapped_column(ForeignKey("offices.code"))
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str]
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    ended: Mapped[LinkEnd | None]
    ended_by: Mapped[str] = mapped_column(default="")
    """The person who revoked it; empty: not revoked."""

    order: Mapped[Order] = relationship(lazy="raise")
    uses: Mapped[list["OfficeLinkUse"]] = relationship(order_by="OfficeLinkUse.id", lazy="raise")


class OfficeLinkUse(Base):
    """Somebody came through a link. Never rewritten."""

    __tablename__ = "office_link_uses"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("office_links.id"), index=True)
    at: Mapped[dt.datetime]
    action: Mapped[LinkAction]
    address: Mapped[str]
    """From where, its last part left out; empty: unknown."""


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_uses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: who used a link is never rewritten', TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER office_link_uses_append_only
    BEFORE UPDATE OR DELETE ON office_link_uses FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_uses()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(OfficeLinkUse.__table__, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
