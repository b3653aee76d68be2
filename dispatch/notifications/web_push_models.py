"""Rows of browsers that want notifications when their page is closed (Web Push, RFC 8030)."""

import datetime as dt

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from dispatch.orders.assignment_models import RecipientKind


class WebPushSubscription(Base):
    """One browser of one recipient; removed when its push service says that it is gone."""

    __tablename__ = "web_push_subscriptions"
    __table_args__ = (Index("ix_web_push_subscriptions_recipient", "recipient_kind", "recipient_code"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    recipient_kind: Mapped[RecipientKind]
    recipient_code: Mapped[str]
    account_id: Mapped[int] = mapped_column(BigInteger)
    endpoint: Mapped[str] = mapped_column(unique=True)
    """The push service's address for this browser: anybody who knows it can send to it, so it is shown to nobody."""
    p256dh: Mapped[str]
    """The browser's public key, base64url."""
    auth: Mapped[str]
    """The browser's secret, base64url."""
    user_agent: Mapped[str]
    created_at: Mapped[dt.datetime]
    refused: Mapped[str] = mapped_column(default="", server_default="")
    """Why the latest message did not get there, for people; empty: it did, or none was sent."""
    refused_at: Mapped[dt.datetime | None]
