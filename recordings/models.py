"""Rows of the archive: the recording of each call, its transcript, and what was said when."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base


class RecordingState(StrEnum):
    EXPECTED = "expected"
    """The call was recorded by Asterisk; the archive has not yet taken the files."""
    SAVED = "saved"
    FAILED = "failed"
    """`reason` says what is missing; looked at again when asked."""
    DESTROYED = "destroyed"
    """Its time was over (recordings.archive.retention); the ledger has its checksum, `reason` the rule."""


class RecordingPart(StrEnum):
    CONVERSATION = "conversation"
    """Both legs from answer to hang-up."""
    MESSAGE = "message"
    """What the citizen left after the tone."""
    CONSULTATION = "consultation"
    """What agent and a third said to each other while the citizen heard music."""


class TranscriptState(StrEnum):
    WAITING = "waiting"
    """Until a worker is free, or a model is installed (`reason`)."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Speaker(StrEnum):
    CALLER = "caller"
    """The far side of an incoming call."""
    CITY = "city"
    """Agent, announcement, or our own voice in a call to a crew."""
    UNIT = "unit"
    """The crew that we called."""


class Recording(Base):
    __tablename__ = "recordings"
    __table_args__ = (UniqueConstraint("linkedid", "part", "uniqueid"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    linkedid: Mapped[str]
    """The call."""
    uniqueid: Mapped[str]
    """The recorded channel: the originals' file names begin with it."""
    part: Mapped[RecordingPart]
    state: Mapped[RecordingState]
    reason: Mapped[str | None]
    """Why it failed, or what is wrong with what was saved (a leg missing, too short …), in plain Chinese."""
    far_side: Mapped[Speaker]
    """The speaker on the left channel; the right one is always the city's side."""
    started_at: Mapped[dt.datetime]
    """When Asterisk began to record: second 0 of the audio."""
    ended_at: Mapped[dt.datetime]
    """When the recorded channel ended; `ended_at - started_at` is what the file should last."""
    path: Mapped[str | None]
    """Archived file, relative to the recordings folder."""
    sha256: Mapped[str | None]
    """Of the FLAC, also where it lies there sealed."""
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """Of the FLAC (recordings.audio.archived_sound.stored_bytes: of the file)."""
    key_id: Mapped[str | None]
    """Which key sealed the file (recordings.audio.keys); None: it is not sealed."""
    file_sha256: Mapped[str | None]
    """Of the sealed file as it lies on the disk; None: it is not sealed."""
    duration_seconds: Mapped[float | None]
    """Measured on the archived file."""
    matches_call: Mapped[bool | None]
    """Whether the file lasts as long as the call did (recordings.archive, TOLERANCE); None until archived."""
    archived_at: Mapped[dt.datetime | None]

    transcript: Mapped["Transcript | None"] = relationship(back_populates="recording")


class Transcript(Base):
    __tablename__ = "transcripts"
    __table_args__ = (
        Index("ix_transcripts_search", "search", postgresql_using="gin"),
        Index("ix_transcripts_not_indexed", "id", postgresql_where="search IS NULL"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"), unique=True)
    state: Mapped[TranscriptState]
    reason: Mapped[str | None]
    """What it waits for or why it failed, in plain Chinese."""
    model: Mapped[str | None]
    """Name and checksum of the model that made it."""
    made_at: Mapped[dt.datetime | None]
    took_seconds: Mapped[float | None]
    text: Mapped[str] = mapped_column(default="")
    search: Mapped[Any | None] = mapped_column(TSVECTOR)
    """Pieces (core.texts.search) of `search_text`."""
    search_text: Mapped[str | None] = mapped_column(deferred=True)
    """`text` with the names and numbers of the call's citizens covered, in normal form: what it is found by."""

    recording: Mapped[Recording] = relationship(back_populates="transcript")
    segments: Mapped[list["Segment"]] = relationship(
        back_populates="transcript", order_by="Segment.start_seconds", cascade="all, delete-orphan"
    )


class Segment(Base):
    """One stretch of one voice."""

    __tablename__ = "segments"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcripts.id", ondelete="CASCADE"), index=True)
    speaker: Mapped[Speaker]
    start_seconds: Mapped[float]
    """From the recording's second 0."""
    end_seconds: Mapped[float]
    text: Mapped[str]
    confidence: Mapped[float]
    """Mean of its words' confidences, 0 to 1."""
    words: Mapped[list[dict[str, Any]]]
    """As heard: [{"word", "start", "end", "confidence"}…], seconds from the recording's second 0."""
    repairs: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """Local names in `text` that were heard as other words: recordings.recognition.vosk_result.Repair's fields."""

    transcript: Mapped[Transcript] = relationship(back_populates="segments")
