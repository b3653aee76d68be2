"""What a citizen asks for, sentence by sentence, and whether the reply speaks to it; for the reviewer to judge. Pure.

A question of a kind that the city's rules know (`evasive.toml`, `another.question`) is answered by what they expect in
an answer to it; any other request is answered where the reply has some of its words. Nothing is refused because of it.
"""

import re
from dataclasses import dataclass

from dispatch.supervision.evasive import EvasiveRules, overlap

_SENTENCE = re.compile(r"[^。！？；!?;\n]*[。！？；!?;\n]*")
_REQUESTS = re.compile("请(?!问?您?好)|希望|要求|建议|盼|尽快|麻烦|帮忙|[？?]")


@dataclass(frozen=True)
class DemandText:
    """A sentence of the matter."""

    text: str
    answered: bool | None
    """None: it asks for nothing."""


def demands_in(rules: EvasiveRules, matter: str, answer: str) -> tuple[DemandText, ...]:
    """The matter cut into its sentences, nothing left out."""
    return tuple(
        DemandText(sentence, _answered(rules, sentence, answer)) for sentence in _SENTENCE.findall(matter) if sentence
    )


def _answered(rules: EvasiveRules, sentence: str, answer: str) -> bool | None:
    said = sentence.strip("。！；!;\n ")
    if asked := [question for question in rules.another.questions if question.asks.search(said)]:
        return any(question.expects.search(answer) for question in asked)
    if not _REQUESTS.search(said):
        return None
    return overlap(said, answer, rules.another.stop_words) >= rules.another.overlap
