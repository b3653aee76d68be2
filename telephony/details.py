"""Asterisk's call-detail file (CDR): no source of facts, but a second witness of which calls there were."""

import csv
import datetime as dt
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from telephony.endpoints import call_of
from telephony.pbx.cel import CDR_COLUMNS

_NAMED = itemgetter(CDR_COLUMNS.index("linkedid"), CDR_COLUMNS.index("end"))


def read_linkedids(file: Path, *, before: dt.datetime) -> Iterator[str]:
    """The calls of which a channel had ended `before`, as all unpacked files tell that rotation has left; one may come
    several times. A line that is torn is passed over."""
    for path in sorted(file.parent.glob(f"{file.name}*")):
        with path.open(encoding="utf-8", errors="replace", newline="") as lines:
            for line in lines:
                # Each by itself: a torn one takes no other with it.
                row = next(csv.reader([line.replace("\0", "")]))
                if len(row) != len(CDR_COLUMNS):
                    continue
                linkedid, end = _NAMED(row)
                if linkedid and _ended(end) < before:
                    yield call_of(linkedid)


def _ended(text: str) -> dt.datetime:
    """Asterisk writes the machine's own time. What is no time is long ago."""
    try:
        return dt.datetime.fromisoformat(text).astimezone()
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
