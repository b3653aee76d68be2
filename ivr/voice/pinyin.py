"""Chinese text as pinyin with tone digits, the way the voice engine reads it. Pure.

Numbers are read as people say them: 12 as 十二, 2026 before 年 and anything long or with a leading zero digit by digit
with 幺 for 1, as telephone and house numbers are.
"""

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

MOST_CHARACTERS = 120
"""About half a minute of speech; what is longer is cut at the end of a phrase."""

_DIGITS = "零一二三四五六七八九"
_PHRASE_ENDS = "，。；：！？、,;:!?\n"
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?(年?)")
_UNSPOKEN = re.compile(r"[^\w，。；：！？、,.;:!?%+\n]+")
_LETTERS = {
    **{"A": "ei1", "B": "bi4", "C": "xi1", "D": "di4", "E": "yi4", "F": "ai2 fu5", "G": "ji4", "H": "ei1 qu5"},
    **{"I": "ai4", "J": "zhei4", "K": "kei4", "L": "ai2 le5", "M": "ai2 mu5", "N": "en1", "O": "ou1", "P": "pi4"},
    **{"Q": "kiu4", "R": "a4", "S": "ai2 si5", "T": "ti4", "U": "you1", "V": "wei1", "W": "da2 bu5 liu5"},
    **{"X": "ai2 ke5 si5", "Y": "wai1", "Z": "zei4"},
}
_ALWAYS_DIGITS = {"110", "114", "119", "120", "122", "12345"}
"""Numbers of services: nobody says 一百一十."""
_SIGNS = {"%": "百分号", "+": "加", "_": "，"}


def clean_text(text: str, most: int = MOST_CHARACTERS) -> str:
    """`text` without what cannot be spoken (control characters, markup, emoji), at most `most` characters."""
    spoken = _UNSPOKEN.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    if len(spoken) <= most:
        return spoken
    cut = spoken[:most]
    end = max(cut.rfind(sign) for sign in _PHRASE_ENDS)
    return cut[:end] if end > most // 2 else cut


def read_number(number: int) -> str:
    """0 to 99,999,999 in Chinese, as said: 10 十, 105 一百零五, 20,000 两万. Raises ValueError outside."""
    if not 0 <= number < 100_000_000:
        raise ValueError(f"{number} is not between 0 and 99,999,999")
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        gap = "零" if 0 < low < 1_000 else ""
        head = "两" if high == 2 else read_number(high)
        return f"{head}万{gap}{_below_10_000(low) if low else ''}"
    if number < 20 and number >= 10:
        return _below_10_000(number).removeprefix("一")
    return _below_10_000(number)


def _below_10_000(number: int) -> str:
    if number < 10:
        return _DIGITS[number]
    said, gap = "", False
    for value, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, value)
        if digit:
            said += ("零" if gap else "") + ("两" if digit == 2 and value == 1000 else _DIGITS[digit]) + name
            gap = False
        else:
            gap = bool(said)
    return said


def read_digits(digits: str) -> str:
    """One by one: 110 → 幺幺零."""
    return "".join("幺" if digit == "1" else _DIGITS[int(digit)] for digit in digits)


def spell_numbers(text: str) -> str:
    """`text` with its numbers written out."""
    return _NUMBER.sub(_spell, text)


def _spell(match: re.Match[str]) -> str:
    whole, fraction, year = match.groups()
    if year and len(whole) == 4:
        return "".join(_DIGITS[int(digit)] for digit in whole) + year
    by_digits = len(whole) > 4 or (whole[0] == "0" and len(whole) > 1) or whole in _ALWAYS_DIGITS
    said = read_digits(whole) if by_digits else read_number(int(whole))
    if fraction is not None:
        said += "点" + "".join(_DIGITS[int(digit)] for digit in fraction)
    return said + year


def to_pinyin(text: str) -> str:
    """What espeak-ng's `cmn-latn-pinyin` reads: syllables with tone digits, letters by their names, punctuation."""
    spoken = spell_numbers(clean_text(text))
    for sign, word in _SIGNS.items():
        spoken = spoken.replace(sign, word)
    said: list[str] = []
    for run in lazy_pinyin(spoken, style=Style.TONE3, neutral_tone_with_five=True, errors="default"):
        said.extend(_plain(run))
    return " ".join(said)


def _plain(run: str) -> list[str]:
    """A syllable as it is; a run of letters or symbols that pypinyin left alone, spelled or as a pause."""
    if re.fullmatch(r"[a-zü]+[1-5]", run):
        return [run.replace("ü", "v")]
    said: list[str] = []
    for sign in run:
        if sign.upper() in _LETTERS:
            said.append(_LETTERS[sign.upper()])
        elif sign in "，、,：:":
            said.append(",")
        elif sign in "。；！？.;!?\n":
            said.append(".")
    return said
