"""A text as rows of characters that can be searched however they were written: digits, letters, sounds. Pure.

Each row remembers the positions of its characters in the text. Building a row and searching it take time in proportion
to the text; nothing here is a regular expression that could be made to backtrack.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin, pinyin

LOOSE_LETTERS = 20
"""How many letters may stand between two digits of one number: 一三九，然后是零零…"""
_SAID = {
    "0": "零〇○洞", "1": "一幺壹弌", "2": "二两贰俩弍", "3": "三叁仨弎", "4": "四肆", "5": "五伍",
    "6": "六陆", "7": "七柒拐", "8": "八捌", "9": "九玖勾",
}  # fmt: skip
_DIGITS: Mapping[str, str] = {sign: digit for digit, signs in _SAID.items() for sign in signs}
_SOUND_LIKE = {
    "0": "林玲灵铃另领令凌", "1": "要腰妖邀夭吆衣依医", "2": "而耳儿尔", "3": "散伞", "4": "死思斯", "5": "无吴舞午",
    "6": "留流刘柳", "7": "期起奇其齐", "8": "吧巴把爸", "9": "就酒久旧救",
}  # fmt: skip
"""What a recogniser writes for a digit that it misheard."""
_MISHEARD: Mapping[str, str] = {sign: digit for digit, signs in _SOUND_LIKE.items() for sign in signs}
_WORDS: Mapping[str, str] = {
    "ling": "0", "dong": "0", "zero": "0", "yi": "1", "yao": "1", "one": "1", "er": "2", "liang": "2", "two": "2",
    "san": "3", "three": "3", "si": "4", "four": "4", "wu": "5", "five": "5", "liu": "6", "six": "6", "qi": "7",
    "guai": "7", "seven": "7", "ba": "8", "eight": "8", "jiu": "9", "gou": "9", "nine": "9",
}  # fmt: skip
_LETTERS_LIKE_DIGITS = {"o": "0", "l": "1", "i": "1", "|": "1"}
_MAY_SAY = frozenset(_DIGITS) | frozenset(_MISHEARD) | frozenset("兩倆雙對OoIl|")
_COUNTING = frozenset("双对十百")
"""They say digits together with what stands beside them."""
_LATIN_DIGIT = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)))
_JOINED_WORDS = re.compile(rf"(?:{_LATIN_DIGIT.pattern})+")
_LIKE_DIGITS = re.compile(r"[0-9oli|]+")
_ACCENTED = re.compile("[\u00c0-\u024f\u0300-\u036f]")
_TOKEN = re.compile(r"[a-z0-9|]+")
_OWN_NUMBER = re.compile(r"[A-Z]{1,6}20\d{6}-\d{4}-\d(?!\d)")
"""An order's (dispatch.numbering): its digits are no citizen's."""
_LIGHT = frozenset(" \t\u3000-‐‑‒–—―－_/\\·•・‧∙⋅.．*'\"“”‘’`~|()（）[]【】<>《》")
"""Characters with which people space out a name; all others end a phrase."""
_to_simplified = OpenCC("t2s").convert


@dataclass
class SpellingRow:
    """Characters of one kind in the order of the text."""

    signs: str = ""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)
    """How many gaps up to this sign are too wide even for the parts of one number."""
    strict: list[int] = field(default_factory=list)
    """How many gaps up to this sign hold more than separators."""
    beside: list[bool] = field(default_factory=list)
    """Whether nothing at all stands between the sign before and this one."""
    arabic: list[bool] = field(default_factory=list)
    """Whether the sign is a figure, not a word for one."""

    def find(self, wanted: str, *, loose: bool = False, overlapping: bool = True) -> Iterator[tuple[int, int]]:
        """Where `wanted` begins and ends in `signs`."""
        breaks, last = self.loose if loose else self.strict, len(wanted) - 1
        at = self.signs.find(wanted)
        while at >= 0:
            if breaks[at] == breaks[at + last]:
                yield at, at + last + 1
                at += 0 if overlapping else last
            at = self.signs.find(wanted, at + 1)

    def span(self, start: int, end: int, shown: str) -> tuple[int, int, str]:
        """Where these characters stand in the text, and what is to be read there instead."""
        return self.starts[start], self.ends[end - 1], shown


_Sign = tuple[str, int, bool]
"""Folded, where it stands, whether it may say a digit."""


class _Writer:
    def __init__(self) -> None:
        self.row = SpellingRow()
        self.said: list[str] = []
        self.letters = self.others = self.loose = self.strict = 0

    def sign(self, sign: str, start: int, end: int, *, arabic: bool = False) -> None:
        row = self.row
        if self.letters:
            self.strict += 1
            self.loose += self.letters > LOOSE_LETTERS
        row.loose.append(self.loose)
        row.strict.append(self.strict)
        row.beside.append(not self.letters and not self.others and bool(row.starts))
        row.starts.append(start)
        row.ends.append(end)
        row.arabic.append(arabic)
        self.said.append(sign)
        self.letters = self.others = 0

    def gap(self, letter: bool) -> None:
        if letter:
            self.letters += 1
        else:
            self.others += 1

    def done(self) -> SpellingRow:
        self.row.signs = "".join(self.said)
        return self.row


@lru_cache(65536)
def fold(sign: str) -> str:
    """A sign as it is compared: full width and circled ones plain, letters small and without marks (ā), characters
    simplified, Roman numerals as figures."""
    if unicodedata.name(sign, "").startswith(("ROMAN NUMERAL", "SMALL ROMAN NUMERAL")):
        value = unicodedata.numeric(sign, -1.0)
        return str(int(value)) if value in range(10) else sign
    if _ACCENTED.match(sign):
        plain = unicodedata.normalize("NFKD", sign)[0]
        return plain.casefold() if plain.isascii() else sign.casefold()
    return str(_to_simplified(unicodedata.normalize("NFKC", sign))).casefold()


@lru_cache(65536)
def digit_of(sign: str) -> str:
    """`sign` folded; empty: it says no digit."""
    if sign in _DIGITS:
        return _DIGITS[sign]
    value = unicodedata.numeric(sign, -1.0)
    return str(int(value)) if value in range(10) else ""


def digits_only(said: str) -> str:
    """All digits of `said`, however written, and the plus sign."""
    return "".join(digit_of(sign) or ("+" if sign == "+" else "") for one in said for sign in fold(one))


def says_digits(text: str) -> int:
    """An upper bound of the characters or words of `text` that say a digit; cheap."""
    plain = "".join(map(fold, text)) if _ACCENTED.search(text) else text.lower()
    return sum(sign.isnumeric() or sign in _MAY_SAY for sign in text) + len(_LATIN_DIGIT.findall(plain))


def digit_rows(text: str, *, misheard: bool = False) -> list[SpellingRow]:
    """The digits of `text` as it may be read: all of them; figures alone, words for digits standing between; and as
    spoken: 六个零, 一百三十九, yao san jiu, O for 0. With `misheard` also 要三九 for 幺三九."""
    own = {at for found in _OWN_NUMBER.finditer(text) for at in range(*found.span())}
    folded = [
        (sign, at, at not in own)
        for at, one in enumerate(text)
        if not _marks_a_letter(text, at)
        for sign in (one.lower() if one.isascii() else fold(one))
    ]
    every, figures = _Writer(), _Writer()
    for sign, at, counts in folded:
        digit = digit_of(sign) if counts else ""
        figure = bool(digit) and not "\u3400" <= sign <= "\u9fff" and sign not in "〇○"
        if digit:
            every.sign(digit, at, at + 1, arabic=figure)
        else:
            every.gap(sign.isalnum())
        if figure:
            figures.sign(digit, at, at + 1, arabic=True)
        else:
            figures.gap(sign.isalnum())
    tokens = _tokens(folded)
    rows = [every.done(), figures.done(), _spoken(folded, tokens, {})]
    if misheard and not _MISHEARD.keys().isdisjoint(sign for sign, _, _ in folded):
        rows.append(_spoken(folded, tokens, _MISHEARD))
    return rows


def _marks_a_letter(text: str, at: int) -> bool:
    """A tone written apart from its letter: a and U+0304."""
    return "\u0300" <= text[at] <= "\u036f" and at > 0 and text[at - 1].isalpha()


def _spoken(folded: list[_Sign], tokens: Mapping[int, tuple[str, int]], like: Mapping[str, str]) -> SpellingRow:
    writer, at = _Writer(), 0
    values = [(digit_of(sign) or like.get(sign, "")) if counts else "" for sign, _, counts in folded]
    while at < len(folded):
        sign, start, _ = folded[at]
        if at in tokens:
            digits, taken = tokens[at]
        elif values[at] or sign in _COUNTING:
            digits, taken = _reading(folded, values, at)
        else:
            digits, taken = "", 1
        for digit in digits:
            writer.sign(digit, start, folded[at + taken - 1][1] + 1, arabic=sign.isascii())
        if not digits:
            writer.gap(sign.isalnum())
        at += taken
    return writer.done()


def _reading(folded: list[_Sign], values: list[str], at: int) -> tuple[str, int]:
    """The digits that a character says at its place, and how many characters say them: 六个零, 双八, 三十, 一百."""
    sign, follows, next_value = folded[at][0], "", ""
    if at + 1 < len(folded):
        follows, next_value = folded[at + 1][0], values[at + 1]
    if values[at] and follows == "个":
        end = next((place for place in range(at + 2, min(at + 5, len(folded))) if folded[place][0].isalnum()), 0)
        if end and values[end] and values[at] not in "01":
            return values[end] * int(values[at]), end + 1 - at
    if values[at]:
        return values[at], 1
    if sign in "双对":
        return next_value, 1
    if sign == "十":
        before = at > 0 and values[at - 1]
        return ("" if next_value else "0") if before else ("1" if next_value else "10"), 1
    if sign == "百":
        return "" if next_value or follows == "十" else "00", 1
    return "", 1


def _tokens(folded: list[_Sign]) -> dict[int, tuple[str, int]]:
    """Words of Latin letters that say digits: where, which, and how many characters they take."""
    found: dict[int, tuple[str, int]] = {}
    for token in _TOKEN.finditer("".join(sign if counts else " " for sign, _, counts in folded)):
        word = token.group()
        if word in _WORDS:
            found[token.start()] = _WORDS[word], len(word)
        elif _JOINED_WORDS.fullmatch(word):
            found[token.start()] = "".join(_WORDS[one] for one in _LATIN_DIGIT.findall(word)), len(word)
        elif not word.isdecimal():
            found |= _letters_like_digits(word, token.start())
    return found


def _letters_like_digits(word: str, start: int) -> dict[int, tuple[str, int]]:
    """139OOOO, and OOOO alone; not the i of Latin words."""
    found: dict[int, tuple[str, int]] = {}
    for run in _LIKE_DIGITS.finditer(word):
        if run.group() == word or sum(sign.isdecimal() for sign in run.group()) >= 3:
            said = "".join(_LETTERS_LIKE_DIGITS.get(sign, sign) for sign in run.group())
            found[start + run.start()] = said, len(run.group())
    return found


def letter_row(text: str) -> SpellingRow:
    """Letters and characters of `text`. Only separators (`strict`), or anything but letters (`loose`), may stand
    between those of one name."""
    writer = _Writer()
    row = writer.row
    heavy = others = loose = strict = 0
    for at, one in enumerate(text):
        for sign in fold(one):
            if sign.isalnum():
                loose += others > 12
                strict += heavy > 0 or others > 12
                row.loose.append(loose)
                row.strict.append(strict)
                row.beside.append(not others and bool(row.starts))
                row.starts.append(at)
                row.ends.append(at + 1)
                writer.said.append(sign)
                heavy = others = 0
            else:
                others += 1
                heavy += sign not in _LIGHT and unicodedata.category(sign) not in ("Cf", "Mn", "So", "Zs")
    return writer.done()


@lru_cache(65536)
def sound_of(sign: str) -> str:
    """How a character sounds, without its tone; the sign itself where it is no Chinese character."""
    return lazy_pinyin(sign, style=Style.NORMAL)[0] if "\u3400" <= sign <= "\u9fff" else sign


@lru_cache(4096)
def readings_of(sign: str) -> tuple[str, ...]:
    """All ways in which a character is read, without tones."""
    return tuple(dict.fromkeys(pinyin(sign, style=Style.NORMAL, heteronym=True)[0]))


def _sound_sign(sound: str) -> str:
    """A private sign for a sound, so that rows of sounds are searched like any other."""
    if sound not in _SOUNDS:
        # Threads may do so at the same time: a number is given once and never again.
        _SOUNDS.setdefault(sound, next(_SOUND_NUMBERS))
    return chr(0xF0000 + _SOUNDS[sound])


_SOUNDS: dict[str, int] = {}
_SOUND_NUMBERS = count()


def sounds(signs: str) -> str:
    """`signs` of a letter row, each as it sounds."""
    return "".join(_sound_sign(sound_of(sign)) if "\u3400" <= sign <= "\u9fff" else sign for sign in signs)
