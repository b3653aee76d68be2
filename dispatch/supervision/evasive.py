"""Marks on replies that evade (神回复): the passage and the reason, for the coordinator to judge. Pure.

Evasive phrases add weight, reliefs take it away, and what reaches its kind's bar is marked; all of them are the city's
data (`evasive.toml`). Only three things are computed here: how much of the matter the answer mentions at all, whether
what was asked for stands in it, and whether nothing was done. Nothing is refused because of a mark.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.texts.patterns import Pattern
from core.texts.search import pieces
from dispatch.kinds import Kind


class MarkKind(StrEnum):
    BOUNCES = "bounces"
    PROVERB = "proverb"
    ANSWERS_ANOTHER_QUESTION = "answers_another_question"
    NO_ACT_NO_DATE = "no_act_no_date"
    MAY_CHOOSE_NEARBY = "may_choose_nearby"
    PAPERS_IN_PIECES = "papers_in_pieces"


COMPUTED = (MarkKind.ANSWERS_ANOTHER_QUESTION, MarkKind.NO_ACT_NO_DATE)
"""Judged last, and without a sign of their own only where no other mark explains the reply better."""


@dataclass(frozen=True)
class Mark:
    kind: MarkKind
    start: int
    """Of the passage in the public answer, in characters."""
    end: int
    text: str
    reason: str
    """Chinese."""


@dataclass(frozen=True)
class EvasionSign:
    kind: MarkKind
    pattern: Pattern
    weight: float
    reason: str


@dataclass(frozen=True)
class Relief:
    kinds: frozenset[MarkKind]
    pattern: Pattern
    weight: float
    in_answer: bool
    in_done: bool


@dataclass(frozen=True)
class Question:
    """What the citizen asks for, and what an answer to it has in it."""

    asks: Pattern
    expects: Pattern


@dataclass(frozen=True)
class AnotherRules:
    overlap: float
    """Less than this share of the matter's pairs of characters in the answer: it speaks of something else."""
    off_topic: float
    unanswered: float
    answered: float
    """Taken away when what was asked for is there."""
    shortest: int
    """Characters; a shorter answer has no room for the matter's words."""
    reason: str
    unanswered_reason: str
    stop_words: frozenset[str]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class NothingDoneRules:
    weights: Mapping[Kind, float]
    reason: str
    empty_done: Pattern
    """Words of the file's text that stand for nothing done."""
    done_characters: int
    """So many left besides them: something was done …"""
    done_weight: float
    """… and how much is subtracted for it."""


@dataclass(frozen=True)
class EvasiveRules:
    bars: Mapping[MarkKind, float]
    signs: tuple[EvasionSign, ...]
    reliefs: tuple[Relief, ...]
    another: AnotherRules
    nothing_done: NothingDoneRules


@dataclass(frozen=True)
class EvasionFound:
    """One thing that speaks for a mark."""

    weight: float
    start: int
    end: int
    reason: str


@dataclass(frozen=True)
class _Reply:
    rules: EvasiveRules
    matter: str
    done: str
    answer: str
    kind: Kind
    subject_words: Collection[str] = field(default=())


def mark_reply(
    rules: EvasiveRules,
    matter: str,
    done: str,
    public_answer: str,
    *,
    kind: Kind = Kind.OTHER,
    subject_words: Collection[str] = (),
) -> tuple[Mark, ...]:
    """What in `public_answer` may evade the matter, in the order of the kinds; mostly nothing.

    `done` is the file's text; `subject_words` are those by which the matter's category is known, so that an answer
    in other words than the citizen's is not taken for another matter.
    """
    reply = _Reply(rules, matter, done, public_answer, kind, subject_words)
    plain = [mark for each in MarkKind if each not in COMPUTED and (mark := _judge(reply, each, _signs(reply, each)))]
    marks = list(plain)
    for each in COMPUTED:
        evidence = _signs(reply, each)
        if not marks:
            evidence += _off_topic(reply) if each is MarkKind.ANSWERS_ANOTHER_QUESTION else _nothing_done(reply)
        if (mark := _judge(reply, each, evidence)) is not None:
            marks.append(mark)
    order = list(MarkKind)
    return tuple(sorted(marks, key=lambda mark: order.index(mark.kind)))


def overlap(matter: str, answer: str, stop_words: Collection[str] = ()) -> float:
    """Share of the matter's pairs of characters that the answer has too, 0 to 1; 1 for a matter without any."""
    wanted = set(pieces(matter)) - set(stop_words)
    return len(wanted & set(pieces(answer))) / len(wanted) if wanted else 1.0


def _judge(reply: _Reply, kind: MarkKind, evidence: list[EvasionFound]) -> Mark | None:
    weight = sum(found.weight for found in evidence) - _relief(reply, kind)
    if not evidence or weight < reply.rules.bars[kind] - 1e-9:
        return None
    heaviest = max(evidence, key=lambda found: found.weight)
    start, end = heaviest.start, heaviest.end
    return Mark(kind, start, end, reply.answer[start:end], heaviest.reason)


def _signs(reply: _Reply, kind: MarkKind) -> list[EvasionFound]:
    """Each sign once, with the sentence in which it stands."""
    return [
        EvasionFound(sign.weight, *_sentence_around(reply.answer, *hit), sign.reason)
        for sign in reply.rules.signs
        if sign.kind is kind and (hit := sign.pattern.search(reply.answer)) is not None
    ]


def _relief(reply: _Reply, kind: MarkKind) -> float:
    total = sum(
        relief.weight
        for relief in reply.rules.reliefs
        if kind in relief.kinds
        and (
            (relief.in_answer and relief.pattern.search(reply.answer))
            or (relief.in_done and relief.pattern.search(reply.done))
        )
    )
    # Actions in the file support an answer that does not mention them, but make no bounce or proverb better.
    return total + (reply.rules.nothing_done.done_weight if kind in COMPUTED and _something_done(reply) else 0.0)


def _off_topic(reply: _Reply) -> list[EvasionFound]:
    another, whole = reply.rules.another, (0, len(reply.answer))
    found = []
    named = len(reply.answer) < another.shortest or any(word in reply.answer for word in reply.subject_words)
    if not named and overlap(reply.matter, reply.answer, another.stop_words) < another.overlap:
        found.append(EvasionFound(another.off_topic, *whole, another.reason))
    asked = [question for question in another.questions if question.asks.search(reply.matter)]
    if asked and not any(question.expects.search(reply.answer) for question in asked):
        found.append(EvasionFound(another.unanswered, *whole, another.unanswered_reason))
    elif asked and found:
        found.append(EvasionFound(-another.answered, *whole, ""))
    return found


def _nothing_done(reply: _Reply) -> list[EvasionFound]:
    rules = reply.rules.nothing_done
    weight = rules.weights[reply.kind]
    return [EvasionFound(weight, 0, len(reply.answer), rules.reason)] if weight > 0 else []


def _something_done(reply: _Reply) -> bool:
    rules = reply.rules.nothing_done
    return len(rules.empty_done.without(reply.done)) >= rules.done_characters


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    ends = "。！？；!?;\n"
    # A pattern may begin with the sign that ends the sentence before.
    while start < end - 1 and text[start] in ends:
        start += 1
    while start > 0 and text[start - 1] not in ends:
        start -= 1
    while end < len(text) and text[end - 1] not in ends:
        end += 1
    while start < end and text[start].isspace():
        start += 1
    return start, end
