"""What somebody has written in a step's form and not sent: kept here too, so that it is there at another computer.

It belongs to its writer alone, is no part of the order's history, goes with the step that it was written for, and at
the latest with the order or after `KEPT`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from dispatch.workflow import Role, Step

KEPT = dt.timedelta(days=30)
"""Since it was last written in."""
Values = Mapping[str, list[str]]
"""Field → what stands in it, as a form sends it."""


@dataclass(frozen=True)
class Writer:
    """An account in its role and office or crew, or the holder of an office's link. An account that gets another role
    may be another person's, who may not know what the former one knew."""

    account_id: int
    role: Role
    code: str = ""
    """Of the office or crew."""
    link_id: int | None = None

    @property
    def key(self) -> str:
        if self.link_id is not None:
            return f"link {self.link_id}"
        return f"account {self.account_id} {self.role} {self.code}".rstrip()


class UnsentText(Base):
    """One step's form of one writer."""

    __tablename__ = "unsent_texts"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[Step] = mapped_column(primary_key=True)
    writer: Mapped[str] = mapped_column(primary_key=True)
    """As `Writer.key`."""
    fields: Mapped[dict[str, Any]]
    """As `Values`."""
    written_at: Mapped[dt.datetime]


async def keep_text(
    session: AsyncSession,
    order_id: int,
    step: Step,
    writer: Writer,
    fields: Values,
    *,
    seen: dt.datetime | None,
    at: dt.datetime,
) -> bool:
    """`fields`: those that were written in; what is kept of others stays. `seen`: what is kept as the sender knows it,
    by its instant. False: it was written in at another place since, and stays.
    """
    await session.execute(delete(UnsentText).where(UnsentText.written_at < at - KEPT))
    key = {"order_id": order_id, "step": step, "writer": writer.key}
    new = insert(UnsentText).values(**key, fields=dict(fields), written_at=at)
    if seen is None:
        row = new.on_conflict_do_nothing()
    else:
        both = {"fields": UnsentText.fields.op("||")(new.excluded.fields), "written_at": at}
        row = new.on_conflict_do_update(index_elements=list(key), set_=both, where=UnsentText.written_at == seen)
    return await session.scalar(row.returning(UnsentText.written_at)) is not None


async def texts_of(session: AsyncSession, order_id: int, writer: Writer, *, at: dt.datetime) -> dict[Step, UnsentText]:
    mine = UnsentText.order_id == order_id, UnsentText.writer == writer.key
    rows = await session.scalars(select(UnsentText).where(*mine, UnsentText.written_at >= at - KEPT))
    return {row.step: row for row in rows}


async def drop_text(session: AsyncSession, order_id: int, step: Step, writer: Writer) -> None:
    """One that is gone already is no mistake."""
    mine = UnsentText.order_id == order_id, UnsentText.step == step, UnsentText.writer == writer.key
    await session.execute(delete(UnsentText).where(*mine))
