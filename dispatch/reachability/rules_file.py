"""A city's `reachability.toml`: how often and when each sort of contact is checked."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from core.folder.faults import Wrong
from core.folder.reading import read_toml
from core.folder.shapes import Count, Name, Strict
from dispatch.notifications.rules import Audience
from dispatch.reachability.rules import ReachabilityMeans, ReachabilityPlan, ReachabilityRules

Hours = Annotated[int, Field(ge=1, le=8784)]


class PlanLine(Strict):
    who: Annotated[list[Audience], Field(min_length=1)]
    means: ReachabilityMeans
    every_hours: Hours
    old_hours: Hours
    begins: dt.time
    ends: dt.time
    working_days: bool
    on_shift: bool = False
    source: Name

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.begins >= self.ends:
            raise Wrong("begins 不早于 ends", "begins 须早于 ends")
        if self.every_hours >= self.old_hours:
            raise Wrong("every_hours 不小于 old_hours", "every_hours 须小于 old_hours")
        if Audience.CITIZEN in self.who:
            raise Wrong("who 里写了 citizen", "诉求人不做联络测试，删去")
        if self.who != [Audience.UNIT] and (self.means is not ReachabilityMeans.MESSAGE or self.on_shift):
            raise Wrong("means 或 on_shift 只能用于 unit", '其他的写 means = "message"，不写 on_shift')
        return self


class ReachabilityFile(Strict):
    again_hours: Hours
    answer_minutes: Annotated[int, Field(ge=5, le=1440)]
    at_once: Count
    source: Name
    plan: list[PlanLine]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = [(who, line.means) for line in self.plan for who in line.who]
        if len(set(named)) != len(named):
            raise Wrong("两段 [[plan]] 的 who 和 means 相同", "留下一段")
        return self


def reachability_rules(file: Path) -> ReachabilityRules:
    """Where the file is missing nothing is checked but by hand. Raises ConfigurationError."""
    if not file.exists():
        return ReachabilityRules()
    read = read_toml(file, ReachabilityFile)
    plans = {
        (who, line.means): ReachabilityPlan(**line.model_dump(exclude={"who", "means", "source"}))
        for line in read.plan
        for who in line.who
    }
    return ReachabilityRules(plans, read.again_hours, read.answer_minutes, read.at_once)
