"""Telephone numbers as they reach us, however odd: one key for all spellings of one number. Pure.

The dialplan makes the same key of a caller's number ([blocked] in telephony/pbx); a test on a real Asterisk holds both.
"""

import phonenumbers

SHORTEST_KEY = 3
"""Fewer digits are no number that anybody could be called back on."""
_LONGEST_KEY = 20
_REGION = "CN"


def number_key(number: str) -> str:
    """`+86 139 0000 0001`, `013900000001`, `13900000001` → 13900000001; `0537-4411000` → 5374411000.

    Empty: withheld, or no number at all.
    """
    digits = "".join(sign for sign in number if sign.isascii() and sign.isdigit())
    digits = digits.removeprefix("0086")
    if digits.startswith("86") and len(digits) > 11:
        digits = digits[2:]
    digits = digits.removeprefix("0")[:_LONGEST_KEY]
    return digits if len(digits) >= SHORTEST_KEY else ""


def spellings(key: str) -> tuple[str, ...]:
    """How a network or a person may have written the number with this key; for looking it up by an index."""
    return tuple(prefix + key for prefix in ("", "0", "86", "+86", "0086", "+860")) if key else ()


def mentions(text: str, key: str) -> bool:
    """Whether the number stands in `text`, with or without spaces, hyphens and a prefix before it."""
    found, run = [], ""
    for sign in text + " x":
        if sign.isascii() and sign.isdigit():
            run += sign
        elif not (run and sign in " -+()（）－"):
            found.append(run)
            run = ""
    return bool(key) and any(number_key(run) == key or key in run for run in found if len(run) >= len(key))


def number_words(number: str) -> str:
    """As people read it: 139 0000 0001, 0537 441 1000; what is no number of any country stays as it came."""
    try:
        parsed = phonenumbers.parse(number, _REGION)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    national = parsed.country_code == phonenumbers.country_code_for_region(_REGION)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def number_type(number: str) -> str:
    """手机, 固定电话, 境外号码; empty where it cannot be told."""
    try:
        parsed = phonenumbers.parse(number, _REGION)
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
