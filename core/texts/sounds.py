"""How Chinese characters sound, without tone, and which sounds are confused on the telephone. Pure."""

from functools import cache, lru_cache

from pypinyin import lazy_pinyin

Sounds = tuple[str, ...]

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_NEAR_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "f": "h"}
_NEAR_FINALS = {"ang": "an", "eng": "en", "ing": "in", "iang": "ian", "uang": "uan"}


@lru_cache(maxsize=16)  # One text is looked through for places, towns and subjects.
def sounds_of(text: str) -> Sounds:
    """A syllable without tone for each sign; the sign itself where it has none."""
    sounds = lazy_pinyin(text, errors=list)  # type: ignore[arg-type]  # a list is taken sign by sign
    return tuple(sounds) if len(sounds) == len(text) else tuple(text)


def near_key(sounds: Sounds) -> Sounds:
    """The same for all that may be taken for one another."""
    parts = map(parts_of, sounds)
    return tuple(_NEAR_INITIALS.get(initial, initial) + _NEAR_FINALS.get(final, final) for initial, final in parts)


@cache
def parts_of(syllable: str) -> tuple[str, str]:
    """Initial (or "") and final."""
    initial = next((one for one in _INITIALS if syllable.startswith(one)), "")
    return initial, syllable[len(initial) :]
