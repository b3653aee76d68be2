"""The records of the CSV files that Asterisk writes of calls (CEL, CDR): where each begins and ends. Pure.

A caller decides what stands between the quotes (line breaks, commas, anything), so a record ends where its quotes say,
never at a line break. A quote in a value is written twice; a caller cannot end the value.

A record can be torn: by a power cut, a full disk, or by Asterisk itself, which cuts each at 1,023 bytes. What follows
a torn one is found again by its own beginning: where a whole record of the right number of values stands. Nothing that
a caller says can look so: only the caller's own values stand between single quotes, and those are too few.
"""

import csv
import re
from dataclasses import dataclass

LONGEST_BYTES = 1 << 16
"""Far above what Asterisk writes. A beginning that found no end within it never will."""
_VALUE = rb'"[^"]*+(?:""[^"]*+)*+"'


@dataclass(frozen=True)
class Cut:
    """What a piece of a file holds."""

    records: list[bytes]
    """Whole ones with their line's end, in order. All have the right number of quoted values."""
    used_bytes: int
    """Up to the end of the last, and of what can be no record's; what follows is to be read again with more."""
    lost_bytes: int
    """Of torn records and garbage between them."""


class Shape:
    """Of one file: `columns` values a record; `begins`: a pattern, from the first quote on, that every record begins
    with, and that no caller's value can hold."""

    def __init__(self, columns: int, begins: bytes) -> None:
        self._begins = re.compile(begins)
        self._record = re.compile(_VALUE + rb"(?:," + _VALUE + rb"){%d}+\r?\n" % (columns - 1))
        self._unfinished = re.compile(
            rb"(?:" + _VALUE + rb",){0,%d}+" % (columns - 1) + rb'(?:"[^"]*+(?:""[^"]*+)*+"?)?\r?\Z'
        )

    def cut(self, piece: bytes) -> Cut:
        """The records of `piece`, which begins where an earlier one was used up to, or with the file. A last one that
        is not whole yet waits for its end."""
        records: list[bytes] = []
        at = lost = 0
        while at < len(piece):
            found = self._begun(piece, at)
            if found is None and self._waits(piece, at):
                break
            if found is None:
                start = self._next(piece, at + 1)
                if start is None:
                    # Nothing whole behind it yet; what is too far back to be part of one is given up.
                    given_up = max(0, len(piece) - at - LONGEST_BYTES)
                    return Cut(records, at + given_up, lost + given_up)
                lost += start - at
                at = start
                continue
            records.append(found)
            at += len(found)
        return Cut(records, at, lost)

    def _begun(self, piece: bytes, at: int) -> bytes | None:
        """The whole record at `at`; None: there is none."""
        whole = self._record.match(piece, at) if self._begins.match(piece, at) else None
        return whole[0] if whole else None

    def _waits(self, piece: bytes, at: int) -> bool:
        """Whether what stands at `at` may become a record."""
        return len(piece) - at <= LONGEST_BYTES and self._unfinished.match(piece, at) is not None

    def _next(self, piece: bytes, at: int) -> int | None:
        """Where the next whole record begins."""
        for begin in self._begins.finditer(piece, at):
            if self._record.match(piece, begin.start()):
                return begin.start()
        return None


def values_of(record: bytes) -> list[str]:
    """What stands between its quotes. Bytes that are no UTF-8 become U+FFFD. Raises csv.Error where it is no record."""
    return next(csv.reader([record.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")], strict=True))
