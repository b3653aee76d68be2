"""The language model: words and pairs of words, counted over sentences made from the city's data.

Names of one sort (villages, roads, …) count as one word, so that a village never met in a pair is as likely as any.
Pure counting; speech.graph makes the search graph of it. Every Mandarin syllable is a word too (its commonest
character), so that a name nobody foresaw comes out as its sounds and the gazetteer can correct it.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from speech import texts
from speech.city import CityNames
from speech.units import segmenter, text_units, words_of

START, END = "<s>", "</s>"
DISCOUNT = 0.5
"""Taken off each pair's count for the pairs not seen (absolute discounting)."""
DICTIONARY_SHARE = 0.12
"""Weight of the general dictionary's words against the city's sentences."""
SYLLABLE_SHARE = 0.004
UNKNOWN_SHARE = 0.05
"""Of the places that are said: those that no list has."""


@dataclass(frozen=True)
class Language:
    """Costs are negative natural logarithms of probabilities."""

    single: dict[str, float]
    """Cost of each word, END among them, when no pair is known."""
    pairs: dict[str, dict[str, float]] = field(default_factory=dict)
    """Cost of each following word, by the word before (START among them)."""
    back_off: dict[str, float] = field(default_factory=dict)
    """Cost of leaving the pairs of a word."""
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names that stand for one another, by the sign that stands for them above; all are equally likely."""
    syllables: tuple[str, ...] = ()
    """A word for each toneless syllable."""
    spelt: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """How unknown names of a class end: they are heard as syllables and one of these words."""
    unknown: float = 0.0
    """Cost of a name of such a class being unknown."""


def sentences(city: CityNames, count: int, seed: int = 3) -> Iterable[str]:
    """Template sentences, the hand-written ones and those that are really played."""
    rng = random.Random(seed)
    for n in range(count):
        yield texts.template(rng, city)
        if n % 40 == 0:
            yield rng.choice(texts.free("train"))
            yield from texts.fixed()
            yield from texts.short()
            yield from rng.sample(city.words, 10)


def dictionary(count: int) -> Counter[str]:
    """The commonest words of jieba's dictionary with their counts."""
    rows = (line.split() for line in segmenter().get_dict_file().read().decode("utf-8").splitlines())
    found = {word: int(n) for word, n, _ in rows if re.fullmatch("[\u4e00-\u9fff]{1,4}", word)}
    return Counter(dict(sorted(found.items(), key=lambda item: -item[1])[:count]))


def syllables(words: Counter[str]) -> list[str]:
    """One character for each toneless syllable: the commonest that is read so."""
    best: dict[tuple[int, ...], str] = {}
    for char, _ in words.most_common():
        if len(char) == 1:
            best.setdefault(tuple(text_units(char)), char)
    return list(best.values())


def classes_of(city: CityNames) -> dict[str, tuple[str, ...]]:
    """Symbols of the sorts of names, and the names."""
    return {"<town>": city.towns, "<village>": city.villages, "<road>": city.roads, "<office>": city.offices}


def endings() -> dict[str, tuple[str, ...]]:
    """How names of villages and the like, and of roads, end."""
    ends = texts.phrases()["unknown"]["ends"]
    return {f"<{sort}>": tuple(words.split()) for sort, words in ends.items()}


def count(lines: Iterable[str], sign: dict[str, str]) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """Words and pairs; each sentence once whole and once clause by clause, as the recogniser cuts at pauses."""
    single: Counter[str] = Counter()
    pairs: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        for part in (line, *re.split("[，。？！]", line)):
            words = [sign.get(word, word) for word in words_of(part)]
            if words:
                single.update([*words, END])
                for before, after in zip([START, *words], [*words, END], strict=True):
                    pairs[before][after] += 1
    return single, pairs


def teach_names(city: CityNames) -> None:
    """Lets the segmenter know the city's names as whole words."""
    for name in city.names():
        segmenter().add_word(name, 10**6)


def make(lines: Iterable[str], dictionary_words: int, classes: dict[str, tuple[str, ...]], least: int = 2) -> Language:
    """The language of `lines`, widened by the dictionary and by all syllables; pairs seen fewer than `least` times
    are forgotten."""
    single, pairs = count(lines, {name: sign for sign, names in classes.items() for name in names})
    total = sum(single.values())
    weights: dict[str, float] = defaultdict(float, single)
    general = dictionary(dictionary_words)
    scale = DICTIONARY_SHARE * total / max(1, sum(general.values()))
    for word, n in general.items():
        weights[word] += n * scale
    every = syllables(dictionary(300_000))
    for char in every:
        weights[char] += SYLLABLE_SHARE * total / len(every)
    mass = sum(weights.values())
    language = Language(
        {word: -math.log(weight / mass) for word, weight in weights.items()},
        classes=classes,
        syllables=tuple(every),
        spelt={sign: ends for sign, ends in endings().items() if sign in classes},
        unknown=-math.log(UNKNOWN_SHARE),
    )
    for before, after in pairs.items():
        kept = {word: n for word, n in after.items() if n >= least}
        if kept:
            seen = sum(after.values())
            language.pairs[before] = {word: -math.log((n - DISCOUNT) / seen) for word, n in kept.items()}
            left = 1 - sum(n - DISCOUNT for n in kept.values()) / seen
            language.back_off[before] = -math.log(max(left, 1e-4))
    return language
