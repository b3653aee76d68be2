"""What was done with accounts, and what was refused: rows that nobody rewrites.

`account_log` is append-only for ever. `refusals` is too, but what is older than `KEPT_DAYS` may be removed: strangers
make its rows.
"""

import datetime as dt
from enum import StrEnum

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, event
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base

KEPT_DAYS = 200
"""GB/T 22239 wants logs of six months."""


class AccountAction(StrEnum):
    """What was done with an account."""

    ADDED = "added"
    CHANGED = "changed"
    """Role, name, extension, office or crew."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word
    """By its owner."""
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a word
    """By somebody else; its owner chooses a new one when signing in."""
    CLOSED = "closed"
    REOPENED = "reopened"
    SESSIONS_ENDED = "sessions_ended"
    PHONE_SHOWN = "phone_shown"
    """An administrator was shown the password of a telephone."""


class AccountLogEntry(Base):
    """Somebody did something with an account. Never rewritten."""

    __tablename__ = "account_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    at: Mapped[dt.datetime]
    action: Mapped[AccountAction]
    detail: Mapped[str]
    """What changed, `role: agent → supervisor`; empty where the action says it all. Never a password."""
    by_account_id: Mapped[int | None] = mapped_column(BigInteger)
    """None: on the command line."""
    by_name: Mapped[str]
    """The account's name, or whose command line it was."""


class Reason(StrEnum):
    """Why somebody was refused."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a word
    UNKNOWN_NAME = "unknown_name"
    CLOSED_ACCOUNT = "closed_account"
    TOO_MANY_FOR_NAME = "too_many_for_name"
    TOO_MANY_FROM_ADDRESS = "too_many_from_address"
    TOO_MANY_IN_ALL = "too_many_in_all"
    TOO_MANY_AT_ONCE = "too_many_at_once"
    """All places for hashing were taken."""
    FORGED_LINK = "forged_link"
    NOT_ALLOWED = "not_allowed"
    """Signed in, and the role may not."""


class Refusal(Base):
    """Somebody was refused at the door, or behind it. Never rewritten."""

    __tablename__ = "refusals"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    reason: Mapped[Reason]
    name: Mapped[str]
    """The account's; of a name that nobody has, its beginning (people type their password there); empty: none."""
    address: Mapped[str]
    """Whole, unlike other records: an intruder's address must be known. Empty: unknown."""
    what: Mapped[str]
    """The route's name."""
    suppressed: Mapped[int]
    """How many refusals before this one have no row, because there were too many."""


APPEND_ONLY_SQL = (
    f"""
    CREATE OR REPLACE FUNCTION refuse_rewriting_of_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'refusals' AND OLD.at < now() - interval '{KEPT_DAYS} days' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% is append-only: what was done and refused is never rewritten', TG_TABLE_NAME;
    END $$
    """,
    *(
        f"""
        CREATE OR REPLACE TRIGGER {table}_append_only
        BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_of_accounts()
        """
        for table in ("account_log", "refusals")
    ),
)
"""For the migration too: alembic does not see triggers."""

for _kind in (AccountLogEntry, Refusal):
    for _statement in APPEND_ONLY_SQL:
        if _statement is APPEND_ONLY_SQL[0] or f" {_kind.__tablename__}_append_only" in _statement:
            event.listen(_kind.__table__, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
