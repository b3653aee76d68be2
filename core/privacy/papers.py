"""Numbers of identity papers and bank cards in a text. Pure.

A citizen's identity number identifies the citizen to anybody who can look it up; people who need not know the citizen
do not need it. Sources: GB 11643-1999 (18 digits: six of the region, the day of birth, three, the check digit or X),
its forerunner of 15 digits, and ISO/IEC 7812 (cards: 16 to 19 digits, Luhn; 62 is UnionPay's). A number that fails its
check digit but has the shape is covered too: one digit heard wrongly protects nobody. So is, whatever its shape, a long
number that is called an identity number or a bank account.
"""

import datetime as dt
import re
from collections.abc import Iterator

from stdnum import luhn

from core.privacy.spelling import SpellingRow

PAPER = "（证件号码不予显示）"
CARD = "（银行卡号不予显示）"
_REGIONS = frozenset(
    f"{first}{second}"
    for first, seconds in enumerate(("12345", "123", "1234567", "123456", "01234", "12345", "1", "123"), start=1)
    for second in seconds
)
"""Of provinces, GB/T 2260."""
_DOCUMENT = "护照|通行证|台胞证|回乡证|军官证|士兵证|居留证|居住证|社保卡|医保卡|残疾人?证"
_PASSPORT = re.compile(
    rf"(?:{_DOCUMENT})(?:[^0-9A-Za-z０-９Ａ-Ｚ]{{0,12}}([A-Za-zＡ-Ｚ]{{1,2}}[0-9０-９]{{7,9}})"
    r"|(?:号码?|字第|编号|[是为：:，,\s]){0,6}([0-9０-９]{7,20}))"
)
_CALLED = {
    PAPER: re.compile("身份证|身份号|证件号"),
    CARD: re.compile(
        "银行卡|储蓄卡|借记卡|信用卡|存折|工资卡|银行账|银行帐|对公账|对公帐|收款账|收款帐|退款账|退款帐|开户"
    ),
}
_LED_BY = 24
"""How many characters before a long number its name may stand: 身份证号码麻烦您记一下是……"""
_LONGEST_CALLED = 25
_CARDS = range(16, 20)
_BETWEEN = frozenset(" -.\u3000‐–—－_\u200b")
_BROKEN = _BETWEEN | frozenset("，,、；：:/·\n\r\t")
"""As a transcript or a pasted line breaks an identity number, whose shape says enough."""
_CROSS = re.compile(r"[ \-\u3000，,、]{0,3}(?:[xXｘＸⅩⅹХх×✕✖╳叉]|大写的?[xX]|[艾埃爱哎]克斯)")
_WIDEST = 4
"""How many characters between two digits are looked at."""


def papers_in(text: str, row: SpellingRow) -> Iterator[tuple[int, int, str]]:
    """Where they stand in `text`, and what to say instead; `row`: its digits (core.privacy.spelling.digit_rows)."""
    for start, end in _runs(text, row, _BETWEEN, 12):
        digits, size = row.signs[start:end], end - start
        if size in _CARDS and not is_identity(digits) and (digits.startswith("62") or luhn.is_valid(digits)):
            yield row.starts[start], row.ends[end - 1], CARD
        elif (called := _called(text, row, start, size)) is not None:
            yield row.starts[start], row.ends[end - 1], called
    for start, end in _runs(text, row, _BROKEN, 15):
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
        yield *found.span(found.lastindex or 0), PAPER


def _identity_end(text: str, row: SpellingRow, begin: int, length: int, end: int) -> int:
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


def _called(text: str, row: SpellingRow, start: int, size: int) -> str | None:
    """What stands before a long number in the same sentence says that it is."""
    if size > _LONGEST_CALLED:
        return None
    at = row.starts[start]
    before = re.split("[。！？!?\n]", text[max(at - _LED_BY, 0) : at])[-1]
    return next((what for what, word in _CALLED.items() if word.search(before)), None)


def _runs(text: str, row: SpellingRow, between: frozenset[str], fewest: int) -> Iterator[tuple[int, int]]:
    """Stretches of at least this many digits with nothing but these characters between them."""
    start, size = 0, len(row.signs)
    for at in range(1, size + 1):
        if at == size or not between.issuperset(text[row.ends[at - 1] : row.starts[at]][:_WIDEST]):
            if at - start >= fewest:
                yield start, at
            start = at


def _goes_on(row: SpellingRow, start: int, end: int) -> bool:
    """Figures stand directly before or after figures: another, longer number."""
    before = row.beside[start] and row.arabic[start] and row.arabic[start - 1]
    return before or (end < len(row.signs) and row.beside[end] and row.arabic[end] and row.arabic[end - 1])


def _cross_after(text: str, at: int) -> int:
    """The end of the X (also Ｘ, Ⅹ, ×, 叉) that ends an identity number; 0: there is none."""
    cross = _CROSS.match(text, at)
    return cross.end() if cross else 0
