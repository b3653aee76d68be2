"""Numbers, order numbers and times as recorded pieces, one after the other. Pure."""

import datetime as dt

from core.clock import in_city
from ivr.flows import Pause, Recorded, Spoken, Words
from ivr.voice.pinyin import read_number

GROUP = 4
"""How many digits are said in one breath; people write them down."""
BREATH = Pause(0.25)

_PIECES = {
    **dict(zip("零一二三四五六七八九", (f"digit-{digit}" for digit in range(10)), strict=True)),
    **{"两": "digit-2-liang", "十": "number-ten", "百": "number-hundred"},
}


def say_spelled(text: str) -> list[Spoken]:
    """Letters and digits one by one, 1 as 幺; a breath at every dash and after each four digits."""
    said: list[Spoken] = []
    in_row = 0
    for sign in text.upper():
        if sign.isascii() and sign.isalnum():
            if in_row == GROUP:
                said.append(BREATH)
                in_row = 0
            said.append(_letter_or_digit(sign))
            in_row = in_row + 1 if sign.isdigit() else 0
        elif said and said[-1] != BREATH:
            said.append(BREATH)
            in_row = 0
    return said[:-1] if said and said[-1] == BREATH else said


def say_number(number: int) -> list[Spoken]:
    """0 to 999 from pieces; larger ones by the voice engine."""
    said = read_number(number)
    if all(sign in _PIECES for sign in said):
        return [Recorded(_PIECES[sign]) for sign in said]
    return [Words(said)]


def say_time(instant: dt.datetime, now: dt.datetime) -> list[Spoken]:
    """`instant` as a day (today, tomorrow, or month and day) and the clock's hour and minute, in the city's zone."""
    there, here = in_city(instant), in_city(now)
    days = (there.date() - here.date()).days
    if days in (0, 1):
        said: list[Spoken] = [Recorded("today" if days == 0 else "tomorrow")]
    else:
        said = [*say_number(there.month), Recorded("unit-month"), *say_number(there.day), Recorded("unit-day")]
    said += [*_hour(there.hour), Recorded("unit-oclock")]
    if there.minute:
        gap = [Recorded("digit-0")] if there.minute < 10 else []
        said += [*gap, *say_number(there.minute), Recorded("unit-minute")]
    return said


def _hour(hour: int) -> list[Spoken]:
    return [Recorded("digit-2-liang")] if hour == 2 else say_number(hour)


def _letter_or_digit(sign: str) -> Spoken:
    if sign == "1":
        return Recorded("digit-1-yao")
    return Recorded(f"digit-{sign}") if sign.isdigit() else Recorded(f"letter-{sign.lower()}")
