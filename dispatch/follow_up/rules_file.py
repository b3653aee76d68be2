"""follow-up.toml as it is written, and the rules that it becomes."""

import datetime as dt
from typing import Annotated, Self

from pydantic import Field, model_validator

from core.folder.faults import Wrong
from core.folder.shapes import Name, Strict
from dispatch.follow_up.rules import FollowUpRules


class FollowUpFile(Strict):
    after_hours: Annotated[float, Field(ge=0, le=240)]
    within_hours: Annotated[float, Field(gt=0, le=720)]
    day_begins: dt.time
    day_ends: dt.time
    answer_hours: Annotated[float, Field(ge=1, le=240)]
    source: Name

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.after_hours >= self.within_hours:
            raise Wrong("after_hours 不小于 within_hours", "after_hours 须小于 within_hours")
        if self.day_begins >= self.day_ends:
            raise Wrong("day_begins 不早于 day_ends", "day_begins 须早于 day_ends")
        return self


def follow_up_rules(file: FollowUpFile) -> FollowUpRules:
    return FollowUpRules(**file.model_dump(exclude={"source"}))
