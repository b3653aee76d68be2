"""What operators read instead of a stack."""

import errno
import os
from pathlib import Path

import pytest
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import ProgrammingError

from hotline.runtime.plain_errors import NO_TABLES, plain_words

VAR = Path("/srv/hotline/var")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("where", ["/mnt/backup/x.flac", str(VAR / "recordings/x.flac"), None])
def test_a_full_disk_is_no_matter_of_rights(number: int, where: str | None) -> None:
    said = plain_words(OSError(number, os.strerror(number), where), VAR)
    assert said is not None
    assert "make room" in said
    assert where is None or said.startswith(where)


def test_rights_are_named_with_their_file() -> None:
    said = plain_words(PermissionError(errno.EACCES, "Permission denied", "/mnt/backup"), VAR)
    assert said == "/mnt/backup: Permission denied. Fix: let this account read and write there"


@pytest.mark.parametrize("kind", [UndefinedTable, UndefinedColumn])
def test_missing_tables_are_named_with_their_mend(kind: type[UndefinedTable | UndefinedColumn]) -> None:
    assert plain_words(kind("no"), VAR) == plain_words(ProgrammingError("SELECT", {}, kind("no")), VAR) == NO_TABLES


def test_what_nobody_can_mend_keeps_its_stack() -> None:
    assert plain_words(OSError(errno.EIO, "Input/output error"), VAR) is None
