"""`units.toml` as people write it: every urgency has its search, and every search has steps."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from core.folder.faults import Wrong
from core.folder.shapes import Count, Name, Strict
from dispatch.assignments.rules import AskingRules, CrewSearchPlan, CrewSearchStep, Means
from dispatch.kinds import Urgency


class StepLine(Strict):
    do: Means
    seconds: Annotated[int, Field(ge=5, le=3600)]


class CrewSearchLine(Strict):
    urgency: Urgency
    units: Count
    steps: Annotated[list[StepLine], Field(min_length=1, max_length=20)]


class UnitsFile(Strict):
    busy_from: Count
    source: Name
    crew_search: list[CrewSearchLine]

    @model_validator(mode="after")
    def _each_urgency_once(self) -> Self:
        if sorted(line.urgency for line in self.crew_search) != sorted(Urgency):
            raise Wrong("[[crew_search]] 没有每种紧急程度各一段", f"各写一段，urgency 分别是 {'、'.join(Urgency)}")
        return self


def asking_rules(file: UnitsFile) -> AskingRules:
    return AskingRules(
        file.busy_from,
        {
            line.urgency: CrewSearchPlan(
                tuple(CrewSearchStep(step.do, step.seconds) for step in line.steps), line.units
            )
            for line in file.crew_search
        },
    )
