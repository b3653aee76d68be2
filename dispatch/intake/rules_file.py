"""`hearing.toml` as it is written, and the rules that it becomes."""

from typing import Annotated

from pydantic import Field, model_validator

from core.folder.faults import Wrong
from core.folder.shapes import Name, Share, Strict
from core.texts.patterns import PatternText
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
            raise Wrong(f"pattern 找不到自己的例句“{self.example}”", "改正 pattern 或 example")
        return self


SECRECY = [
    "保密", "匿名", "别告诉", "不要告诉", "别说是我", "不要说是我", "别提我", "不要提我", "别透露", "不要透露",
    "不便透露", "别让人知道", "别让他们知道", "不想让人知道", "怕报复", "打击报复", "不留名", "不想留名", "不愿意留名",
]  # fmt: skip


class HearingFile(Strict):
    subject_weight: Annotated[float, Field(ge=0)]
    not_names: list[Name]
    fillers: list[Name]
    surnames: Name
    secrecy: list[Name] = SECRECY
    """Of no city in particular: a city that says nothing has these."""
    sure_from: Share = 0.6
    cue: list[CueLine]


def hearing_rules(file: HearingFile) -> HearingRules:
    return HearingRules(
        cues=tuple(Cue(line.kind, line.pattern, line.weight) for line in file.cue),
        subject_weight=file.subject_weight,
        not_names=frozenset(file.not_names),
        fillers=tuple(sorted(file.fillers, key=len, reverse=True)),
        surnames=frozenset(file.surnames.split()),
        secrecy=tuple(file.secrecy),
        sure_from=file.sure_from,
    )
