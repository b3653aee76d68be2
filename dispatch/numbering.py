"""An order's number: `QF20261121-0042-7`, readable, and safe to key in on a telephone.

City's letters, the day in the city's zone, the day's sequence (four digits, more on a day that needs them), and a
check digit over all digits before it. Damm's check digit (2004) catches every single wrong digit and every swap of
two neighbours. A caller keys the digits only: `2026112100427`.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from stdnum import damm

from core.city_words import city_words
from core.clock import in_city
from core.errors import BadInput

_TYPED = re.compile(r"(?P<prefix>[A-Z]{0,4})-?(?P<day>\d{8})-?(?P<sequence>\d{4,9})-?(?P<check>\d)")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−_一.·/", "-"))


@dataclass(frozen=True)
class OrderNumber:
    prefix: str
    """The city's letters, e.g. QF."""
    day: dt.date
    """When the order was begun, in the city's zone."""
    sequence: int
    """1 for the first of the day."""

    @property
    def _payload(self) -> str:
        return f"{self.day:%Y%m%d}{self.sequence:04d}"

    @property
    def check_digit(self) -> str:
        return str(damm.calc_check_digit(self._payload))

    @property
    def keys(self) -> str:
        """What a caller keys in."""
        return self._payload + self.check_digit

    def __str__(self) -> str:
        return f"{self.prefix}{self.day:%Y%m%d}-{self.sequence:04d}-{self.check_digit}"


def number_for(prefix: str, at: dt.datetime, sequence: int) -> OrderNumber:
    """The number of the day's `sequence`-th order begun at the aware instant `at`."""
    if sequence < 1:
        raise ValueError(f"a day's orders are counted from 1, not {sequence}")
    return OrderNumber(prefix, in_city(at).date(), sequence)


def parse_number(typed: str, prefix: str) -> OrderNumber:
    """The number that somebody keyed (digits, perhaps with * or # around) or typed (any width, case, dashes).

    Raises BadInput (field `number`) that says what is wrong.
    """
    text = unicodedata.normalize("NFKC", typed).upper().translate(_DASHES)
    text = re.sub(r"[\s*#]", "", text)
    if not text:
        raise _wrong("请输入工单号。")
    found = _TYPED.fullmatch(text)
    if found is None:
        raise _wrong(f"工单号应为{prefix}开头的8位日期、至少4位序号和1位校验码，例如 {_example(prefix)}。")
    if found["prefix"] not in ("", prefix):
        raise _wrong(f"这不是本{city_words().area}热线的工单号，本{city_words().area}的以{prefix}开头。")
    sequence = int(found["sequence"])
    try:
        number = OrderNumber(prefix, dt.datetime.strptime(found["day"], "%Y%m%d").date(), sequence)  # noqa: DTZ007
    except ValueError:
        raise _wrong("工单号中的日期不存在，请核对后重新输入。") from None
    if sequence == 0 or number.keys != found["day"] + found["sequence"] + found["check"]:
        raise _wrong("工单号有误（校验码不符），请核对后重新输入。")
    return number


def _example(prefix: str) -> OrderNumber:
    return OrderNumber(prefix, dt.date(2026, 11, 21), 42)


def _wrong(message: str) -> BadInput:
    return BadInput(message, fields={"number": message})
