"""Accounts that may sign in, and their sessions."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from dispatch.workflow import Role


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    """What is typed to sign in; lower case."""
    display_name: Mapped[str]
    password_hash: Mapped[str]
    """argon2id."""
    role: Mapped[Role]
    extension: Mapped[str | None]
    """An agent's telephone extension, e.g. `1001`."""
    office_code: Mapped[str | None]
    unit_code: Mapped[str | None]
    """Whose inbox an office's or a crew's account opens."""
    disabled_at: Mapped[dt.datetime | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    """Somebody else made the password: its owner chooses one before anything else."""
    created_at: Mapped[dt.datetime]


class SavedFilter(Base):
    """A filter of the list of orders that somebody keeps under a name."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[dict[str, Any]]
    """Of the page of orders (web.orders.schemas.OrdersQuery), only what was chosen."""
    created_at: Mapped[dt.datetime]


class WebSession(Base):
    """One signed-in browser or program; revoked by deleting the row."""

    __tablename__ = "web_sessions"

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    """The token itself is only with its bearer."""
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    """What lists of sessions call it."""
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    """Last used, to some minutes (access.accounts.sessions)."""
    expires_at: Mapped[dt.datetime]
    """Unused, and not later than `ends_at`."""
    ends_at: Mapped[dt.datetime]
    """However much it is used."""
    user_agent: Mapped[str]
    address: Mapped[str]
    """From where, its last part left out (`mask_address`)."""

    account: Mapped[Account] = relationship(lazy="joined")
