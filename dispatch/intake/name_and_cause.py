"""Name and cause as citizens say them, and what an order is called. Pure.

Patterns, not grammar: all of it is proposed to a person.
"""

import re
from dataclasses import dataclass

from dispatch.city.records import City, Subject
from dispatch.intake.hearing import HearingRules
from dispatch.kinds import Kind

_FULL = re.compile(r"(?:我叫|俺叫|名字叫|名字是|我的名字|叫做|全名)(?:是|叫)?")
_AM = re.compile(r"(?:我是|我)(?=.{2,3}[，。])|(?:免贵姓.)，|姓.(?:叫|，)")
_SURNAME = re.compile(r"(?:我|俺|免贵|本人)姓(.)")
_NO_NAME = "我俺你他她这那住是在家今昨前上下也就说的了有从想要给打来自女男老，。、"
_CAUSE = re.compile(
    r"(?:因为|由于|原因是|是因为|说是|怪就怪|都是因为)(?P<cause>[^，。！？]{2,24}?)"
    r"(?=所以|于是|结果|就(?:不|给|停|断|没)|[，。！？]|$)"
)
TITLE_MOST = 30


@dataclass(frozen=True)
class NameFound:
    value: str
    confidence: float
    start: int
    end: int
    """In the text, in characters."""


def find_name(rules: HearingRules, text: str) -> NameFound | None:
    """The whole name after 我叫; after 姓 only the surname, as 王先生/女士 is more than was said."""
    for start_of, confidence in ((_FULL, 0.85), (_AM, 0.6)):
        for match in start_of.finditer(text):
            if name := _name_at(rules, text, match.end()):
                return NameFound(name, confidence, match.start(), match.end() + len(name))
    for match in _SURNAME.finditer(text):
        if match[1] in rules.surnames:
            return NameFound(match[1], 0.5, *match.span())
    return None


def find_cause(text: str) -> NameFound | None:
    match = _CAUSE.search(text)
    return None if match is None else NameFound(match["cause"], 0.6, *match.span())


def title_of(city: City, kind: Kind | None, subject: Subject | None, where: str, town: str | None) -> str:
    """鼓楼大街路灯不亮或损坏; "" where the subject is not known."""
    if subject is None:
        return ""
    place = where or (city.towns[town].name if town else "")
    match kind:
        case Kind.CONSULTATION:
            before = "咨询"
        case Kind.SUGGESTION:
            before = "建议："
        case Kind.REPORT:
            before = "举报"
        case _:
            before = ""
    matter = subject.name
    return f"{before}{place}{matter}"[:TITLE_MOST]


def tidy(rules: HearingRules, text: str) -> str:
    """What was said without the sounds that say nothing at the begin of a sentence."""
    sentences = []
    for sentence in re.split(r"(?<=[。！？])", text):
        at = 0
        while (filler := next((one for one in rules.fillers if sentence.startswith(one, at)), None)) is not None:
            at += len(filler)
            while sentence.startswith(("，", "、"), at):
                at += 1
        sentence = sentence[at:]
        sentences.append(sentence if sentence.strip("。，！？") else "")
    return "".join(sentences)


def _name_at(rules: HearingRules, text: str, start: int) -> str:
    double = text[start : start + 2] in rules.surnames
    if not double and text[start : start + 1] not in rules.surnames:
        return ""
    end = start + (2 if double else 1)
    most = end + 2
    while end < min(most, len(text)) and text[end] not in _NO_NAME:
        end += 1
    name = text[start:end]
    return name if len(name) >= 2 else ""
