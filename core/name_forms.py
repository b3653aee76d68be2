"""The forms in which a text may call somebody whose name is known. Pure."""

import unicodedata

from core.spelling import fold, sound_of

SHORTEST_NAME = 2
SHORTEST_LATIN = 4
"""Letters: shorter names are parts of words and of our own codes."""
TITLES = (
    "先生",
    "女士",
    "小姐",
    "同志",
    "大爷",
    "大娘",
    "大妈",
    "大叔",
    "大婶",
    "大姐",
    "大哥",
    "阿姨",
    "师傅",
    "老师",
    "某某",
    "某",
)
_TWO_CHARACTER_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "夏侯",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "长孙",
        "宇文",
        "司徒",
        "轩辕",
        "端木",
        "南宫",
        "呼延",
        "独孤",
        "百里",
        "东郭",
        "公羊",
    ]
)
_CALLED = ("名", "叫", "名叫", "名字叫", "单名", "字")


def tidy_name(name: str) -> str:
    """Letters and characters only, as texts are compared: 买买提·吐尔逊 → 买买提吐尔逊."""
    return "".join(sign for one in name for sign in fold(one) if sign.isalnum())


def whole_names(name: str) -> set[str]:
    """The name as it is; empty where it is too short to name anybody."""
    tidy = tidy_name(name)
    shortest = SHORTEST_LATIN if tidy.isascii() else SHORTEST_NAME
    return {tidy} if len(tidy) >= shortest and not tidy.isdecimal() else set()


def parts_of_name(name: str) -> set[str]:
    """By which else somebody is known who wishes to stay unnamed: the given name, each part of a name of several,
    surname with title, the name said apart (姓李名强), and in Latin letters."""
    tidy = tidy_name(name)
    if not tidy or tidy.isdecimal():
        return set()
    if tidy.isascii():
        return {part for part in _words(name) if len(part) >= SHORTEST_LATIN}
    surname, given = _split(tidy)
    forms = {surname + title for title in TITLES} | {f"{lead}姓{surname}" for lead in ("我", "免贵", "本人", "我叫")}
    if len(_words(name)) > 1:
        forms |= {part for part in _words(name) if len(part) >= SHORTEST_NAME}
    if given:
        forms |= {f"{surname}{called}{given}" for called in _CALLED}
        if len(given) >= SHORTEST_NAME:
            forms.add(given)
        forms |= {latin for latin in _latin(surname, given) if len(latin) > SHORTEST_LATIN}
    return forms


def sounding_name(name: str) -> str:
    """The name if it is long enough to be known by its sound alone (钱多多 as 钱朵朵); else empty."""
    tidy = tidy_name(name)
    return tidy if len(tidy) > SHORTEST_NAME and all("\u3400" <= sign <= "\u9fff" for sign in tidy) else ""


def familiar(name: str) -> set[str]:
    """小李, 老李: not where a village or a house is named so."""
    tidy = tidy_name(name)
    return {f"{lead}{_split(tidy)[0]}" for lead in "小老"} if tidy and not tidy.isascii() else set()


def _split(tidy: str) -> tuple[str, str]:
    """Surname and given name; a title is none."""
    length = 2 if tidy[:2] in _TWO_CHARACTER_SURNAMES else 1
    surname, given = tidy[:length], tidy[length:]
    return surname, "" if given.startswith(TITLES) else given


def _words(name: str) -> list[str]:
    folded = "".join(
        sign if sign.isalnum() else " " for one in unicodedata.normalize("NFKC", name) for sign in fold(one)
    )
    return folded.split()


def _latin(surname: str, given: str) -> set[str]:
    first, second = ("".join(sound_of(sign) for sign in part) for part in (surname, given))
    return {first + second, second + first} if first.isascii() and second.isascii() else set()
