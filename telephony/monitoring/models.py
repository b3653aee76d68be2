"""Rows of the probe: whether the line lives, what was found wrong, and who is to be ready."""

import datetime as dt

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from telephony.ami.status import ManagerState
from telephony.monitoring.processes import BackupKind
from telephony.trouble_kinds import TroubleKind


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


class PhoneRegistration(Base):
    """Whether a telephone is there for the exchange, as its line process sees it every few seconds; also, as `trunk`,
    whether the carrier takes our registration. Stored when it changes."""

    __tablename__ = "phone_registrations"

    pbx: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    """The SIP account: `1001`, `1001-web`, `unit-01`, `trunk`."""
    present: Mapped[bool]
    word: Mapped[str]
    """Asterisk's own."""
    since: Mapped[dt.datetime]
    """When it was first seen so."""


class ProcessHeart(Base):
    """What each of our processes says of itself every few seconds. Old: it is not there."""

    __tablename__ = "processes"

    host: Mapped[str] = mapped_column(primary_key=True)
    pid: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str]
    """`line`, `web`, `live`, `worker`."""
    started_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    release: Mapped[str]
    """Of the program."""
    city_version: Mapped[str]
    """The folder of the city's files by which it works: alike where the content is."""
    city_since: Mapped[dt.datetime]
    city_refused: Mapped[str]
    """Why it does not work by the version that is in force; empty: it does."""
    model: Mapped[str]
    """The speech model that it has loaded: name and digest; empty: none."""
    disk_folder: Mapped[str]
    disk_free_bytes: Mapped[int] = mapped_column(BigInteger)
    """Of the folders that it writes to, the one with the least room; -1: not known."""


class BackupRun(Base):
    """One time that a backup was made, read again, or restored for a proof."""

    __tablename__ = "backup_runs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[BackupKind]
    at: Mapped[dt.datetime]
    """When it was over."""
    folder: Mapped[str]
    failure: Mapped[str]
    """Empty: all is well."""
    files: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    """Newly copied; 0 where nothing was."""


class ProbeRound(Base):
    """One time that the probe rang the line."""

    __tablename__ = "probe_rounds"

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
    raised_sent_at: Mapped[dt.datetime | None]
    """When command and webhook were called; None: not yet, tried again with every round."""
    cleared_sent_at: Mapped[dt.datetime | None]


class RosterEntry(Base):
    """Required readiness in one span of time; overrides the city's weekly shifts."""

    __tablename__ = "roster_entries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime] = mapped_column(index=True)
    ready_least: Mapped[int]
    """How many agents must be ready."""
    extensions: Mapped[list[str]]
    """These must be among them; empty: anybody."""
    note: Mapped[str]
