"""One normal form of Chinese text for storing an index and for asking it. Pure.

Wide and narrow, capital and small, traditional and simplified, 〇 and 零, 三十二 and 32, 3#楼 and 3号楼 are one and the
same; invisible characters are left out, and so is a blank beside a Chinese character (3 号楼), which no word of ours
needs. What is stored and what is asked go through here alike, so that a hit is a hit on both sides. Where somebody
asks, a blank stands between two words (`asked_words`): each of them is looked for by itself.
"""

import re
import unicodedata

from opencc import OpenCC

_DIGITS = {
    "0": "零〇○", "1": "一壹幺", "2": "二贰两", "3": "三叁", "4": "四肆",
    "5": "五伍", "6": "六陆", "7": "七柒", "8": "八捌", "9": "九玖",
}  # fmt: skip
_DIGIT = {sign: digit for digit, signs in _DIGITS.items() for sign in signs} | {str(n): str(n) for n in range(10)}
_UNIT = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_NUMERAL = re.compile(f"[{''.join(_DIGIT)}{''.join(_UNIT)}]+")
_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・･●", "·"))
_TENS = str.maketrans({"廿": "二十", "卅": "三十"})
_HAN_DOT = re.compile(r"(?<=[\u3400-\u9fff])\.(?=[\u3400-\u9fff])")
_PLATE = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z])[·.\- ]{1,3}(?=[a-z0-9]{5,6}(?![a-z0-9]))"
)
"""A vehicle's number is printed 鲁H·12345 and typed 鲁H12345."""
_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_LOOSE = re.compile(
    rf"(?<=[{_HAN}])(?<![{''.join(_UNIT)}])[^\S\n\u2028\u2029]+(?=[a-z0-9{_HAN}])(?![{''.join(_UNIT)}])"
    rf"|(?<=[a-z0-9])[^\S\n\u2028\u2029]+(?=[{_HAN}])(?![{''.join(_UNIT)}])"
)
"""Not beside 十 and 百, which would become part of a number."""
_BUILDING = re.compile(r"(?<![0-9])([0-9]{1,3})[^\S\n]?#(?![0-9]{4})")
"""3#楼, 12#-2; a telephone's extension is longer on both sides."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_ROUNDS = 8
"""Figures can make a numeral of what stands beside them (十千: 10千); nobody writes what takes a second round."""
_to_simplified = OpenCC("t2s").convert


def normal_form(text: str) -> str:
    """`３号楼`, `三 号樓` → 3号楼; control characters become blanks, invisible ones are dropped; lines stay apart."""
    return _joined(_figured(text))


def asked_words(text: str) -> list[str]:
    """What somebody looks for: `路灯 ３号楼` → 路灯, 3号楼."""
    return [_joined(word) for word in _figured(text).split()]


def _joined(word: str) -> str:
    return _LOOSE.sub("", word)


def _figured(text: str) -> str:
    wide = "".join(_plain(sign) for sign in unicodedata.normalize("NFKC", text))
    figured: str = _to_simplified(wide).lower().translate(_DOTS).translate(_TENS)
    for _ in range(_ROUNDS):
        before, figured = figured, _NUMERAL.sub(_figures, figured)
        if figured == before:
            break
    return _BUILDING.sub(r"\1号", _PLATE.sub(r"\1", _HAN_DOT.sub("·", figured)))


def _plain(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind not in _UNSEEN and kind != "Mn":
        return sign
    return sign if sign == "\n" else " " if kind == "Cc" else ""


def _figures(found: re.Match[str]) -> str:
    """A run of numerals in figures: 幺三九 → 139, 三十二 → 32, 一百零五 → 105, 3百 → 300, 十 → 10; a unit that counts
    nothing (百姓) stays."""
    run = found.group()
    if run.isascii():
        return run
    figures, at = "", 0
    while at < len(run):
        number, end = _number(run, at)
        figures += number
        at = end
    return figures


def _number(run: str, at: int) -> tuple[str, int]:
    """The number that begins at `at`, and where it ends."""
    if run[at] in _UNIT:
        if _UNIT[run[at]] != 10:
            return run[at], at + 1
        value, end = 10, at + 1
        if end < len(run) and run[end] in _DIGIT and not _counts(run, end):
            return str(value + int(_DIGIT[run[end]])), end + 1
        return str(value), end
    if not _counts(run, at):
        end = at
        while end < len(run) and run[end] in _DIGIT and (end == at or not _counts(run, end)):
            end += 1
        return "".join(_DIGIT[sign] for sign in run[at:end]), end
    value, last = 0, 10_000
    while at < len(run):
        zero = run[at] in _DIGIT and _DIGIT[run[at]] == "0"
        start = at + 1 if zero and value else at
        if start < len(run) and _counts(run, start) and _UNIT[run[start + 1]] < last and _DIGIT[run[start]] != "0":
            last = _UNIT[run[start + 1]]
            value, at = value + int(_DIGIT[run[start]]) * last, start + 2
            continue
        if start < len(run) and run[start] == "十" and last > 10 and start > at - 1 and value:
            value, at, last = value + 10, start + 1, 10
            continue
        if start < len(run) and run[start] in _DIGIT and not (start + 1 < len(run) and run[start + 1] in _DIGIT):
            # 一百零五 is 105, 一百五 is 150.
            value, at = value + int(_DIGIT[run[start]]) * (1 if zero or last == 10 else last // 10), start + 1
        break
    return str(value), at


def _counts(run: str, at: int) -> bool:
    """Whether the digit there counts a unit that follows it (三十); 九千 of 一九千 too."""
    return run[at] in _DIGIT and at + 1 < len(run) and run[at + 1] in _UNIT
