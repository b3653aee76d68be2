"""Corrects misheard local names by their sound: 进修湖花圆 becomes 锦绣湖花园. Pure.

A run of heard words becomes a name of the gazetteer if it has as many syllables, each the same or near (tone apart),
and no other name fits as well. Strict on purpose, since a corrected name is soon believed, and one left wrong is
noticed: never a name of two syllables (去村 is seldom 屈村), never a cut through a heard word (凌晨 镇上), never one
whole word that the recogniser knows, never a village, road or town whose last character (村, 路, 镇) was not heard as
such. What sounds alike is not distinguished here: a true 刘庄村 that the gazetteer lacks becomes the 柳庄村 that it
has. So the heard words are kept, and screens mark a corrected name.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pypinyin import Style, pinyin

from core.texts.sounds import Sounds, near_key, parts_of, sounds_of
from recordings.recognition.vosk_result import Repair

NEAR_COST = 0.5
"""Of an initial, or a final, that is near and not the same."""
BUDGETS = {3: 0.5, 4: 1.0}
"""Most that a name of this number of syllables may cost; longer ones LONG_BUDGET."""
LONG_BUDGET = 1.5
SHORTEST, LONGEST = 3, 16
LAST_SIGNS = frozenset("村庄镇乡屯路街道巷")
"""A name that ends in one of these is corrected only where exactly that was heard at the end."""
FUNCTION_WORDS = frozenset("在再到去来从和跟向往对把被给是有没的了就都也我你他她它这那不")
"""A run of three syllables that begins with such a word by itself is taken for grammar, not for a name."""

_READINGS_AT_MOST = 16
"""Of one name whose characters can be read in several ways (单 dan, shan)."""


@dataclass(frozen=True)
class Gazetteer:
    """The names to look for, by their sounds; built once, then only read."""

    names: frozenset[str] = frozenset()
    by_key: dict[Sounds, dict[str, list[Sounds]]] = field(default_factory=dict, repr=False)


def make_gazetteer(names: Iterable[str]) -> Gazetteer:
    """Names with other than Chinese characters are known, but never put into a text."""
    known = frozenset(names)
    by_key: dict[Sounds, dict[str, list[Sounds]]] = defaultdict(lambda: defaultdict(list))
    for name in sorted(known):
        if SHORTEST <= len(name) <= LONGEST and _is_han(name):
            for sounds in _readings(name):
                by_key[near_key(sounds)][name].append(sounds)
    return Gazetteer(known, {key: dict(found) for key, found in by_key.items()})


def find_repairs(words: Sequence[str], gazetteer: Gazetteer) -> tuple[Repair, ...]:
    """The misheard names among an utterance's words, in order; `cost` is NEAR_COST for each part that is only near."""
    return tuple(_choose(_candidates(words, gazetteer)))


def _candidates(words: Sequence[str], gazetteer: Gazetteer) -> list[Repair]:
    """Every run of words that sounds like just one name."""
    text = "".join(words)
    edges = list(itertools.accumulate(map(len, words), initial=0))
    kept = _kept(text, gazetteer)
    sounds = sounds_of(text)
    keys = near_key(sounds)
    found = []
    for first, last in _runs(edges):
        start, end = edges[first], edges[last]
        if (alike := gazetteer.by_key.get(keys[start:end])) is None:
            continue
        heard = text[start:end]
        by_cost = sorted(
            (min(_cost(sounds[start:end], reading) for reading in readings), name) for name, readings in alike.items()
        )
        if not by_cost or heard in gazetteer.names or (len(by_cost) > 1 and by_cost[0][0] == by_cost[1][0]):
            continue
        cost, name = by_cost[0]
        changed = {start + at for at, (had, has) in enumerate(zip(heard, name, strict=True)) if had != has}
        if not changed & kept and _may_become(words[first:last], name, cost):
            found.append(Repair(heard, name, first, last - first, cost))
    return found


def _runs(edges: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First word and the one after the last, of all runs that are as long as a name may be."""
    for first, start in enumerate(edges):
        for last in range(first + 1, len(edges)):
            if edges[last] - start > LONGEST:
                break
            if edges[last] - start >= SHORTEST:
                yield first, last


def _may_become(words: Sequence[str], name: str, cost: float) -> bool:
    heard = "".join(words)
    if cost > BUDGETS.get(len(name), LONG_BUDGET):
        return False
    if name[-1] in LAST_SIGNS and heard[-1] != name[-1]:
        return False
    if len(words) == 1:
        return False
    return len(name) > SHORTEST or _sure_enough(words, name, cost)


def _sure_enough(words: Sequence[str], name: str, cost: float) -> bool:
    """Three syllables are soon alike by chance: 凌晨 镇 is not 陵城镇, 到 神 路 no road."""
    at = itertools.accumulate(map(len, words), initial=0)
    changed = [word for word, start in zip(words, at, strict=False) if not name.startswith(word, start)]
    if words[0] in FUNCTION_WORDS or sum(map(len, changed)) == len(name):
        return False
    return cost == 0 or all(len(word) == 1 for word in changed)


def _choose(candidates: list[Repair]) -> list[Repair]:
    """Longer names first, then nearer ones; of two that are equally good and in each other's way, neither."""
    chosen: list[Repair] = []
    taken: set[int] = set()
    ranked = sorted(candidates, key=_rank)
    for _, equals in itertools.groupby(ranked, key=_rank):
        free = [one for one in equals if not _places(one) & taken]
        claims = Counter(place for one in free for place in _places(one))
        chosen.extend(one for one in free if all(claims[place] == 1 for place in _places(one)))
        taken.update(claims)
    return sorted(chosen, key=lambda one: one.first_word)


def _rank(one: Repair) -> tuple[int, float]:
    return -len(one.name), one.cost


def _places(one: Repair) -> set[int]:
    return set(range(one.first_word, one.first_word + one.words))


def _kept(text: str, gazetteer: Gazetteer) -> set[int]:
    """Positions of the names that are there already."""
    return {
        at
        for name in gazetteer.names
        if name in text
        for start in range(len(text) - len(name) + 1)
        if text.startswith(name, start)
        for at in range(start, start + len(name))
    }


def _readings(name: str) -> list[Sounds]:
    """As the name is most likely read, then the other readings of its characters."""
    others = itertools.product(*pinyin(name, style=Style.NORMAL, heteronym=True))
    return list(dict.fromkeys([sounds_of(name), *itertools.islice(others, _READINGS_AT_MOST)]))


def _cost(heard: Sounds, name: Sounds) -> float:
    """Of two runs with the same key."""
    pairs = zip(map(parts_of, heard), map(parts_of, name), strict=True)
    return sum(NEAR_COST * ((mine[0] != its[0]) + (mine[1] != its[1])) for mine, its in pairs)


def _is_han(name: str) -> bool:
    return all("\u3400" <= sign <= "\u9fff" for sign in name)
