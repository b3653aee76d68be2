"""What a small file can unfold into is bounded before it is kept."""

import io
from itertools import islice, repeat

import pytest

from core.errors import BadInput
from core.spreadsheets import tables
from core.spreadsheets.tables import MOST_CHARACTERS
from core.spreadsheets.workbook import LARGEST_PIECE_BYTES, _check_pieces, _Merged, _rows
from dispatch.former.carry_on import _some

LONG = "示" * 30_000


class Sheet:
    """Rows as openpyxl reads them."""

    def reset_dimensions(self) -> None: ...

    def close(self) -> None: ...

    def iter_rows(self, **_: object) -> object:
        return repeat(("a", "b"), 50)


def test_one_long_text_named_in_each_cell_is_refused() -> None:
    rows = ((number, [LONG] * 200) for number in range(1, 10_000))
    read = tables._filled(rows)
    fits = MOST_CHARACTERS // (200 * len(LONG))
    assert len(list(islice(read, fits))) == fits
    with pytest.raises(BadInput, match="文字太多"):
        next(read)


def test_long_rows_are_stored_a_few_at_once_and_none_is_lost() -> None:
    rows = iter([(number, [LONG] * 100) for number in range(1, 8)])
    stored = [_some(rows) for _ in range(5)]
    assert [len(some) for some in stored] == [2, 2, 2, 1, 0]
    assert [number for some in stored for number, _ in some] == list(range(1, 8))


def test_merged_cells_that_lie_on_one_another_are_refused() -> None:
    """A forged file: each row would else be filled from all of them."""
    merged = [_Merged(0, 1, 1, 1_000_000) for _ in range(300)]
    with pytest.raises(BadInput, match="互相重叠"):
        list(islice(_rows(Sheet(), Sheet(), merged, 200), 3))
    beside = [_Merged(number, 1, number, 9) for number in range(200)]
    beyond = [_Merged(200 + number, 1, 200 + number, 9) for number in range(300)]
    assert len(list(_rows(Sheet(), Sheet(), beside + beyond, 200))) == 50


HUGE = b"<c/>" * (LARGEST_PIECE_BYTES // 4 + 1)


@pytest.mark.parametrize("part", [
    b"<sheetData><row r='1'>%s</row></sheetData>", b"<x:sheetData><x:row>%s</x:row></x:sheetData>",
    b"<row><c/></row><row>%s", b"<sst><si>%s</si></sst>", b"<sheetData>%s</sheetData>",
])  # fmt: skip
def test_a_row_or_a_text_that_would_fill_the_memory_is_refused_before_it_is_read(part: bytes) -> None:
    with pytest.raises(BadInput, match="展开后过大"):
        _check_pieces(io.BytesIO(part % HUGE))


def test_many_rows_and_what_stands_around_them_are_not_taken_for_one() -> None:
    rows = b"<row r='1'><c/></row>" * 400_000
    _check_pieces(io.BytesIO(b"<worksheet>%s<sheetData>%s</sheetData>%s</worksheet>" % (HUGE, rows, HUGE)))
    _check_pieces(io.BytesIO(b"<styleSheet>%s</styleSheet>" % HUGE))
