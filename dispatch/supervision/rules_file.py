"""`evasive.toml` as it is written, and the rules that it becomes."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from core.folder.faults import Fault, FaultyFolder, Wrong
from core.folder.reading import read_optional
from core.folder.shapes import Name, Strict
from core.texts.patterns import PatternText
from dispatch.kinds import Kind
from dispatch.supervision.evasive import (
    AnotherRules,
    EvasionSign,
    EvasiveRules,
    MarkKind,
    NothingDoneRules,
    Question,
    Relief,
)

Weight = Annotated[float, Field(gt=0)]


class KindLine(Strict):
    kind: MarkKind
    bar: Weight


class MarkSignLine(Strict):
    kind: MarkKind
    pattern: PatternText
    weight: Weight
    reason: Name
    example: Name
    origin: Literal["city", "written"]

    @model_validator(mode="after")
    def _example_fits(self) -> "MarkSignLine":
        if self.pattern.search(self.example) is None:
            raise Wrong(f"pattern 找不到自己的例句“{self.example}”", "改正 pattern 或 example")
        return self


class ReliefLine(Strict):
    kinds: Annotated[list[MarkKind], Field(min_length=1)]
    pattern: PatternText
    where: Literal["answer", "done", "both"]
    weight: Weight
    example: Name

    @model_validator(mode="after")
    def _example_fits(self) -> "ReliefLine":
        if self.pattern.search(self.example) is None:
            raise Wrong(f"pattern 找不到自己的例句“{self.example}”", "改正 pattern 或 example")
        return self


class QuestionLine(Strict):
    asks: PatternText
    expects: PatternText
    example: Name


class AnotherLine(Strict):
    overlap: Annotated[float, Field(ge=0, le=1)]
    off_topic: Weight
    unanswered: Weight
    answered: Weight
    shortest: Annotated[int, Field(ge=0)]
    reason: Name
    unanswered_reason: Name
    stop_words: list[Name]
    question: list[QuestionLine]


class NothingDoneLine(Strict):
    consultation: Annotated[float, Field(ge=0)]
    suggestion: Annotated[float, Field(ge=0)]
    help: Annotated[float, Field(ge=0)]
    complaint: Annotated[float, Field(ge=0)]
    report: Annotated[float, Field(ge=0)]
    other: Annotated[float, Field(ge=0)]
    reason: Name
    empty_done: PatternText
    done_characters: Annotated[int, Field(gt=0)]
    done_weight: Weight


class EvasiveFile(Strict):
    kind: list[KindLine]
    sign: list[MarkSignLine]
    relief: list[ReliefLine]
    another: AnotherLine
    nothing_done: NothingDoneLine


def evasive_rules_in(path: Path) -> EvasiveRules | None:
    """None: the city has no such file, and replies are not marked. Raises FaultyFolder."""
    file = read_optional(path, EvasiveFile)
    return evasive_rules(file) if file else None


def evasive_rules(file: EvasiveFile) -> EvasiveRules:
    """Raises FaultyFolder when a kind of mark has no entry."""
    if missing := set(MarkKind) - {line.kind for line in file.kind}:
        raise FaultyFolder(
            Fault("evasive.toml", f"没有 kind 为 {kind} 的 [[kind]]", "补上这一段，写明 bar") for kind in missing
        )
    another, nothing = file.another, file.nothing_done
    return EvasiveRules(
        bars={line.kind: line.bar for line in file.kind},
        signs=tuple(EvasionSign(line.kind, line.pattern, line.weight, line.reason) for line in file.sign),
        reliefs=tuple(
            Relief(
                frozenset(line.kinds), line.pattern, line.weight,
                line.where != "done", line.where != "answer",
            )
            for line in file.relief
        ),
        another=AnotherRules(
            another.overlap, another.off_topic, another.unanswered, another.answered, another.shortest,
            another.reason, another.unanswered_reason, frozenset(another.stop_words),
            tuple(Question(line.asks, line.expects) for line in another.question),
        ),
        nothing_done=NothingDoneRules(
            {kind: getattr(nothing, kind) for kind in Kind}, nothing.reason, nothing.empty_done,
            nothing.done_characters, nothing.done_weight,
        ),
    )  # fmt: skip
