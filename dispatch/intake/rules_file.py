"""`hearing.toml` as it is written, and the rules that it becomes."""

from typing import Annotated

from pydantic import Field, model_validator

from core.texts.patterns import PatternText
from dispatch.city.files import Name, Share, Strict
from dispatch.intake.hearing import Cue, HearingRules
from dispatch.kinds import Kind


class CueLine(Strict):
    kind: Kind
    pattern: PatternText
    weight: float
    example: Name

    @model_validator(mode="after")
    def _example_fits(self) -> "CueLine":
        if self.pattern.search(self.example) is None:
            raise ValueError(f"the pattern does not find its own example {self.example}")
        return self


class HearingFile(Strict):
    subject_weight: Annotated[float, Field(ge=0)]
    not_names: list[Name]
    fillers: list[Name]
    surnames: Name
    sure_from: Share = 0.6
    cue: list[CueLine]


def hearing_rules(file: HearingFile) -> HearingRules:
    return HearingRules(
        cues=tuple(Cue(line.kind, line.pattern, line.weight) for line in file.cue),
        subject_weight=file.subject_weight,
        not_names=frozenset(file.not_names),
        fillers=tuple(sorted(file.fillers, key=len, reverse=True)),
        surnames=frozenset(file.surnames.split()),
        sure_from=file.sure_from,
    )
