"""Rows of notifications: what is sent to whom over which channel, every attempt at it, and where people can be reached.

`notification_attempts` is append-only: a trigger refuses to rewrite what was tried.
"""

import datetime as dt

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, Index, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from dispatch.notifications.rules import AttemptOutcome, Audience, NotificationChannel, NotificationState, Template
from dispatch.orders.models import Order


class Notification(Base):
    """One text for one address. Queued in the transaction of its cause; the worker sends it."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_order_id", "order_id"),
        Index("ix_notifications_state_id", "state", "id"),
        Index("ix_notifications_begun", "channel", "address", "begun_at", postgresql_where="begun_at IS NOT NULL"),
        Index("ix_notifications_open", "next_try_at", postgresql_where="state IN ('waiting', 'held')"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    audience: Mapped[Audience]
    code: Mapped[str]
    """Of the office or unit; empty for the others."""
    channel: Mapped[NotificationChannel]
    address: Mapped[str]
    """As its channel knows it: number, mail address, robot's key, topic."""
    template: Mapped[Template]
    title: Mapped[str]
    text: Mapped[str]
    """As it is sent, but for the link."""
    link_path: Mapped[str] = mapped_column(default="")
    """The page that dispatch.notifications.rules.LINK in the text stands for; its address is signed when it is sent.
    Empty: no link."""
    link_about: Mapped[int | None] = mapped_column(BigInteger)
    link_expires_at: Mapped[dt.datetime | None]
    queued_at: Mapped[dt.datetime] = mapped_column(index=True)
    state: Mapped[NotificationState]
    next_try_at: Mapped[dt.datetime | None]
    """None: nobody tries (any more)."""
    begun_at: Mapped[dt.datetime | None]
    """When the latest attempt began."""
    under_way: Mapped[bool] = mapped_column(default=False, server_default="false")
    """An attempt began and its end is not stored: it goes on now, or its process died."""
    tries: Mapped[int] = mapped_column(default=0)
    """Failed, since it was queued or a person sent it again."""
    resent_at: Mapped[dt.datetime | None]
    """When a person last had it sent again: from then on it counts as new."""
    sent_at: Mapped[dt.datetime | None]
    why: Mapped[str] = mapped_column(default="")
    """Why it was not sent (yet), for people."""

    order: Mapped[Order | None] = relationship(lazy="raise")
    attempts: Mapped[list["NotificationAttempt"]] = relationship(order_by="NotificationAttempt.id", lazy="raise")


class NotificationAttempt(Base):
    """One attempt at a notification, or what a person decided about it. Never rewritten."""

    __tablename__ = "notification_attempts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    notification_id: Mapped[int] = mapped_column(ForeignKey("notifications.id"), index=True)
    at: Mapped[dt.datetime]
    outcome: Mapped[AttemptOutcome]
    by: Mapped[str] = mapped_column(default="")
    """The person who decided; empty: the system sent."""
    result: Mapped[str]
    """What the other side answered, or why it did not."""
    next_try_at: Mapped[dt.datetime | None]


class Contact(Base):
    """Where an office, a crew or one of the city's roles is notified. Citizens are notified at the number of their
    order.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        Index(
            "uq_contacts_open",
            "audience",
            "code",
            "channel",
            "address",
            unique=True,
            postgresql_where="removed_at IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    audience: Mapped[Audience]
    code: Mapped[str]
    channel: Mapped[NotificationChannel]
    address: Mapped[str]
    secret: Mapped[str] = mapped_column(default="")
    """What a robot's messages are signed with; never shown again."""
    with_link: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Nobody there can sign in: an office's notifications carry a link to the order
    (dispatch.notifications.office_links)."""
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    """Whose own number or address it is: while this person is away, the stand-in is notified instead. None: the
    office's."""
    added_at: Mapped[dt.datetime]
    added_by: Mapped[str]
    removed_at: Mapped[dt.datetime | None]
    removed_by: Mapped[str | None]


class ChannelTest(Base):
    """One message that an administrator sent to themselves through a channel. It is no notification: nothing is tried
    again."""

    __tablename__ = "channel_tests"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel: Mapped[NotificationChannel]
    address: Mapped[str]
    """Masked."""
    by_account_id: Mapped[int] = mapped_column(BigInteger)
    by_name: Mapped[str]
    at: Mapped[dt.datetime]
    done: Mapped[bool]
    """Whether the other side took it."""
    result: Mapped[str]
    """What it answered, or why it did not."""


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: what was tried is never rewritten', TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER notification_attempts_append_only
    BEFORE UPDATE OR DELETE ON notification_attempts FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_attempts()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(NotificationAttempt.__table__, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
