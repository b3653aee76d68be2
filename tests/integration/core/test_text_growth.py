"""No text can stop the system: what every function of texts takes grows with the text, and no faster.

Each is given adversarial texts of 1,250 and of 10,000 characters. Eight times the text may take eight times the time,
and a good deal more before it is called growth: squared growth takes 64 times. CPU time of this thread, without the
collector of garbage, which walks through all that other tests have left, and the least of several runs where one looks
bad: a busy machine changes nothing.
"""

import datetime as dt
import gc
import math
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from core.errors import BadInput
from core.numbers.phone import mentions, number_key
from core.privacy.redaction import Citizen, make_redactor
from core.texts.search import like_pattern, mask_phone, pieces, search_document, search_query
from dispatch.intake.chinese_time import find_times
from dispatch.intake.hearing import CITIZEN, CITY, MatterHeard, spoken_by
from dispatch.intake.matter_model import plain_words, runs_of
from dispatch.intake.name_and_cause import find_cause, find_name, tidy
from dispatch.intake.place_matching import find_places, find_towns
from dispatch.intake.proposing import propose
from dispatch.intake.similarity import place_likeness, text_likeness
from dispatch.notifications.contacts import wrong_address
from dispatch.notifications.rules import NotificationChannel, Template, render
from dispatch.numbering import parse_number
from dispatch.policy import Policy, load_policy
from dispatch.routing.route import assess_urgency, find_place, find_town, route
from dispatch.routing.subject_matching import score_subjects
from dispatch.supervision.evasive import mark_reply, overlap
from ivr.voice.pinyin import spell_numbers, to_pinyin
from knowledge.rendering import answer_text, plain_text
from knowledge.rendering import render as render_markdown
from recordings.recognition.local_names import find_repairs, make_gazetteer
from recordings.recognition.vosk_result import join_words

ROOT = Path(__file__).parents[3]
SHORT, LONG = 1_250, 10_000
MOST = 14.0
"""Times as long for eight times the text."""
RUNS = 8
UNSEEN_SECONDS = 0.02
"""What the long text takes in less than this stops nobody, and is too short to be compared."""
MOST_SECONDS = 1.0
"""And whatever the growth: no longer than this."""
NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)

CITIZEN_ANSWERED = Citizen(frozenset({"王小明"}), frozenset({"13900000001"}))
REPEATED = [
    "1", "十", "一", "（", "【", "「", "“之", " ", "\u3000", "\n", "，", "。", "、", "a", "aB3-", "😀",
    "省市县区镇街道村路号",
    "1十百",
    "139", "13900000001", "1 3 ", "2026-11-29", "已", "会议", "管", "不是我们", "请您联系", "因为",
    "我叫", "我是王，",
    "姓", "孔庙", "神道路",
    "鼓楼大街", "晚上", "十月", "十点",
    "二月二十九号晚上八点", "农历八月", "嗯", "那个，", "停车", "井一",
    "王 ", "* ", "[", "![](",
    "> ", "`", "_a_", "- a\n", "<b>", "&lt;",
]  # fmt: skip


@cache
def policy() -> Policy:
    return load_policy(ROOT / "deploy/city/qufu")


@cache
def gazetteer():  # type: ignore[no-untyped-def]
    return make_gazetteer(place.name for place in policy().city.places)


def _propose(text: str) -> object:
    cut = [MatterHeard(CITIZEN, 0.0, 9.0, text), MatterHeard(CITY, 9.0, 10.0, text)]
    return propose(policy().city, policy().hearing, policy().urgency, cut, at=NOW)


def _mark(text: str) -> object:
    assert policy().evasive is not None
    return mark_reply(policy().evasive, text, text, text)


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "marks of a reply": _mark,
    "share of the matter's pairs": lambda text: overlap(text, text),
    "proposals": _propose,
    "what one side said": lambda text: spoken_by(CITIZEN, [MatterHeard(CITIZEN, 0.0, 9.0, text)]),
    "places": lambda text: find_places(policy().city, policy().hearing, text),
    "towns": lambda text: find_towns(policy().city, policy().hearing, text),
    "times": lambda text: find_times(text, NOW),
    "name": lambda text: find_name(policy().hearing, text),
    "cause": find_cause,
    "fillers taken out": lambda text: tidy(policy().hearing, text),
    "subjects": lambda text: score_subjects(policy().city, text),
    "urgency": lambda text: assess_urgency(policy().urgency, text),
    "place of the gazetteer": lambda text: find_place(policy().city, text),
    "town of a place": lambda text: find_town(policy().city, text),
    "route": lambda text: route(policy().city, policy().asking, subject="street-lamp", place_town=None, place=text),
    "likeness of places": lambda text: place_likeness(policy().city, text, text),
    "likeness of texts": lambda text: text_likeness(text, text),
    "words for the model": lambda text: list(runs_of(plain_words(policy().city, text))),
    "pieces for the index": pieces,
    "document for the index": search_document,
    "query of the index": search_query,
    "pattern for LIKE": like_pattern,
    "masked number": mask_phone,
    "key of a number": number_key,
    "number in a text": lambda text: mentions(text, "13900000001"),
    "typed order's number": lambda text: parse_number(text, "QF"),
    "address of a contact": lambda text: [wrong_address(channel, text) for channel in NotificationChannel],
    "covered text": lambda text: make_redactor([CITIZEN_ANSWERED]).text(text),
    "pinyin": to_pinyin,
    "numbers in words": spell_numbers,
    "Markdown": render_markdown,
    "Markdown without marks": plain_text,
    "answer of an article": lambda text: answer_text(text, [text]),
    "blanks of a template": lambda text: [one.blanks_left(text) for one in policy().replies.values()],
    "repaired names": lambda text: find_repairs(list(text), gazetteer()),
    "joined words": lambda text: join_words(list(text)),
    "notification": lambda text: render(
        policy().notifications, Template.NEW_ORDER, {"title": text, "place": text, "number": "QF"}
    ),
}  # fmt: skip


def _seconds(function: Callable[[str], object], text: str) -> float:
    """A text that is refused is a good answer too."""
    gc.disable()
    begun = time.thread_time()
    try:
        with suppress(BadInput):
            function(text)
        return time.thread_time() - begun
    finally:
        gc.enable()


def _grows(function: Callable[[str], object], sign: str) -> tuple[float, float]:
    """Seconds for the short and the long text; measured again where they look bad, and the least of it taken."""
    long = (sign * LONG)[:LONG]
    part, whole = math.inf, math.inf
    for _ in range(RUNS):
        whole = min(whole, _seconds(function, long))
        if whole <= UNSEEN_SECONDS:
            break
        part = min(part, _seconds(function, long[-SHORT:]))
        if whole <= MOST * part and whole <= MOST_SECONDS:
            break
    return part, whole


@pytest.mark.parametrize("name", FUNCTIONS)
def test_eight_times_the_text_takes_about_eight_times_as_long_and_never_long(name: str) -> None:
    function, wrong = FUNCTIONS[name], {}
    for sign in REPEATED:
        part, whole = _grows(function, sign)
        if whole > UNSEEN_SECONDS and (whole > MOST * part or whole > MOST_SECONDS):
            wrong[sign] = f"{part:.3f} s for {SHORT}, {whole:.3f} s for {LONG}"
    assert not wrong


def test_squared_growth_is_seen() -> None:
    part, whole = _grows(lambda text: [sign for sign in text for _ in range(len(text) // 20)], "路")
    assert whole > max(UNSEEN_SECONDS, MOST * part)
