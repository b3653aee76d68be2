"""callbacks.toml as it is written, and the rules that it becomes."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from core.texts.patterns import parse_pattern
from dispatch.callbacks.rules import CallbackRules
from dispatch.city.files import (
    Name,
    Strict,
    read_toml,
)


class CallbacksFile(Strict):
    tries: Annotated[int, Field(ge=1, le=10)]
    pause_minutes: Annotated[int, Field(ge=1, le=1440)]
    begins: dt.time
    ends: dt.time
    soon_minutes: Annotated[int, Field(ge=0, le=1440)]
    ring_seconds: Annotated[int, Field(ge=10, le=120)]
    numbers: Name
    source: Name

    @field_validator("numbers")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        parse_pattern(value)
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.begins >= self.ends:
            raise ValueError("begins must be earlier than ends")
        return self


def callback_rules(file: Path) -> CallbackRules:
    if not file.exists():
        return CallbackRules()
    return CallbackRules(**read_toml(file, CallbacksFile).model_dump(exclude={"source"}))
