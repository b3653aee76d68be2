"""The numbering plan of China, as far as it says what a whole number is, and this city's place in it. Pure but for the
city's area code.

A local number has its city's area code put before it. A process serves one city, as it lives in one time zone
(core.clock): dispatch.policy.load_policy sets it here, once.
"""

import re

SHORTEST_KEY = 3
"""Fewer digits are no number that anybody could be called back on."""
LONGEST_KEY = 20
LONGEST_SHORT = 6
"""At most this many digits are a short number (110, 95588, an extension), which only stands alone."""
AREA_CODE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})", re.ASCII)
MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_LOCAL = re.compile(r"[2-8][0-9]{6,7}", re.ASCII)
_LANDLINE = re.compile(r"(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}", re.ASCII)
_CITY_SERVICE = re.compile(rf"{AREA_CODE.pattern}(?:1[0-9]{{2,4}}|9[56][0-9]{{3,4}})", re.ASCII)
"""A service of some city, dialled from elsewhere: 0537 12345. No subscriber's number begins so."""
_TOLL_FREE = re.compile(r"[48]00[0-9]{7}", re.ASCII)
_ABROAD = re.compile(r"[1-9][0-9]{4,14}", re.ASCII)
CARRIERS = "179[0-9][0-9]|12593|10193|11808"
"""Dialled before a number to choose a carrier (five digits each); some networks show it. A pattern that Asterisk reads
too."""
_CARRIER = re.compile(rf"(?:{CARRIERS})(?=0|86|1[3-9][0-9]{{9}}$)", re.ASCII)


_area_code = ""


def use_area_code(code: str) -> None:
    """This process's city has the area code `code` (`0537`); empty: none is known, local numbers keep their digits.
    Raises ValueError for what is no area code."""
    global _area_code
    if code and not AREA_CODE.fullmatch(code):
        raise ValueError(f"{code!r} is no area code")
    _area_code = code


def area_code() -> str:
    return _area_code


def is_mobile(key: str) -> bool:
    """One person's own telephone, as a landline need not be."""
    return MOBILE.fullmatch(key) is not None


def dial_form(key: str) -> str:
    """What is dialled for a key; digits only."""
    # What begins with 1 and is no landline of Beijing is a mobile's number with a digit too few or too many.
    landline = _LANDLINE.fullmatch(key) or (9 <= len(key) <= 12 and not key.startswith("1"))
    return "0" + key if landline and not (key.startswith("0") or is_mobile(key) or _TOLL_FREE.fullmatch(key)) else key


def spellings(key: str) -> tuple[str, ...]:
    """How a network may give the number with this key, digits only and each once; for what is looked up as it came."""
    if not key:
        return ()
    if key.startswith("00"):
        return (key, key[2:], "+" + key[2:])
    if key.startswith("0"):
        return (key, *(prefix + key[1:] for prefix in ("86", "+86", "0086")))
    ways = [prefix + key for prefix in ("", "0", "86", "+86", "0086", "+860", "860", "00860")]
    home = _area_code.removeprefix("0")
    if home and key.startswith(home) and _LOCAL.fullmatch(local := key.removeprefix(home)):
        # 86 537 1000 is read as a service of this city, not as its number 5371000.
        service = local.startswith(home) and _CITY_SERVICE.fullmatch("0" + local)
        ways += [prefix + local for prefix in ("", *(() if service else ("86", "+86", "0086")))]
    return tuple(dict.fromkeys(ways))


def whole_number(digits: str) -> str:
    """The key of what is certainly one whole number; empty: it is not."""
    if len(set(digits)) == 1:
        return ""
    if digits.startswith("+") or (digits.startswith("00") and len(digits) > len("00") + 4):
        abroad = digits.removeprefix("+").removeprefix("00")
        if abroad.startswith("86"):
            return _national(abroad[2:].lstrip("0"))
        return "00" + abroad if _ABROAD.fullmatch(abroad) else ""
    if digits.startswith("86") and len(digits) >= len("86") + 7:
        inside = _national(digits[2:].lstrip("0"))
        if inside:
            return inside
    if (carrier := _CARRIER.match(digits)) and not MOBILE.fullmatch(digits):
        return whole_number(digits[carrier.end() :])
    if digits.startswith("0"):
        return _trunk(digits)
    home = _area_code.removeprefix("0")
    if MOBILE.fullmatch(digits) or _TOLL_FREE.fullmatch(digits):
        return digits
    if home and digits.startswith(home) and _LANDLINE.fullmatch(digits) and _LOCAL.fullmatch(digits[len(home) :]):
        return digits
    return home + digits if _LOCAL.fullmatch(digits) else ""


def _trunk(digits: str) -> str:
    """Of what begins with the zero of long distance."""
    rest = digits[1:]
    if _CITY_SERVICE.fullmatch(digits):
        return digits
    return rest if MOBILE.fullmatch(rest) or _LANDLINE.fullmatch(rest) else ""


def _national(rest: str) -> str:
    """Of what stands behind +86."""
    if (carrier := _CARRIER.match(rest)) and not MOBILE.fullmatch(rest):
        return _national(rest[carrier.end() :].lstrip("0"))
    if MOBILE.fullmatch(rest) or _TOLL_FREE.fullmatch(rest) or _LANDLINE.fullmatch(rest):
        return rest
    home = _area_code.removeprefix("0")
    if home and rest.startswith(home) and _CITY_SERVICE.fullmatch("0" + rest):
        return "0" + rest
    return home + rest if _LOCAL.fullmatch(rest) else ""
