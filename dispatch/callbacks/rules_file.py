"""callbacks.toml as it is written, and the rules that it becomes."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from core.folder.faults import Wrong
from core.folder.reading import read_toml
from core.folder.shapes import Name, Strict
from core.texts.patterns import parse_pattern
from dispatch.callbacks.rules import CallbackRules


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
            raise Wrong("begins 不早于 ends", "begins 写开始的时刻，ends 写结束的时刻")
        return self


def callback_rules(file: Path) -> CallbackRules:
    if not file.exists():
        return CallbackRules()
    return CallbackRules(**read_toml(file, CallbacksFile).model_dump(exclude={"source"}))
