"""What a network gives in the stead of a number that it does not show. Pure."""

import re

from core.numbers.writing import addressed, plain

_WITHHELD = re.compile(
    r"anonymous|private|unavailable|restricted|unknown|withheld|blocked|no ?number|null|none|invalid|"
    r"out[ _-]?of[ _-]?area|payphone|not ?provided|n/?a\b|asterisk|"
    r"未知|隐藏|匿名|私人号码|私密|(?:号码)?保密|(?:号码)?[未不]显示|无号码|(?:暂?无|没有|没留|未留|不详)(?:电话|号码)?$",
    re.IGNORECASE,
)
"""asterisk is what an exchange calls itself where nothing else is configured."""
_CHINA = re.compile(r"(?:\+|(?=00)|(?=86-0{5}|860{7}))((?:00)?86)", re.ASCII)
"""The country, put before what is no number by a network that puts it before all. 8600000 alone is a local number."""


def is_withheld(number: str) -> bool:
    """Whether a network gave this in a number's stead: nothing, `anonymous`, one digit over and over."""
    tidy = addressed(plain(number))
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
