"""Rows of calls: what Asterisk said, and the calls that it amounts to.

`call_events` is append-only and never edited; `calls` and `legs` are the fold of it (telephony.calls.call) and can be
made again from it.
"""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from core.database import Base
from core.numbers.phone import number_key
from telephony.calls.call_state import CallState, Direction, LegRole, Outcome

MOBILE_KEY = "^1[3-9][0-9]{9}$"
"""core.numbers.plan.MOBILE, for PostgreSQL: the keys whose mask shows their last four digits."""


class CallEvent(Base):
    """One fact that Asterisk stated about one channel."""

    __tablename__ = "call_events"
    __table_args__ = (
        UniqueConstraint("uniqueid", "kind", "at", "digest"),
        Index("ix_call_events_unfolded", "pbx", postgresql_where="NOT folded"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    pbx: Mapped[str]
    """Whose file it stood in; that PBX's line alone folds it."""
    linkedid: Mapped[str] = mapped_column(index=True)
    uniqueid: Mapped[str]
    kind: Mapped[str]
    """CEL event name, e.g. CHAN_START."""
    at: Mapped[dt.datetime]
    """Asterisk's own time stamp, microseconds."""
    digest: Mapped[str]
    """Distinguishes two facts of one channel, kind and microsecond; hash of the remaining fields."""
    fields: Mapped[dict[str, Any]]
    stored_at: Mapped[dt.datetime]
    folded: Mapped[bool] = mapped_column(default=False)
    """Whether the call's row already says what follows from it."""


class Call(Base):
    """One citizen's conversation, or one call of ours to a crew: all channels of one `linkedid`."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_live", "started_at", postgresql_where="ended_at IS NULL"),
        Index("ix_calls_caller_number_started_at", "caller_number", "started_at"),
        Index("ix_calls_caller_key_started_at", "caller_key", "started_at"),
        Index(
            "ix_calls_caller_ending",
            text('"right"(caller_key, 4)'),
            "started_at",
            postgresql_where=f"caller_key ~ '{MOBILE_KEY}'",
        ),
        Index("ix_calls_dialled", "called_number", "started_at", postgresql_where="direction = 'outbound'"),
    )

    linkedid: Mapped[str] = mapped_column(primary_key=True)
    pbx: Mapped[str]
    direction: Mapped[Direction]
    state: Mapped[CallState]
    outcome: Mapped[Outcome | None]
    """Decided once, when the call has ended."""
    caller_number: Mapped[str]
    """As the network gave it, however odd; empty: withheld."""
    caller_key: Mapped[str | None]
    """Of that number, whatever its spelling (core.numbers.phone.number_key); empty: it has none. None: stored
    before there were keys, and older than anybody asks for (telephony.calls.callers.make_caller_keys)."""
    caller_name: Mapped[str]
    called_number: Mapped[str]
    started_at: Mapped[dt.datetime] = mapped_column(index=True)
    queued_at: Mapped[dt.datetime | None]
    answered_at: Mapped[dt.datetime | None]
    """When a person (or the crew) was first connected; not when the PBX picked up."""
    ended_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str | None]
    """Endpoint of the first who was connected, e.g. `1001`, `unit-07`."""
    hangup_cause: Mapped[int | None]
    """Q.850 cause of the first leg."""
    recorded_uniqueid: Mapped[str | None]
    recording_started_at: Mapped[dt.datetime | None]
    message_stem: Mapped[str | None]
    message_started_at: Mapped[dt.datetime | None]
    message_ended_at: Mapped[dt.datetime | None]
    callback_number: Mapped[str | None]
    transferred_to: Mapped[str | None]
    survey_asked_at: Mapped[dt.datetime | None]
    """When the citizen was asked for a rating; None: not asked."""
    survey_key: Mapped[str | None]
    """1 (very dissatisfied) to 5 (very satisfied); None: not asked, or no key."""
    acted_on: Mapped[list[str]] = mapped_column(default=list)
    """Keys of the happenings whose actions are done, in the transaction that did them."""
    version: Mapped[int] = mapped_column(default=1)

    legs: Mapped[list["Leg"]] = relationship(
        back_populates="call", order_by="Leg.started_at", cascade="all, delete-orphan", lazy="selectin"
    )

    @validates("caller_number")
    def _keyed(self, _: str, number: str) -> str:
        self.caller_key = number_key(number)
        return number

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Leg(Base):
    """One channel of a call."""

    __tablename__ = "legs"
    __table_args__ = (Index("ix_legs_endpoint_started_at", "endpoint", "started_at"),)

    uniqueid: Mapped[str] = mapped_column(primary_key=True)
    linkedid: Mapped[str] = mapped_column(ForeignKey("calls.linkedid", ondelete="CASCADE"), index=True)
    channel: Mapped[str]
    endpoint: Mapped[str]
    """The PJSIP endpoint in the channel's name, e.g. `1001`, `trunk`, `unit-07`."""
    role: Mapped[LegRole]
    started_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    connected_at: Mapped[dt.datetime | None]
    """When it was first in a bridge with another leg."""
    citizen_at: Mapped[dt.datetime | None]
    """When it was first in a bridge with the citizen: shows which agent had the citizen since when."""
    ended_at: Mapped[dt.datetime | None]
    hangup_cause: Mapped[int | None]
    recording_stem: Mapped[str | None]
    """Of a consultation: what was said on this leg while the citizen heard music. The call's own is on its row."""
    recording_started_at: Mapped[dt.datetime | None]

    call: Mapped[Call] = relationship(back_populates="legs")


class CelPosition(Base):
    """How far Asterisk's CEL file has been read."""

    __tablename__ = "cel_positions"

    pbx: Mapped[str] = mapped_column(primary_key=True)
    inode: Mapped[int] = mapped_column(BigInteger)
    """Another number means that the file was rotated: read the new one from its start."""
    offset_bytes: Mapped[int] = mapped_column(BigInteger)
