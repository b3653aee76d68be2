"""Asterisk's call-detail file (CDR): no source of facts, but a second witness of which calls there were."""

import csv
import datetime as dt
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from core.channel_ids import call_of, is_question
from telephony.calls.cel_records import Shape, values_of
from telephony.pbx.cel import CDR_COLUMNS

_NAMED = itemgetter(CDR_COLUMNS.index("linkedid"), CDR_COLUMNS.index("end"))
_SHAPE = Shape(len(CDR_COLUMNS), rb'(?:\A|(?<=\n))"')
"""Its first column is the caller's own. Of the caller's text nothing is between single quotes but empty values."""
_PIECE_BYTES = 1 << 20


def read_linkedids(file: Path, *, before: dt.datetime) -> Iterator[str]:
    """The calls of which a channel had ended `before`, according to all unpacked files that rotation has left; one may
    come several times. A record that is torn is passed over.
    """
    for path in sorted(file.parent.glob(f"{file.name}*")):
        for record in _records(path):
            try:
                linkedid, end = _NAMED(values_of(record))
            except csv.Error:
                continue
            if linkedid and not is_question(linkedid) and _ended(end) < before:
                yield call_of(linkedid)


def _records(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        rest = b""
        while piece := stream.read(_PIECE_BYTES):
            cut = _SHAPE.cut(rest + piece)
            yield from cut.records
            rest = (rest + piece)[cut.used_bytes :]


def _ended(text: str) -> dt.datetime:
    """Asterisk writes the machine's own time. What is no time is long ago."""
    try:
        return dt.datetime.fromisoformat(text).astimezone()
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
