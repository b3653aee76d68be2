"""Commands on calls, as people gave them."""

import datetime as dt

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from telephony.control.commands import CommandKind, CommandState


class CallCommand(Base):
    """A command on a call: who, when, with whom, and (written later) what became of it."""

    __tablename__ = "call_commands"
    __table_args__ = (Index("ix_call_commands_linkedid", "linkedid", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    linkedid: Mapped[str]
    """The call; of one that is yet to be made `out-<id>`."""
    command: Mapped[CommandKind]
    target: Mapped[str]
    """An extension or number as typed; of a call for an order `citizen`, `office:CODE` or `unit:CODE`: the citizen's
    number never stands here."""
    order_number: Mapped[str | None]
    extension: Mapped[str]
    """The telephone with which it is done."""
    by_stranger: Mapped[bool] = mapped_column(default=False)
    """Whoever asked for it is not in the call, and somebody is to hear it."""
    account_id: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str]
    display_name: Mapped[str]
    """As it was then."""
    role: Mapped[str]
    asked_at: Mapped[dt.datetime]
    begun_at: Mapped[dt.datetime | None]
    """When the line took it up. Once begun it is never begun again."""
    ended_at: Mapped[dt.datetime | None]
    state: Mapped[CommandState]
    result: Mapped[str] = mapped_column(default="")
    """In plain Chinese."""
