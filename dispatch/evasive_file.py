"""`evasive.toml` as it is written, and the rules that it becomes."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from core.errors import BrokenHouse
from dispatch.city_files import Name, Strict
from dispatch.evasive import AnotherRules, EvasiveRules, MarkKind, NothingDoneRules, Question, Relief, Sign
from dispatch.kinds import Kind

Weight = Annotated[float, Field(gt=0)]


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


class Patterned(Strict):
    @field_validator("pattern", "asks", "expects", "empty_done", check_fields=False)
    @classmethod
    def _compiles(cls, text: str) -> str:
        return _is_pattern(text)


class KindLine(Strict):
    kind: MarkKind
    bar: Weight


class MarkSignLine(Patterned):
    kind: MarkKind
    pattern: Name
    weight: Weight
    reason: Name
    example: Name
    origin: Literal["city", "written"]

    @model_validator(mode="after")
    def _example_fits(self) -> "MarkSignLine":
        if re.search(self.pattern, self.example) is None:
            raise ValueError(f"the pattern does not find its own example {self.example}")
        return self


class ReliefLine(Patterned):
    kinds: Annotated[list[MarkKind], Field(min_length=1)]
    pattern: Name
    where: Literal["answer", "done", "both"]
    weight: Weight
    example: Name

    @model_validator(mode="after")
    def _example_fits(self) -> "ReliefLine":
        if re.search(self.pattern, self.example) is None:
            raise ValueError(f"the pattern does not find its own example {self.example}")
        return self


class QuestionLine(Patterned):
    asks: Name
    expects: Name
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


class NothingDoneLine(Patterned):
    consultation: Annotated[float, Field(ge=0)]
    suggestion: Annotated[float, Field(ge=0)]
    help: Annotated[float, Field(ge=0)]
    complaint: Annotated[float, Field(ge=0)]
    report: Annotated[float, Field(ge=0)]
    other: Annotated[float, Field(ge=0)]
    reason: Name
    empty_done: Name
    done_characters: Annotated[int, Field(gt=0)]
    done_weight: Weight


class EvasiveFile(Strict):
    kind: list[KindLine]
    sign: list[MarkSignLine]
    relief: list[ReliefLine]
    another: AnotherLine
    nothing_done: NothingDoneLine


def evasive_rules(file: EvasiveFile) -> EvasiveRules:
    """Raises BrokenHouse when a kind of mark has no entry."""
    if missing := set(MarkKind) - {line.kind for line in file.kind}:
        raise BrokenHouse("evasive.toml: no kind " + ", ".join(sorted(missing)))
    another, nothing = file.another, file.nothing_done
    return EvasiveRules(
        bars={line.kind: line.bar for line in file.kind},
        signs=tuple(Sign(line.kind, re.compile(line.pattern), line.weight, line.reason) for line in file.sign),
        reliefs=tuple(
            Relief(
                frozenset(line.kinds), re.compile(line.pattern), line.weight,
                line.where != "done", line.where != "answer",
            )
            for line in file.relief
        ),
        another=AnotherRules(
            another.overlap, another.off_topic, another.unanswered, another.answered, another.shortest,
            another.reason, another.unanswered_reason, frozenset(another.stop_words),
            tuple(Question(re.compile(line.asks), re.compile(line.expects)) for line in another.question),
        ),
        nothing_done=NothingDoneRules(
            {kind: getattr(nothing, kind) for kind in Kind}, nothing.reason, re.compile(nothing.empty_done),
            nothing.done_characters, nothing.done_weight,
        ),
    )  # fmt: skip
