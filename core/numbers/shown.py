"""A number as people read it, masked or whole, and what sort of number it is. Pure."""

import re

import phonenumbers

from core.numbers.phone import Number, parse_numbers
from core.numbers.plan import LONGEST_SHORT, MOBILE
from core.numbers.withheld import is_withheld

_REGION = "CN"
ENDING = 4
"""Digits of a mobile's number that its mask shows at the end."""
CREW_ACCOUNT = re.compile(r"[a-z]{1,16}(?:-[a-z0-9]{1,10}){0,2}-[0-9]{1,4}", re.ASCII)
"""One of our own telephones (unit-07, crew-east-2), which a caller may also be."""


def mask_number(text: str) -> str:
    """As unauthorised eyes may see what is in a number's field: 138****0042; of any other number half of the digits at
    most; of extensions and of what stands beside the numbers nothing."""
    masked = [_mask(one) + ("转****" if one.extension else "") for one in parse_numbers(text)]
    if masked:
        return "、".join(masked)
    if is_withheld(text):
        return ""
    return text if CREW_ACCOUNT.fullmatch(text) else "****"


def shown_endings(text: str) -> tuple[str, ...]:
    """The last four digits of each number in a field whose mask shows four: of mobiles alone. Whoever looks for them
    finds no more than every mask says."""
    return tuple(dict.fromkeys(one.key[-ENDING:] for one in parse_numbers(text) if MOBILE.fullmatch(one.key)))


def _mask(number: Number) -> str:
    if MOBILE.fullmatch(number.key):
        return f"{number.key[:3]}****{number.key[-ENDING:]}"
    digits = number.written or number.dial
    shown = len(digits) // 2
    tail = shown // 2
    return f"{digits[: shown - tail]}****{digits[len(digits) - tail :]}"


def words_of(number: Number) -> str:
    """As people read it: 0537 441 1000 转 8001."""
    return number_words(number.dial) + (f" 转 {number.extension}" if number.extension else "")


def number_words(number: str) -> str:
    """As people read it: 139 0000 0001, 0537 441 1000; what is no number of any country stays as it came."""
    try:
        parsed = phonenumbers.parse(_for_library(number), _REGION)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    national = parsed.country_code == phonenumbers.country_code_for_region(_REGION)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def number_type(number: str) -> str:
    """手机, 固定电话, 境外号码; empty where it is unknown."""
    try:
        parsed = phonenumbers.parse(_for_library(number), _REGION)
    except phonenumbers.NumberParseException:
        return ""
    if parsed.country_code != phonenumbers.country_code_for_region(_REGION):
        return "境外号码" if phonenumbers.is_possible_number(parsed) else ""
    match phonenumbers.number_type(parsed):
        case phonenumbers.PhoneNumberType.MOBILE:
            return "手机"
        case phonenumbers.PhoneNumberType.FIXED_LINE | phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE:
            return "固定电话"
        case _:
            return ""


def _for_library(number: str) -> str:
    """What the library understands of one number; several, or none, are left to it as they came."""
    found = parse_numbers(number)
    if len(found) != 1 or found[0].extension or len(found[0].key) <= LONGEST_SHORT:
        return number
    dial = found[0].dial
    return "+" + dial[2:] if dial.startswith("00") else dial
