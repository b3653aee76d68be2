"""Rows of call-backs: citizens who kept their place in the queue, and every try to reach them."""

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from dispatch.callbacks.rules import CallbackState, TryResult
from dispatch.orders.models import Order


class Callback(Base):
    """A citizen who pressed key 1 in the queue."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index("ix_callbacks_open", "place_at", postgresql_where="state IN ('waiting', 'dialling')"),
        Index("ix_callbacks_number", "number"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    linkedid: Mapped[str] = mapped_column(unique=True)
    """The call in which the citizen asked."""
    number: Mapped[str]
    """Digits, as the network gave them or the citizen keyed them."""
    place_at: Mapped[dt.datetime]
    """When the citizen joined the queue: the place that they keep."""
    asked_at: Mapped[dt.datetime]
    state: Mapped[CallbackState]
    tries: Mapped[int] = mapped_column(default=0)
    """How often the citizen was called."""
    next_try_at: Mapped[dt.datetime | None]
    """Not before; None: at once."""
    ended_at: Mapped[dt.datetime | None]
    note: Mapped[str] = mapped_column(default="")
    """Why it was settled without a call, and by whom."""
    version: Mapped[int] = mapped_column(default=1)

    order: Mapped[Order] = relationship(lazy="raise")
    all_tries: Mapped[list["CallbackTry"]] = relationship(order_by="CallbackTry.id", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class CallbackTry(Base):
    """One click: an agent's telephone, then the citizen's."""

    __tablename__ = "callback_tries"
    __table_args__ = (UniqueConstraint("channel_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callbacks.id"), index=True)
    channel_id: Mapped[str]
    """What Asterisk calls the agent's channel, and with it the whole call."""
    extension: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str]
    begun_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    result: Mapped[TryResult | None]
    """None: still under way."""
