"""Rows of the telephone: what Asterisk said, and the calls that it amounts to.

`call_events` is append-only and never edited; `calls` and `legs` are the fold of it (telephony.calls.call) and can be
made again from it.
"""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from core.database import Base
from core.phone import number_key
from telephony.ami.status import ManagerState
from telephony.calls.call_state import CallState, Direction, LegRole, Outcome
from telephony.control.commands import DeedKind, DeedState
from telephony.monitoring.line_health import TroubleKind


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
    """Tells two facts of one channel, kind and microsecond apart; hash of the remaining fields."""
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
    """Of that number, whatever its spelling (core.phone.number_key); empty: it has none. None: stored before there were
    keys, and older than anybody asks for (telephony.calls.callers.make_caller_keys)."""
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
    """When the citizen was asked how it was; None: he was not."""
    survey_key: Mapped[str | None]
    """1 (very dissatisfied) to 5 (very satisfied); None: not asked, or no key."""
    acted_on: Mapped[list[str]] = mapped_column(default=list)
    """Keys of the happenings whose deeds are done, in the transaction that did them."""
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
    """When it was first in a bridge with the citizen: who had him before them, and since when."""
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


class CallDeed(Base):
    """What somebody wished done with a call: who, when, with whom, and (written later) what became of it."""

    __tablename__ = "call_deeds"
    __table_args__ = (Index("ix_call_deeds_linkedid", "linkedid", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    linkedid: Mapped[str]
    """The call; of one that is yet to be made `out-<id>`."""
    deed: Mapped[DeedKind]
    target: Mapped[str]
    """An extension or number as typed; of a call for an order `citizen`, `office:CODE` or `unit:CODE`: the citizen's
    number never stands here."""
    order_number: Mapped[str | None]
    extension: Mapped[str]
    """The telephone with which it is done."""
    account_id: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str]
    display_name: Mapped[str]
    """As it was then."""
    role: Mapped[str]
    asked_at: Mapped[dt.datetime]
    begun_at: Mapped[dt.datetime | None]
    """When the line took it up. Once begun it is never begun again."""
    ended_at: Mapped[dt.datetime | None]
    state: Mapped[DeedState]
    result: Mapped[str] = mapped_column(default="")
    """In plain Chinese."""


class AgentState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    PAUSED = "paused"
    """With a reason; after-call work is one of them."""


class AgentPhone(StrEnum):
    TELEPHONE = "telephone"
    """A SIP telephone, account `1001`."""
    BROWSER = "browser"
    """The desk's page, account `1001-web`."""


class Agent(Base):
    """What an agent last said of himself; that he rings or talks follows from the live calls' legs."""

    __tablename__ = "agents"

    extension: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[AgentState]
    reason: Mapped[str | None]
    since: Mapped[dt.datetime]
    phone: Mapped[AgentPhone] = mapped_column(default=AgentPhone.TELEPHONE, server_default=AgentPhone.TELEPHONE)
    """Which of his two telephones the queue rings."""


class AgentSpell(Base):
    """How long an agent was in one state: what wrap-up time and duty are told from."""

    __tablename__ = "agent_spells"
    __table_args__ = (
        Index("ix_agent_spells_open", "extension", unique=True, postgresql_where="until IS NULL"),
        Index("ix_agent_spells_since", "since"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    extension: Mapped[str]
    state: Mapped[AgentState]
    reason: Mapped[str | None]
    since: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]
    """None: he still is."""


class LineHeart(Base):
    """What the line process of one PBX says of itself every few seconds. Old: it is not there."""

    __tablename__ = "lines"

    pbx: Mapped[str] = mapped_column(primary_key=True)
    manager_state: Mapped[ManagerState]
    since: Mapped[dt.datetime]
    """Since when the manager connection stands so."""
    detail: Mapped[str]
    """A plain sentence about the connection."""
    cel_read_at: Mapped[dt.datetime | None]
    """When the CEL file was last read to its end; None: not yet since the process began."""
    cel_backlog_bytes: Mapped[int] = mapped_column(BigInteger)
    """Of the CEL file, written and not yet read."""
    unfolded_facts: Mapped[int]
    """Read and stored, but not yet in their calls' rows."""
    started_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]


class WatchRound(Base):
    """One time that the watch rang the line."""

    __tablename__ = "watch_rounds"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    pbx: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(index=True)
    answer_seconds: Mapped[float | None]
    """From dialling to the PBX's answer; None: it did not answer."""
    greeting_score: Mapped[float | None]
    """How much of the greeting was recognised, 0 to 1; None: nothing was heard."""
    ready_agents: Mapped[int | None]
    """None: the PBX could not be asked."""
    wanted_agents: Mapped[int]
    troubles: Mapped[list[str]]
    """Kinds of trouble; empty: all is well."""


class Alarm(Base):
    """Something because of which a citizen would not have been answered, from when to when."""

    __tablename__ = "alarms"
    __table_args__ = (Index("ix_alarms_open", "pbx", "kind", unique=True, postgresql_where="cleared_at IS NULL"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    pbx: Mapped[str]
    kind: Mapped[TroubleKind]
    detail: Mapped[str]
    raised_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    """The last round that met it."""
    cleared_at: Mapped[dt.datetime | None]
    raise_told_at: Mapped[dt.datetime | None]
    """When command and webhook were told; None: not yet, tried again with every round."""
    clear_told_at: Mapped[dt.datetime | None]


class DutyEntry(Base):
    """Who is to be ready in one span of time; stands above the city's weekly shifts."""

    __tablename__ = "duty_entries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime] = mapped_column(index=True)
    ready_least: Mapped[int]
    """So many agents must be ready."""
    extensions: Mapped[list[str]]
    """These must be among them; empty: anybody."""
    note: Mapped[str]
