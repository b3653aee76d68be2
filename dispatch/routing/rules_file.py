"""urgency.toml and dispatch.toml as they are written, and the rules that they become."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.folder.reading import read_toml
from core.folder.shapes import Count, Name, Share, Strict
from dispatch.routing.rules import DispatchRules, UrgencyRules, UrgencySign


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


class DispatchFile(Strict):
    sure_from: Share
    past_orders: Count
    reason_weight: Count
    source: Name


def dispatch_rules(file: Path) -> DispatchRules:
    if not file.exists():
        return DispatchRules()
    return DispatchRules(**read_toml(file, DispatchFile).model_dump(exclude={"source"}))
