"""A file of a former system while it is mapped, checked and taken over: what it holds, row by row.

The rows are gone once it is taken over, but for what was left out and why; the orders stay.
"""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class FileState(StrEnum):
    READING = "reading"
    """It was uploaded; a worker reads its rows."""
    UNREADABLE = "unreadable"
    MAPPING = "mapping"
    """A person says which column is what."""
    CHECKING = "checking"
    """Every row is looked at; nothing is taken over."""
    CHECKED = "checked"
    TAKING_OVER = "taking_over"
    DONE = "done"


WORKING = frozenset({FileState.READING, FileState.CHECKING, FileState.TAKING_OVER})
"""A worker is at it, and nobody may change what it works by."""


class RowOutcome(StrEnum):
    """What is, or would be, done with a row."""

    NEW = "new"
    """It becomes an order."""
    TAKEN = "taken"
    KNOWN = "known"
    """It was taken over before, with the same content."""
    CHANGED = "changed"
    """It was taken over before with other content; the order stays as it is."""
    UNFINISHED = "unfinished"
    """Not finished in the former system."""
    WRONG = "wrong"
    HEAD = "head"
    """The names of the columns once more."""


LEFT_OUT = frozenset({RowOutcome.CHANGED, RowOutcome.UNFINISHED, RowOutcome.WRONG})
"""The page names them, each with the reason."""


class FormerFile(Base):
    __tablename__ = "former_files"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    system: Mapped[str]
    """The former system's name; with an order's number there it names the order for good."""
    file_name: Mapped[str]
    state: Mapped[FileState]
    fault: Mapped[str] = mapped_column(default="", server_default="")
    """Why it cannot be read, in Chinese."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """As it was uploaded, until it is read."""
    sheet: Mapped[str] = mapped_column(default="", server_default="")
    other_sheets: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    row_count: Mapped[int] = mapped_column(default=0, server_default="0")
    heads: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Names of the columns."""
    head_row: Mapped[int] = mapped_column(default=0, server_default="0")
    """The last row of the heads; what follows is read."""
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """dispatch.former.mapping.Mapping; as guessed until a person has confirmed it."""
    confirmed: Mapped[bool] = mapped_column(default=False, server_default="false")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Rows by RowOutcome, when it was last checked or taken over."""
    by_account_id: Mapped[int] = mapped_column(BigInteger)
    by_name: Mapped[str]
    at: Mapped[dt.datetime]
    taken_by: Mapped[str] = mapped_column(default="", server_default="")
    """The administrator who took it over."""
    taken_by_id: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[dt.datetime | None]


class FormerRow(Base):
    __tablename__ = "former_rows"
    __table_args__ = (Index("ix_former_rows_outcome", "file_id", "outcome", "row"),)

    file_id: Mapped[int] = mapped_column(ForeignKey("former_files.id", ondelete="CASCADE"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    """Its number in the file, from 1."""
    cells: Mapped[list[str]]
    """Emptied when the file is taken over."""
    outcome: Mapped[RowOutcome | None]
    number: Mapped[str] = mapped_column(default="", server_default="")
    """The order's in the former system."""
    faults: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """Why it is left out (dispatch.former.reading.RowFault)."""
