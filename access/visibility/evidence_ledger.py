"""The ledger of evidence files: what left the system as a PDF, by whom, with which checksum. Never rewritten."""

import datetime as dt
from typing import Any

from sqlalchemy import DDL, BigInteger, Identity, event
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class EvidenceFile(Base):
    """No foreign keys: the row outlives all it names."""

    __tablename__ = "evidence_files"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    serial: Mapped[str] = mapped_column(unique=True)
    """Stands on every page."""
    order_id: Mapped[int] = mapped_column(BigInteger, index=True)
    order_number: Mapped[str]
    at: Mapped[dt.datetime]
    account_id: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str]
    """As it was then, like the two that follow."""
    display_name: Mapped[str]
    role: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    """Of the file as it was handed out."""
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    listed: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """The checksums that stand in it (web.evidence.pdf.Checksum); none in files of earlier releases."""


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'evidence_files is append-only: what was handed out is never rewritten';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER evidence_files_append_only
    BEFORE UPDATE OR DELETE ON evidence_files FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_evidence()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(EvidenceFile.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
