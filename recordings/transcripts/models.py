"""Rows of what is heard while a call goes on; the recording's transcript takes their place when it is done."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from recordings.models import Speaker


class LiveVoice(Base):
    """How far one voice of a call has been heard. Without foreign key: the telephone's rows are another room's."""

    __tablename__ = "live_voices"

    linkedid: Mapped[str] = mapped_column(primary_key=True)
    speaker: Mapped[Speaker] = mapped_column(primary_key=True)
    position_frames: Mapped[int] = mapped_column(BigInteger)
    """Samples from the recording's second 0; all before is stored, or was no speech. A process that reads on names it.
    """
    behind_seconds: Mapped[float] = mapped_column(default=0.0)
    """How much recorded sound waited to be heard when it was last reported; 0: keeps up."""
    alive_at: Mapped[dt.datetime]
    """When somebody last listened."""


class LiveSegment(Base):
    """One stretch of one voice, final; fields as in recordings.models.Segment."""

    __tablename__ = "live_segments"
    __table_args__ = (UniqueConstraint("linkedid", "speaker", "start_seconds"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    linkedid: Mapped[str]
    speaker: Mapped[Speaker]
    start_seconds: Mapped[float]
    end_seconds: Mapped[float]
    text: Mapped[str]
    confidence: Mapped[float]
    words: Mapped[list[dict[str, Any]]]
    repairs: Mapped[list[dict[str, Any]]]
    heard_at: Mapped[dt.datetime]
    """When it was stored."""
