"""urgency.toml as it is written, and the rules that it becomes."""

from typing import Annotated

from pydantic import Field

from dispatch.city.files import (
    Name,
    Strict,
)
from dispatch.routing.rules import UrgencyRules, UrgencySign


class SignLine(Strict):
    all: Annotated[list[Name], Field(min_length=1)]
    weight: Annotated[int, Field(gt=0)]
    advice: str = ""


class UrgencyFile(Strict):
    urgent_from: int
    emergency_from: int
    sign: list[SignLine]


def urgency_rules(file: UrgencyFile) -> UrgencyRules:
    signs = tuple(
        UrgencySign(tuple(tuple(group.split("|")) for group in line.all), line.weight, line.advice)
        for line in file.sign
    )
    return UrgencyRules(signs, file.urgent_from, file.emergency_from)
