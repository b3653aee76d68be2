"""The forms in which a text may call somebody whose name is known. Pure."""

import re
import unicodedata
from itertools import islice, product

from core.privacy.spelling import fold, readings_of

SHORTEST_NAME = 2
SHORTEST_LATIN = 4
"""Letters: shorter names are parts of words and of our own codes."""
_MOST_READINGS = 12
_LONG_NAME = 5
"""Characters: with so many and no dot, a name has parts of three by which alone somebody is called (买买提吐尔逊)."""
TITLES = (
    *re.findall(
        "..",
        "先生女士小姐同志大爷大娘大妈大叔大婶大姐大哥大伯大嫂阿姨奶奶爷爷婆婆伯伯叔叔师傅老师同学大夫医生护士老板老汉老太老人太太夫人某某",
    ),
    "某",
)
_COMPOUND_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳司马上官诸葛东方夏侯皇甫尉迟公孙慕容令狐长孙宇文司徒轩辕端木南宫呼延独孤百里东郭公羊东野颛孙公冶淳于亓官司空司寇太史"
        "申屠钟离澹台濮阳赫连闻人万俟单于闾丘仲孙鲜于拓跋西门纳兰完颜谷梁宰父巫马漆雕乐正左丘梁丘宗政太叔第五",
    )
)
_COMMON_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范"
    "汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔颜常温康施牛樊葛邢安齐庞"
)
_CALLED = ("名", "叫", "名叫", "名字叫", "单名", "单名一个", "字")
_SEVERAL = re.compile(r"[、,，;；/／|&+\n]")
_AND = re.compile(r"\s*[和与及跟代]\s*")
_BRACKETS = re.compile(r"[(（【\[<《][^)）】\]>》]*[)）】\]>》]?")
_LABEL = re.compile(r"^(?:来电人|诉求人|举报人|反映人|市民|姓名|联系人)[:：\s]*")
_ENDINGS = (*TITLES, "本人", "代报", "代打")
_RELATION = re.compile(
    r"^.{1,8}?的(?:妻子|丈夫|儿子|女儿|父亲|母亲|爸爸|妈妈|爱人|老婆|老公|哥哥|姐姐|弟弟|妹妹|邻居|家属|朋友|同事|对象)?[:：\s]*"
)


def people_in(typed: str) -> set[str]:
    """The names in a name's field as it was typed: 李强先生, 李强（本人）, 李强、王芳, 李强的妻子王芳.

    Whoever comes after the first is one only with a common surname: 李强，书院街道 names no second.
    """
    plain = unicodedata.normalize("NFKC", typed)
    outside = [piece for piece in _SEVERAL.split(_BRACKETS.sub(" ", plain)) if piece.strip()]
    inside = [piece[1:].rstrip(")）】]>》") for piece in _BRACKETS.findall(plain)]
    firsts = {_bare(one) for one in (_whom(outside[0]) if outside else ())}
    others = {_bare(one) for piece in [*outside, *inside] for one in [piece, *_others_in(piece)]}
    return {one for one in firsts if one} | {one for one in others if _is_likely_name(one)}


def _whom(piece: str) -> set[str]:
    """The person named first: of 李强的妻子王芳 李强, of 李强和王芳 perhaps both together."""
    found = _RELATION.match(piece)
    ends = [at.start() for at in _AND.finditer(piece) if at.start() >= SHORTEST_NAME]
    return {piece[: found.group().index("的")] if found else piece} | {piece[:end] for end in ends}


def _others_in(piece: str) -> set[str]:
    """Those who may be named after another: behind 的妻子, 和, or a blank between words of several characters."""
    found = _RELATION.match(piece)
    behind = {piece[found.end() :]} if found else set[str]()
    behind |= {piece[at.end() :] for at in _AND.finditer(piece) if at.start() >= SHORTEST_NAME}
    words = [] if piece.isascii() else piece.split()
    return behind | (set(words) if all(len(word) >= SHORTEST_NAME for word in words) else set())


def _is_likely_name(name: str) -> bool:
    tidy = tidy_name(name)
    return SHORTEST_NAME <= len(tidy) <= 4 and (tidy[:1] in _COMMON_SURNAMES or tidy[:2] in _COMPOUND_SURNAMES)


def _bare(piece: str) -> str:
    """Without the words beside a name that describe the person; a surname with its title stays as it is."""
    name = _LABEL.sub("", piece.strip())
    while ending := next((one for one in _ENDINGS if name.endswith(one)), ""):
        shorter = name.removesuffix(ending).rstrip()
        if len(tidy_name(shorter)) < SHORTEST_NAME or tidy_name(shorter) in _COMPOUND_SURNAMES:
            break
        name = shorter
    return name


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
    surname with title, the name said apart (姓李名强), and in Latin letters. Of four characters and more, two may be
    the surname though no list has it."""
    tidy = tidy_name(name)
    if not tidy or tidy.isdecimal():
        return set()
    if tidy.isascii():
        return {part for part in _words(name) if len(part) >= SHORTEST_LATIN}
    forms = set[str]()
    said = _words(name)
    words = [word for word in said if len(word) >= SHORTEST_NAME] if len(said) > 1 else []
    forms |= {*words, *(latin for word in words for latin in _readings(word))}
    for surname, given in _splits(tidy):
        forms |= {surname + title for title in TITLES}
        forms |= {
            f"{lead}姓{surname}" for lead in ("我", "免贵", "本人", "我叫", *(("复", "") if len(surname) > 1 else ()))
        }
        if given:
            forms |= {f"{surname}{called}{given}" for called in _CALLED}
            if len(given) >= SHORTEST_NAME:
                forms |= {given, *_readings(given)}
            forms |= _latin(surname, given)
    if len(tidy) >= _LONG_NAME:
        forms |= {part for at in range(3, len(tidy) - 1) for part in (tidy[:at], tidy[at:]) if len(part) >= 3}
    return {form for form in forms if not form.isascii() or len(form) > SHORTEST_LATIN}


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
    length = 2 if tidy[:2] in _COMPOUND_SURNAMES else 1
    surname, given = tidy[:length], tidy[length:]
    return surname, "" if given.startswith(TITLES) else given


def _splits(tidy: str) -> set[tuple[str, str]]:
    """All that may be meant: 张王示例 is 张 or 张王."""
    surname, given = _split(tidy)
    return {(surname, given), (tidy[:2], tidy[2:])} if len(given) > SHORTEST_NAME else {(surname, given)}


def _words(name: str) -> list[str]:
    folded = "".join(
        sign if sign.isalnum() else " " for one in unicodedata.normalize("NFKC", name) for sign in fold(one)
    )
    return folded.split()


def _latin(surname: str, given: str) -> set[str]:
    both = [(first, second) for first in _readings(surname) for second in _readings(given)]
    return {first + second for first, second in both} | {second + first for first, second in both}


def _readings(part: str) -> set[str]:
    """A part of a name in Latin letters, by every way in which its characters are read (曾: zeng, ceng); none where a
    sign of it is no Chinese character."""
    if not all("\u3400" <= sign <= "\u9fff" for sign in part):
        return set()
    return {
        spelt
        for read in islice(product(*(readings_of(sign) for sign in part)), _MOST_READINGS)
        for spelt in _umlauts("".join(read))
    }


def _umlauts(read: str) -> set[str]:
    """吕 is written lv, lu, lyu."""
    return {read, read.replace("v", "u"), read.replace("v", "yu")}
