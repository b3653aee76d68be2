"""Which new passwords are refused, and why: in words for the one who chooses it. Pure.

Length and zxcvbn's estimate of how many guesses it takes (lists of common passwords, names, dates, keyboard walks, what
the account and the city are called), not kinds of characters: those make `Password1!` and are remembered on paper.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin
from zxcvbn import zxcvbn

from core.city_words import CityWords, city_words

MIN_LENGTH = 10
MAX_LENGTH = 200
LOOKED_AT = 72
"""How much of a password is estimated: the work grows with the square of the length."""
ENOUGH_GUESSES = 10**8
"""NIST SP 800-63B 5.2.2 lets 100 failures pass; at our pace a name bears some 10,000 guesses a month from one
address, and a stolen hash costs 0.1 s a guess."""
COMMON_WORDS = (
    "12345", "hotline", "rexian", "zhengfu", "mima", "guanliyuan", "admin", "woaini", "wodemima", "zuoxi",
    "jiexianyuan", "ducha", "woai", "热线", "政府", "密码", "管理员", "坐席", "接线员", "督查",
)  # fmt: skip
"""What is typed first in Chinese offices; zxcvbn's own lists are mostly English."""
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_ARRANGED = 100
"""How many ways there are to put a local word and a year around the rest."""


@dataclass(frozen=True)
class Weakness:
    """What is wrong with a password: for people at the screen, and for operators."""

    chinese: str
    english: str


SHORT = Weakness(f"密码至少{MIN_LENGTH}位。", f"the password needs at least {MIN_LENGTH} characters")
LONG = Weakness(f"密码最多{MAX_LENGTH}位。", f"the password may have at most {MAX_LENGTH} characters")
UNSEEN = Weakness("密码含有看不见的字符，请重新输入。", "the password holds characters that cannot be seen")
NAME = Weakness("密码不能包含登录名。", "the password must not contain the name")
FEW = Weakness("密码过于简单，请多用几个不同的字符。", "the password is too simple: use more different characters")
COMMON = Weakness(
    "这个密码太容易被猜到（常见密码、键盘顺序、日期、姓名或本地词语）。请换一个，例如几个互不相关的词连在一起。",
    "the password is easily guessed (common passwords, keyboard rows, dates, names, local words): take some words that "
    "have nothing to do with one another",
)


def wrong_with(password: str, name: str, own_words: Iterable[str] = ()) -> Weakness | None:
    """What is wrong with a new password; None: it will do. `own_words`: what others know of its owner."""
    if len(password) < MIN_LENGTH:
        return SHORT
    if len(password) > MAX_LENGTH:
        return LONG
    if not password.isprintable():
        return UNSEEN
    if name and name in password.lower():
        return NAME
    if len(set(password)) < 5:
        return FEW
    return COMMON if guesses(password, (name, *own_words)) < ENOUGH_GUESSES else None


def guesses(password: str, own_words: Iterable[str] = ()) -> float:
    """About how many tries somebody needs who knows the lists, the city and `own_words`."""
    parts = (part for word in own_words for part in (word, *re.split(r"[-._ ]", word)))
    known = {*COMMON_WORDS, *_words_on_the_building(city_words()), *parts}
    text = password[:LOOKED_AT]
    # A local word or a year is as good as nothing, whatever stands around it: what is left bears the weight alone.
    rest = _YEAR.sub("", text.lower())
    for word in sorted((word.lower() for word in known if len(word) > 1), key=len, reverse=True):
        rest = rest.replace(word, "")
    left = _estimate(rest, known) * _ARRANGED if rest else 1.0
    return min(_estimate(text, known), left)


@lru_cache(1)
def _words_on_the_building(words: CityWords) -> frozenset[str]:
    """The city's name, its line's, its crews', and what everybody there knows; each in characters and in pinyin."""
    said = (words.city, words.city[:-1], words.line, words.line_short, words.crew, words.motto, *words.local)
    return frozenset({*said, *("".join(lazy_pinyin(word)) for word in said)})


def _estimate(text: str, known: Iterable[str]) -> float:
    """zxcvbn counts every sign that is not ASCII as one of ten."""
    many: int = 100 ** len(_HAN.findall(text))
    return float(zxcvbn(text, user_inputs=list(known))["guesses"]) * many
