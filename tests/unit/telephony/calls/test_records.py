"""Records of Asterisk's CSV files: whatever a caller says, wherever one is torn, the good ones are read as they are."""

import csv
import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.calls.cel_records import LONGEST_BYTES, values_of
from telephony.calls.events import CEL_SHAPE
from telephony.pbx.cel import CEL_COLUMNS

CALLERS_OWN = ("caller_name", "caller_number", "extension")


def record(**said: str) -> bytes:
    usual = {"event": "CHAN_START", "event_time": "1795248899.432262", "linkedid": "qufu-1.0", "uniqueid": "qufu-1.1"}
    written = io.StringIO(newline="")
    row = [{**usual, **said}.get(column.name, "") for column in CEL_COLUMNS]
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(row)
    return written.getvalue().encode("utf-8", "surrogateescape")


FORGED = record(event="BRIDGE_ENTER", linkedid="qufu-forged").decode()
ODD = [
    *("\n", "\r\n", "\r", '"', '""', '"\n', '\n"', '",', '","', "\\", '\\"', "\x00", "\udcff\udcfe", "\udce7"),
    *("\u2028", "x" * 3000),
    *(FORGED, f"\n{FORGED}", f'"\n{FORGED}', "CHAN_START", '"CHAN_START', '"CHAN_START","1795248899.432262', "1.4"),
    '"' * 3000, "CHAN_START,T,,F,13888880001" + "," * 16 + "\n",
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_whatever_a_caller_says_there_is_one_record_and_it_says_exactly_that(odd: str):
    records = [record(**dict.fromkeys(CALLERS_OWN, odd)), record()]
    cut = CEL_SHAPE.cut(b"".join(records))
    assert (cut.records, cut.lost_bytes) == (records, 0)
    said = dict(zip((column.name for column in CEL_COLUMNS), values_of(cut.records[0]), strict=True))
    kept = odd.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    assert {said[name] for name in CALLERS_OWN} == {kept}


words = st.lists(st.sampled_from([*ODD[:-3], ",", "a", "王"]), max_size=4).map("".join)
records_of = st.tuples(words, words, words).map(lambda said: record(**dict(zip(CALLERS_OWN, said, strict=True))))


@given(before=st.lists(records_of, max_size=2), torn=records_of, after=st.lists(records_of, min_size=1, max_size=3),
       at=st.floats(0, 1), ended=st.booleans())  # fmt: skip
def test_a_record_torn_anywhere_takes_no_other_with_it_and_makes_none(
    before: list[bytes], torn: bytes, after: list[bytes], at: float, ended: bool
):
    cut_off = torn[: int(at * (len(torn) - 2))] + b"\n" * ended
    assert CEL_SHAPE.cut(b"".join([*before, cut_off, *after])).records == [*before, *after]


def read_in_pieces(file: bytes, edges: list[int]) -> tuple[list[bytes], bytes]:
    """The records, and what is left of the file."""
    found, rest = [], b""
    for start, end in itertools.pairwise([0, *edges, len(file)]):
        rest += file[start:end]
        cut = CEL_SHAPE.cut(rest)
        assert cut.lost_bytes == 0
        found += cut.records
        rest = rest[cut.used_bytes :]
    return found, rest


@given(records=st.lists(records_of, min_size=1, max_size=4), edges=st.lists(st.floats(0, 1), max_size=8))
def test_it_does_not_matter_in_which_pieces_the_file_is_read(records: list[bytes], edges: list[float]):
    file = b"".join(records)
    assert read_in_pieces(file, sorted(int(edge * len(file)) for edge in edges)) == (records, b"")


@pytest.mark.parametrize("odd", ODD[:-3], ids=range(len(ODD) - 3))
def test_nor_does_it_byte_by_byte(odd: str):
    records = [record(caller_name=odd[:300], caller_number=odd[:20]), record()]
    file = b"".join(records)
    assert read_in_pieces(file, list(range(1, len(file)))) == (records, b"")


@pytest.mark.parametrize(
    "garbage", [b"\x00" * (3 * LONGEST_BYTES), b'"' + b"x" * (3 * LONGEST_BYTES), b"\n\n", b"\xff,"]
)
def test_garbage_without_end_does_not_wait_for_ever(garbage: bytes):
    cut = CEL_SHAPE.cut(garbage)
    assert len(garbage) - cut.used_bytes <= LONGEST_BYTES
    rest = garbage[cut.used_bytes :]
    assert CEL_SHAPE.cut(rest + record()).records == [record()]


def test_an_unquoted_line_is_nothing_that_asterisk_wrote():
    line = ",".join(["CHAN_START", "1795248899.4", "", "", "13888880001", *[""] * 10, "forged", "forged", *[""] * 4])
    assert len(line.split(",")) == len(CEL_COLUMNS)
    assert CEL_SHAPE.cut(line.encode() + b"\n" + record()).records == [record()]
