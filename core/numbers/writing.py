"""How people and networks write a number: full width, spoken digits, addresses, characters that nobody sees. Pure."""

import re
import unicodedata

_SPOKEN = {
    "0": "零〇洞", "1": "一幺壹", "2": "二两贰", "3": "三叁", "4": "四肆",
    "5": "五伍", "6": "六陆", "7": "七柒拐", "8": "八捌", "9": "九玖勾",
}  # fmt: skip
_PLAIN = str.maketrans({sign: digit for digit, signs in _SPOKEN.items() for sign in signs})
_NUMERALS = re.compile(f"[{''.join(_SPOKEN.values())}]{{3,}}|幺")
"""One numeral alone is part of a name or of an address."""
_NO_SIGN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Seen by nobody, and pasted along with numbers out of telephone books and chats."""
_DATE = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])(?![0-9])", re.ASCII
)
_SCHEME = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
_ADDRESS_PARAMETER = re.compile(r";(?!ext=)[a-z-]+=?.*", re.ASCII | re.IGNORECASE | re.DOTALL)
_LONGEST_ADDRESS = 300


def plain(text: str) -> str:
    """Full-width characters as plain ones, and no invisible characters."""
    return _NO_SIGN.sub("", unicodedata.normalize("NFKC", text))


def digits_of(text: str) -> str:
    """Full width and spoken digits as plain ones; of a SIP or tel address only who is meant."""
    tidy = _DATE.sub(" ; ", addressed(plain(text)))
    return _NUMERALS.sub(lambda found: found[0].translate(_PLAIN), tidy)


def addressed(tidy: str) -> str:
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
