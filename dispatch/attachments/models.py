"""Rows of what hangs on an order beside its calls: photos, voice notes, documents. Their files are outside the web."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from dispatch.workflow import Role


class AttachmentKind(StrEnum):
    PHOTO_BEFORE = "photo_before"
    PHOTO_AFTER = "photo_after"
    PHOTO = "photo"
    VOICE = "voice"
    DOCUMENT = "document"


class Attachment(Base):
    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_actor_id_received_at", "actor_id", "received_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    step_seq: Mapped[int | None]
    """The step of the order's history that it came with (`order_steps.seq`); None: with none."""
    client_id: Mapped[str | None] = mapped_column(unique=True)
    """A UUID made by the sender: sent twice, it is stored once."""
    kind: Mapped[AttachmentKind]
    name: Mapped[str]
    """The file's name as the sender had it, for people; never a path."""
    media_type: Mapped[str]
    """Found in the content, not believed."""
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    """Of the stored file, whose name it is (dispatch.attachments.store.path_of)."""
    taken_at: Mapped[dt.datetime | None]
    """By the sender's clock; None: not said."""
    received_at: Mapped[dt.datetime]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    """Account; None for one who answered through a signed link. No foreign key: it outlives accounts."""
    actor_role: Mapped[Role]
    actor_name: Mapped[str]
    office_code: Mapped[str | None]
    unit_code: Mapped[str | None]
    words: Mapped[str | None]
    """The transcript of a voice note; None: not transcribed yet, or no voice note; empty: nothing was understood."""
    words_model: Mapped[str] = mapped_column(default="", server_default="")
    """Which speech model heard it; in Chinese why it waits (`words` None) or why nobody can (`words` empty)."""
