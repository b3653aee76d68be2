"""Which numbers may be dialled from here at all: one rule for every way out. Pure.

Everything is refused that no form allows: foreign and premium numbers, service numbers, our own line. The exchange's
dialplan is rendered from the same rule (telephony/pbx), so that a telephone's own keys are held to it while our program
is down. The forms are the city's (`dialling.toml`).
"""

import re
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.numbers.phone import number_key
from core.numbers.plan import spellings

Form = Annotated[str, Field(pattern=r"^([0-9X]|\[([0-9](-[0-9])?){1,6}\]){3,16}$")]
"""A whole number: digits, X for any digit, [2-8] for one of these. The same text is a pattern of Asterisk's."""
Beginning = Annotated[str, Field(pattern=r"^[0-9]{1,8}$")]
Times = Annotated[int, Field(ge=1, le=10_000)]


class Dialling(BaseModel):
    """The defaults are China's: mobile numbers, landlines with and without area code, the emergency numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed: tuple[Form, ...] = (
        "1[3-57-9]XXXXXXXXX", "16[2567]XXXXXXXX", "010[2-8]XXXXXXX", "02X[2-8]XXXXXXX", "0[3-9]XX[2-8]XXXXXX",
        "0[3-9]XX[2-8]XXXXXXX", "[2-8]XXXXXX", "[2-8]XXXXXXX", "110", "119", "120", "122",
    )  # fmt: skip
    refused: tuple[Beginning, ...] = ("1349", "1740", "1741", "168")
    """Beginnings that stay refused although a form allows them: satellite telephones, premium services."""
    extension_day: Times = 200
    """Calls to the outside from one extension in a day."""
    order_day: Times = 20
    """Calls about one order in a day."""
    source: str = ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(form.replace("X", "[0-9]") for form in self.allowed), re.ASCII)

    def may_dial(self, digits: str, *, own_line: str) -> bool:
        """`digits`: as they would be sent to the network, nothing else among them."""
        return (
            self._pattern.fullmatch(digits) is not None
            and not digits.startswith(self.refused)
            and digits not in line_spellings(own_line)
        )


def line_spellings(own_line: str) -> frozenset[str]:
    """All ways to dial our own line: a call to it would only come back in."""
    return frozenset(way for way in (own_line, *spellings(number_key(own_line))) if way.isdigit())
