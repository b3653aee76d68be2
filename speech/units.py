"""The sounds that the model distinguishes: initials and toneless finals, and how a word is cut into them.

The same cut (jieba's words, pypinyin's readings) as the synthesiser's, so that a label is what was really said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s".split()
FINALS = (
    "a o e ai ei ao ou an en ang eng ong er i ia ie iao iou ian in iang ing iong "
    "u ua uo uai uei uan uen uang ueng v ve van vn ii iii ê"
).split()
"""`ii` is the vowel of zi ci si, `iii` that of zhi chi shi ri; v stands for ü."""
UNITS = ["<blank>", *INITIALS, *FINALS]
INDEX = {unit: n for n, unit in enumerate(UNITS)}


WORDS = (
    "马上就办 一线通 接线员 办理单 井号键 数字键 手机端 派单 重听 直通车 曲阜市 "
    "鲁城街道 书院街道 小雪街道 时庄街道 吴村镇 姚村镇 陵城镇 尼山镇 王庄镇 息陬镇 石门山镇 防山镇"
)
"""Words the segmenter would cut in two; a wrong cut is heard as a wrong pause."""


@cache
def _pinyin() -> Any:
    import pypinyin

    return pypinyin


@cache
def segmenter() -> Any:
    """jieba, with the names of the line and the city that it would cut in two."""
    import jieba

    jieba.setLogLevel(60)
    for word in WORDS.split():
        jieba.add_word(word, 10**7)
    return jieba


@cache
def word_units(word: str) -> tuple[int, ...]:
    """Unit numbers of a word; raises KeyError for what has no Mandarin reading."""
    py = _pinyin()
    initials = py.lazy_pinyin(word, style=py.Style.INITIALS, strict=True, errors=lambda _: ["?"])
    finals = py.lazy_pinyin(word, style=py.Style.FINALS, strict=True, errors=lambda _: ["?"])
    units: list[int] = []
    for initial, final in zip(initials, finals, strict=True):
        if initial:
            units.append(INDEX[initial])
        if final == "i" and initial in ("z", "c", "s"):
            final = "ii"
        elif final == "i" and initial in ("zh", "ch", "sh", "r"):
            final = "iii"
        elif not final:  # 嗯 has no vowel in pinyin; it is pronounced en
            final = "en"
        units.append(INDEX[final])
    return tuple(units)


def words_of(text: str) -> list[str]:
    """The Chinese words of `text`, cut as the synthesiser cuts them."""
    parts: Iterable[str] = re.findall("[\u4e00-\u9fff]+", text)
    return [word for part in parts for word in segmenter().lcut(part)]


def text_units(text: str) -> list[int]:
    """Unit numbers of a whole text."""
    return [unit for word in words_of(text) for unit in word_units(word)]
