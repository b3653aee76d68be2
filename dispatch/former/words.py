"""Which of our codes a word of the former system stands for: guessed, never taken without a person's yes. Pure."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from core.texts.normal_form import normal_form
from dispatch.city.records import City
from dispatch.former.fields import FormerField, known_words
from dispatch.former.mapping import AS_WORDS
from dispatch.kinds import Channel, Kind, Urgency
from dispatch.orders.labels import CHANNELS, KINDS, URGENCIES

FINISHED, OPEN, VOID = "finished", "open", "void"
FORMER_STATES: Mapping[str, str] = {FINISHED: "办完了，转入", OPEN: "没有办完，不转入", VOID: "作废，不转入"}
YES, NO = "yes", "no"
SECRECY: Mapping[str, str] = {YES: "要求保密", NO: "没有要求"}
_NEAR = 0.75
"""difflib's ratio from which on a name is likely to be the same."""

_TAIL = re.compile("(人民政府|政府|办事处|管理委员会|委员会|管委会)$")


def choices_of(name: FormerField, city: City) -> Mapping[str, str]:
    """Our code → what people read, for a coded field; without AS_WORDS."""
    match name:
        case FormerField.STATE:
            return FORMER_STATES
        case FormerField.CONFIDENTIAL:
            return SECRECY
        case FormerField.KIND:
            return {one.value: KINDS[one] for one in Kind}
        case FormerField.CHANNEL:
            return {one.value: CHANNELS[one] for one in Channel}
        case FormerField.URGENCY:
            return {one.value: URGENCIES[one] for one in Urgency}
        case FormerField.SUBJECT:
            return {code: one.name for code, one in city.subjects.items()}
        case FormerField.TOWN:
            return {code: one.name for code, one in city.towns.items()}
        case _:
            return {code: one.name for code, one in city.offices.items()}


def guess_words(name: FormerField, words: Iterable[str], city: City) -> dict[str, str]:
    """Word → our code, for those of which one of ours is likely."""
    guess = _guesser(name, city)
    return {word: code for word in words if (code := guess(word))}


def _guesser(name: FormerField, city: City) -> Callable[[str], str | None]:
    if (patterns := known_words().get(name)) is not None:
        return lambda word: _by_pattern(word, patterns)
    names: Mapping[str, tuple[str, ...]]
    match name:
        case FormerField.TOWN:
            names = {code: (one.name, one.short) for code, one in city.towns.items()}
        case FormerField.SUBJECT:
            names = {code: (one.name,) for code, one in city.subjects.items()}
        case _:
            names = {code: (one.name,) for code, one in city.offices.items()}
    known = {plain_name(said, city): code for code, all_names in names.items() for said in all_names}
    return lambda word: _by_name(word, known, city)


def plain_name(name: str, city: City) -> str:
    """`曲阜市小雪街道办事处` → 小雪街道: as one would compare names of offices."""
    plain = normal_form(name)
    for before in (normal_form(city.name), normal_form(city.name)[:-1]):
        if plain.startswith(before) and len(plain) > len(before) + 1:
            plain = plain.removeprefix(before)
            break
    return _TAIL.sub("", plain) or plain


def _by_name(word: str, known: Mapping[str, str], city: City) -> str | None:
    plain = plain_name(word.rsplit("/", 1)[-1].rsplit("-", 1)[-1].rsplit(">", 1)[-1], city)
    if not plain:
        return None
    if plain in known:
        return known[plain]
    within = {
        code for name, code in known.items() if len(plain) > 1 and len(name) > 1 and (plain in name or name in plain)
    }
    if len(within) == 1:
        return within.pop()
    near = difflib.get_close_matches(plain, known, n=1, cutoff=_NEAR)
    return known[near[0]] if near else None


def _by_pattern(word: str, patterns: Mapping[str, str]) -> str | None:
    plain = unicodedata.normalize("NFKC", word).strip().lower()
    return next((code for code, pattern in patterns.items() if re.search(pattern, plain)), None)


def is_ours(name: FormerField, code: str, city: City, *, as_words: bool) -> bool:
    """Whether a person may choose `code` for this field."""
    return (as_words and code == AS_WORDS) or code in choices_of(name, city)
