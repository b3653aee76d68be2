"""Telephone numbers as networks give and people write them: one key for all spellings of one number. Pure.

A key is what numbers are stored under, compared, blocked, settled and looked for by (docs/decisions/0021): the national
number without its leading zero (13900000001, 5374411000), 00 and the country for a foreign one (0085212345678), the
digits themselves for a short one (110, 1001), with its leading zero a short one of some city (053712345). It is digits
only, so it may name a file.

A local number has its city's area code put before it. A process serves one city, as it lives in one time zone
(core.clock): dispatch.policy.load_policy sets it here, once.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import phonenumbers

SHORTEST_KEY = 3
"""Fewer digits are no number that anybody could be called back on."""
LONGEST_KEY = 20
LONGEST_SHORT = 6
"""At most this many digits are a short number (110, 95588, an extension), which only stands alone."""
_REGION = "CN"
_MOST_GROUPS = LONGEST_KEY
"""A number is written in at most this many groups of digits: one for each digit."""

AREA_CODE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})", re.ASCII)
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
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

_SPOKEN = {
    "0": "零〇洞", "1": "一幺壹", "2": "二两贰", "3": "三叁", "4": "四肆",
    "5": "五伍", "6": "六陆", "7": "七柒拐", "8": "八捌", "9": "九玖勾",
}  # fmt: skip
_PLAIN = str.maketrans({sign: digit for digit, signs in _SPOKEN.items() for sign in signs})
_NUMERALS = re.compile(f"[{''.join(_SPOKEN.values())}]{{3,}}|幺")
"""One numeral alone is part of a name or of an address."""

_GROUP = re.compile(r"\+?[0-9]+", re.ASCII)
_SOFT = re.compile(r"[ \t\u00a0\-.()\[\]/_·•\u2010-\u2015\u2212~]{0,4}")
"""May stand between the groups of one number."""
_EXTENSION = re.compile(
    r"[\s.(]{0,3}(?:转接?|分机号?|内线|;?ext(?:ension|n)?[.:=]?|[x#,*(\-\u2013\u2014])[\s.:()]{0,3}(?P<digits>[0-9]{1,6})(?![0-9])",
    re.ASCII | re.IGNORECASE,
)
_WITHHELD = re.compile(
    r"anonymous|private|unavailable|restricted|unknown|withheld|blocked|no ?number|null|none|invalid|"
    r"out[ _-]?of[ _-]?area|payphone|not ?provided|n/?a\b|asterisk|"
    r"未知|隐藏|匿名|私人号码|私密|(?:号码)?保密|(?:号码)?[未不]显示|无号码|(?:暂?无|没有|没留|未留|不详)(?:电话|号码)?$",
    re.IGNORECASE,
)
"""asterisk is what an exchange calls itself where nothing else is configured."""
_NO_SIGN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Seen by nobody, and pasted along with numbers out of telephone books and chats."""
_DATE = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])(?![0-9])", re.ASCII
)
_CHINA = re.compile(r"(?:\+|(?=00)|(?=86-0{5}|860{7}))((?:00)?86)", re.ASCII)
"""The country, put before what is no number by a network that puts it before all. 8600000 alone is a local number."""
_SCHEME = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
_ADDRESS_PARAMETER = re.compile(r";(?!ext=)[a-z-]+=?.*", re.ASCII | re.IGNORECASE | re.DOTALL)
_LONGEST_ADDRESS = 300
_ACCOUNT = re.compile(r"[a-z]{1,16}-[0-9]{1,4}", re.ASCII)
"""One of our own telephones (unit-07), which a caller may also be."""

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


@dataclass(frozen=True)
class Number:
    """One number out of what was given."""

    key: str
    extension: str = ""
    """Behind the switchboard; never dialled into the number."""
    written: str = field(default="", compare=False)
    """Its digits as they were given."""

    @property
    def dial(self) -> str:
        """As the national network wants it: 13900000001, 05374411000, 0085212345678, 110."""
        return dial_form(self.key)

    @property
    def words(self) -> str:
        """As people read it: 0537 441 1000 转 8001."""
        return number_words(self.dial) + (f" 转 {self.extension}" if self.extension else "")


def number_key(number: str) -> str:
    """`+86 139 0000 0001`, `幺三九零零零零零零零一` → 13900000001; `0537-4411000转8001`, `4411000` → 5374411000.

    Of several numbers the first one's. Empty: withheld, or no number at all.
    """
    return next((one.key for one in _numbers(number)), "")


def number_keys(text: str) -> tuple[str, ...]:
    """The keys of all numbers in a field, each once."""
    return tuple(dict.fromkeys(one.key for one in _numbers(text)))


def parse_numbers(text: str) -> tuple[Number, ...]:
    """All numbers in a field as people fill it (`4411000 王主任13900000001`), in their order, each once."""
    found: dict[str, Number] = {}
    for one in _numbers(text):
        if one.key not in found or not found[one.key].extension:
            found[one.key] = one
    return tuple(found.values())


def is_withheld(number: str) -> bool:
    """Whether a network gave this in a number's stead: nothing, `anonymous`, one digit over and over."""
    tidy = _addressed(_plain(number))
    if not tidy or _WITHHELD.match(tidy):
        return True
    signs = "".join(sign for sign in tidy if sign.isalnum())
    if (country := _CHINA.match(tidy)) is not None and not signs[len(country[1]) :].strip("0"):
        return True
    # A caller who keys 000 has no number either; 11 and 9 are too short for one in any case.
    return not signs or (all(sign.isdigit() for sign in signs) and len(set(signs)) == 1)


def says_withheld(text: str) -> bool:
    """Whether this is a network's or an exchange's own word for a number or a name that it does not show."""
    return not text.isdigit() and _WITHHELD.fullmatch(text.strip(" <>\"'")) is not None


def plain_number(text: str) -> str:
    """One number as it is stored and dialled; what holds none, or several, or more than a number, stays as it was
    written, but for what says that there is none."""
    if is_withheld(text):
        return ""
    found, tidy = parse_numbers(text), _digits_of(text)
    digits = "".join(group[0].lstrip("+") for group in _GROUP.finditer(tidy))
    rest = _SOFT.sub("", _GROUP.sub("", tidy))
    if (
        len(found) == 1
        and not found[0].extension
        and not rest
        and digits.endswith(found[0].key.removeprefix("00")[-7:])
    ):
        return found[0].dial
    return text.strip()


def mask_number(text: str) -> str:
    """As unauthorised eyes may see what is in a number's field: 138****0042; of any other number half of the digits at
    most; of extensions and of what stands beside the numbers nothing."""
    masked = [_mask(one) + ("转****" if one.extension else "") for one in parse_numbers(text)]
    if masked:
        return "、".join(masked)
    if is_withheld(text):
        return ""
    return text if _ACCOUNT.fullmatch(text) else "****"


def _mask(number: Number) -> str:
    if _MOBILE.fullmatch(number.key):
        return f"{number.key[:3]}****{number.key[-4:]}"
    digits = number.written or number.dial
    shown = len(digits) // 2
    tail = shown // 2
    return f"{digits[: shown - tail]}****{digits[len(digits) - tail :]}"


def is_mobile(key: str) -> bool:
    """One person's own telephone, as a landline need not be."""
    return _MOBILE.fullmatch(key) is not None


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
        ways += [prefix + local for prefix in ("", "86", "+86", "0086")]
    return tuple(dict.fromkeys(ways))


def mentions(text: str, key: str) -> bool:
    """Whether the number stands in `text`, in whatever spelling."""
    return bool(key) and any(one.key == key for one in _numbers(text))


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


def _plain(text: str) -> str:
    """Full-width characters as plain ones, and no invisible characters."""
    return _NO_SIGN.sub("", unicodedata.normalize("NFKC", text))


def _digits_of(text: str) -> str:
    """Full width and spoken digits as plain ones; of a SIP or tel address only who is meant."""
    tidy = _DATE.sub(" ; ", _addressed(_plain(text)))
    return _NUMERALS.sub(lambda found: found[0].translate(_PLAIN), tidy)


def _addressed(tidy: str) -> str:
    """The user of `"name" <sip:user@host>`, `tel:user;parameter`, `user@host`; any other text as it is, blanks and
    brackets around it taken away."""
    tidy = tidy.strip(" \t\r\n\"'<>")
    if len(tidy) > _LONGEST_ADDRESS:
        return tidy
    if (scheme := _SCHEME.search(tidy)) is not None:
        tidy = tidy[scheme.end() :]
    elif "@" not in tidy or any(sign.isspace() for sign in tidy):
        return _ADDRESS_PARAMETER.sub("", tidy)
    return _ADDRESS_PARAMETER.sub("", tidy.split("@", 1)[0])


def _numbers(text: str) -> Iterator[Number]:
    if is_withheld(text):
        return
    tidy = _digits_of(text)
    groups = list(_GROUP.finditer(tidy))
    found = False
    for start, end, key in _segments(tidy, groups):
        found = True
        written = "".join(group[0].lstrip("+") for group in groups[start:end])
        extension = _EXTENSION.match(tidy, groups[end - 1].end()) if not _MOBILE.fullmatch(key) else None
        if extension and (end >= len(groups) or not _is_number_from(tidy, groups, end)):
            yield Number(key, extension["digits"], written)
        else:
            yield Number(key, "", written)
    # What is nothing but digits is a number all the same: short ones, and those of networks that we do not know.
    if not found and groups and not _SOFT.sub("", _GROUP.sub("", tidy)):
        digits = "".join(group[0].lstrip("+") for group in groups)
        bare = digits.lstrip("0")
        short = bare.removeprefix("86") if groups[0][0].startswith(("+86", "0086")) or tidy[:1] == "+" else ""
        if SHORTEST_KEY <= len(short) <= LONGEST_SHORT:
            # The network puts the country before what is dialled within it alone; 8612345 itself is a local number.
            key = short
        else:
            key = _strict(bare) or (bare if len(bare) <= LONGEST_SHORT or digits[:2] != "00" else digits)
        if len(key) >= SHORTEST_KEY:
            yield Number(key[:LONGEST_KEY], "", digits)


def _is_number_from(tidy: str, groups: list[re.Match[str]], at: int) -> bool:
    """Whether a number begins with this very group."""
    return next(_ways(tidy, groups, at), None) is not None


def _segments(tidy: str, groups: list[re.Match[str]]) -> Iterable[tuple[int, int, str]]:
    """The groups of digits taken together to numbers so that the fewest digits are left over, then in the fewest
    numbers: (first group, the one after the last, key)."""
    count = len(groups)
    best: list[tuple[int, int, int, str]] = [(0, 0, count, "")] * (count + 1)
    for at in range(count - 1, -1, -1):
        left, numbers = best[at + 1][:2]
        best[at] = (left + len(groups[at][0]), numbers, at + 1, "")
        for end, key in _ways(tidy, groups, at):
            left, numbers = best[end][:2]
            best[at] = min(best[at], (left, numbers + 1, end, key), key=lambda way: way[:2])
    at = 0
    while at < count:
        _, _, end, key = best[at]
        if key:
            yield at, end, key
        at = end


def _ways(tidy: str, groups: list[re.Match[str]], at: int) -> Iterator[tuple[int, str]]:
    """The numbers that begin with group `at`: (the group after the last, key)."""
    digits = groups[at][0]
    for end in range(at + 1, min(len(groups), at + _MOST_GROUPS) + 1):
        if len(digits) > LONGEST_KEY:
            return
        if key := _strict(digits):
            yield end, key
            if not key.startswith("00"):
                # Complete: what follows is an extension, or another number.
                return
        if end == len(groups):
            return
        joined = _SOFT.fullmatch(tidy, groups[end - 1].end(), groups[end].start())
        if joined is None or groups[end][0].startswith("+"):
            return
        digits += groups[end][0]


def _strict(digits: str) -> str:
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
    if (carrier := _CARRIER.match(digits)) and not _MOBILE.fullmatch(digits):
        return _strict(digits[carrier.end() :])
    if digits.startswith("0"):
        return _trunk(digits)
    home = _area_code.removeprefix("0")
    if _MOBILE.fullmatch(digits) or _TOLL_FREE.fullmatch(digits):
        return digits
    if home and digits.startswith(home) and _LANDLINE.fullmatch(digits) and _LOCAL.fullmatch(digits[len(home) :]):
        return digits
    return home + digits if _LOCAL.fullmatch(digits) else ""


def _trunk(digits: str) -> str:
    """Of what begins with the zero of long distance."""
    rest = digits[1:]
    if _CITY_SERVICE.fullmatch(digits):
        return digits
    return rest if _MOBILE.fullmatch(rest) or _LANDLINE.fullmatch(rest) else ""


def _national(rest: str) -> str:
    """Of what stands behind +86."""
    if (carrier := _CARRIER.match(rest)) and not _MOBILE.fullmatch(rest):
        return _national(rest[carrier.end() :].lstrip("0"))
    if _MOBILE.fullmatch(rest) or _TOLL_FREE.fullmatch(rest) or _LANDLINE.fullmatch(rest):
        return rest
    home = _area_code.removeprefix("0")
    if home and rest.startswith(home) and _CITY_SERVICE.fullmatch("0" + rest):
        return "0" + rest
    return home + rest if _LOCAL.fullmatch(rest) else ""
