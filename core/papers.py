"""Numbers of identity papers and bank cards in a text. Pure.

A citizen's identity number says who he is to anybody who can look it up; nobody needs it who need not know the citizen.
Sources: GB 11643-1999 (18 digits: six of the region, the day of birth, three, the check digit or X), its forerunner of
15 digits, and ISO/IEC 7812 (cards: 16 to 19 digits, Luhn; 62 is UnionPay's).
A number that fails its check digit but has the shape is covered too: one digit heard wrongly protects nobody.
"""

import datetime as dt
import re
from collections.abc import Iterator

from stdnum import luhn

from core.spelling import Row

PAPER = "（证件号码不予显示）"
CARD = "（银行卡号不予显示）"
_REGIONS = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
_PASSPORT = re.compile(r"(?:护照|通行证|台胞证)[^0-9A-Za-z]{0,12}([A-Za-z]{1,2}[0-9]{7,9})")
_CARDS = range(16, 20)
_BETWEEN = frozenset(" -.\u3000‐–—－_\u200b")
_WIDEST = 4
"""Signs between two digits that are looked at."""


def papers_in(text: str, row: Row) -> Iterator[tuple[int, int, str]]:
    """Where they stand in `text`, and what to say instead; `row`: its digits (core.spelling.digit_rows)."""
    for start, end in _runs(text, row):
        digits, size = row.signs[start:end], end - start
        if size in _CARDS and not is_identity(digits) and (digits.startswith("62") or luhn.is_valid(digits)):
            yield row.starts[start], row.ends[end - 1], CARD
            continue
        begin = start
        while begin < end - 14:
            # A word for a digit may stand before or after: 身份证三七零八……一直.
            stop = next((stop for length in (18, 17, 15) if (stop := _identity_end(text, row, begin, length, end))), 0)
            if not stop:
                begin += 1
                continue
            yield row.starts[begin], stop, PAPER
            while begin < end and row.starts[begin] < stop:
                begin += 1
    for found in _PASSPORT.finditer(text):
        yield *found.span(1), PAPER


def _identity_end(text: str, row: Row, begin: int, length: int, end: int) -> int:
    """Where in the text an identity number of this many digits ends; 0: none begins there. 17 are followed by X."""
    until = begin + length
    if until > end or not is_identity(row.signs[begin:until] + ("X" if length == 17 else "")):
        return 0
    if length == 17:
        return _cross_after(text, row.ends[until - 1])
    return 0 if _goes_on(row, begin, until) else row.ends[until - 1]


def is_identity(digits: str) -> bool:
    """Whether 18 (the last may be X) or 15 digits have the shape of an identity number."""
    if digits[:2] not in _REGIONS:
        return False
    born = digits[6:14] if len(digits) == 18 else f"19{digits[6:12]}" if len(digits) == 15 else ""
    if not born.startswith(("18", "19", "20")):
        return False
    try:
        dt.date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return False
    return True


def _runs(text: str, row: Row) -> Iterator[tuple[int, int]]:
    """Stretches of 15 digits and more with nothing but blanks and hyphens between them."""
    start, size = 0, len(row.signs)
    for at in range(1, size + 1):
        if at == size or not _BETWEEN.issuperset(text[row.ends[at - 1] : row.starts[at]][:_WIDEST]):
            if at - start >= 15:
                yield start, at
            start = at


def _goes_on(row: Row, start: int, end: int) -> bool:
    """Figures stand directly before or after figures: another, longer number."""
    before = row.beside[start] and row.arabic[start] and row.arabic[start - 1]
    return before or (end < len(row.signs) and row.beside[end] and row.arabic[end] and row.arabic[end - 1])


def _cross_after(text: str, at: int) -> int:
    """The end of the X (also Ｘ, ×, 叉) that ends an identity number; 0: there is none."""
    while at < len(text) and text[at] in " -\u3000":
        at += 1
    return at + 1 if at < len(text) and text[at] in "xXｘＸ×叉" else 0
