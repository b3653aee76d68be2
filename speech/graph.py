"""Makes a Vosk model's graph/ from the city's data: `python -m speech.graph MODEL_FOLDER [SCALE [SENTENCES]]`. Needs
kaldifst, not torch.

Language model states, a tree of phones under each, expanded by CTC's rule (blanks anywhere, the same unit twice only
over a blank) into HCLG.fst with transition ids. Rebuild it when names change; the network stays.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from speech import language, phones
from speech.city import load_city
from speech.units import text_units

SENTENCES = 60_000
DICTIONARY_WORDS = 12_000
OPEN = "*"
"""The language state in which nothing is known of the word before."""


class Arc(NamedTuple):
    """A step of the word graph; phone 0 is a step without sound."""

    phone: int
    word: int
    cost: float
    to: int


@dataclass
class WordGraph:
    """Language states and the trees of phones between them."""

    numbers: dict[str, int]
    """Words and their numbers from 1 on."""
    arcs: dict[int, list[Arc]] = field(default_factory=lambda: defaultdict(list))
    final: dict[int, float] = field(default_factory=dict)
    inside: set[int] = field(default_factory=set)
    """States in the middle of a word."""
    states: dict[Any, int] = field(default_factory=dict)

    def state(self, key: Any) -> int:
        """Number of the state `key`."""
        return self.states.setdefault(key, len(self.states))

    def add_words(self, root: Any, costs: dict[str, float], after: dict[str, str]) -> None:
        """A tree of phones from `root` to the state `after` each word (OPEN where it names none); a word's cost is
        paid as early as the tree allows, so that the beam sees it."""
        spelt = {word: phones.word_phones(tuple(text_units(word))) for word in costs}
        best: dict[tuple[int, ...], float] = {}
        for word, sounds in spelt.items():
            for k in range(len(sounds)):
                best[sounds[:k]] = min(best.get(sounds[:k], 1e9), costs[word])
        done: set[tuple[int, ...]] = set()
        for word, sounds in spelt.items():
            at, paid = self.state(root), 0.0
            for k in range(1, len(sounds)):
                to = self.state((root, sounds[:k]))
                self.inside.add(to)
                if sounds[:k] not in done:
                    done.add(sounds[:k])
                    self.arcs[at].append(Arc(sounds[k - 1], 0, best[sounds[:k]] - paid, to))
                at, paid = to, best[sounds[:k]]
            end = self.state(after.get(word, OPEN))
            self.arcs[at].append(Arc(sounds[-1], self.numbers[word], costs[word] - paid, end))

    def add_history(self, root: str, costs: dict[str, float], spoken: language.Language, scale: float) -> None:
        """What may follow in the state `root`: words, names of a class, the end."""
        scaled = {word: cost * scale for word, cost in costs.items()}
        if language.END in scaled:
            self.final[self.state(root)] = scaled.pop(language.END)
        for sign in spoken.classes:
            if sign in scaled:
                self.arcs[self.state(root)].append(Arc(0, 0, scaled.pop(sign), self.state(("any", sign))))
        self.add_words(root, scaled, {word: word for word in scaled if word in spoken.pairs})

    def add_spelling(self, sign: str, spoken: language.Language, scale: float) -> None:
        """Beside the names of a class: any syllables and then how names end (村, 花园), for a name that nobody knows."""
        first, more = ("spelling", sign), ("spelling on", sign)
        self.arcs[self.state(("any", sign))].append(Arc(0, 0, spoken.unknown * scale, self.state(first)))
        each = dict.fromkeys(spoken.syllables, math.log(len(spoken.syllables)) * scale)
        self.add_words(first, each, dict.fromkeys(each, more))
        # After each syllable it is as likely to end as to go on.
        ends = dict.fromkeys(spoken.spelt[sign], math.log(2 * len(spoken.spelt[sign])) * scale)
        again = {word: cost + math.log(2) * scale for word, cost in each.items() if word not in ends}
        end = sign if sign in spoken.pairs else OPEN
        self.add_words(more, again | ends, dict.fromkeys(again, more) | dict.fromkeys(ends, end))


def word_graph(spoken: language.Language, scale: float = 1.0) -> WordGraph:
    """The graph of words and phones, before CTC."""
    names = {name for several in spoken.classes.values() for name in several}
    ends = {end for several in spoken.spelt.values() for end in several}
    words = sorted(({*spoken.single, *names, *ends, *spoken.syllables}) - {language.END, *spoken.classes})
    graph = WordGraph({word: n + 1 for n, word in enumerate(words)})
    graph.state(language.START)
    graph.add_history(OPEN, spoken.single, spoken, scale)
    for sign, several in spoken.classes.items():
        cost = math.log(len(several)) * scale
        after = dict.fromkeys(several, sign) if sign in spoken.pairs else {}
        graph.add_words(("any", sign), dict.fromkeys(several, cost), after)
    for sign in spoken.spelt:
        graph.add_spelling(sign, spoken, scale)
    for before, costs in spoken.pairs.items():
        graph.add_history(before, costs, spoken, scale)
        graph.arcs[graph.state(before)].append(Arc(0, 0, spoken.back_off[before] * scale, graph.state(OPEN)))
    return graph


NOTHING, BLANK = -1, 0
"""What was heard last at the start, and in a blank."""


class Expansion:
    """CTC over a word graph: states are (word graph state, phone heard last)."""

    def __init__(self, graph: WordGraph) -> None:
        import kaldifst

        self.graph, self.arc_of = graph, kaldifst.StdArc
        self.fst: Any = kaldifst.StdVectorFst()
        self.numbers: dict[tuple[int, int], int] = {}
        self.waiting: list[tuple[int, int]] = []

    def state(self, at: int, last: int) -> int:
        """Number of a state of the graph that is made."""
        if (at, last) not in self.numbers:
            self.numbers[at, last] = self.fst.add_state()
            self.waiting.append((at, last))
        return self.numbers[at, last]

    def arc(self, source: int, label: int, to: int, word: int = 0, cost: float = 0.0) -> None:
        """A step that hears transition id `label` (0: none)."""
        self.fst.add_arc(source, self.arc_of(label, word, cost, to))

    def blanks(self, me: int, at: int, last: int) -> None:
        """Staying in what was heard last, and going into a blank."""
        blank = phones.INSIDE if at in self.graph.inside else phones.BETWEEN
        if last == BLANK:
            self.arc(me, 2 * blank - 1, me)
            return
        if last != NOTHING:
            self.arc(me, 2 * last - 1, me)
        self.arc(me, 2 * blank, self.state(at, BLANK))

    def run(self) -> Any:
        """The kaldifst StdVectorFst."""
        self.fst.start = self.state(self.graph.state(language.START), NOTHING)
        while self.waiting:
            at, last = self.waiting.pop()
            me = self.numbers[at, last]
            self.blanks(me, at, last)
            for step in self.graph.arcs[at]:
                if not step.phone:
                    self.arc(me, 0, self.state(step.to, last), cost=step.cost)
                elif last <= 0 or phones.unit_of(step.phone) != phones.unit_of(last):
                    self.arc(me, 2 * step.phone, self.state(step.to, step.phone), step.word, step.cost)
            if at in self.graph.final:
                self.fst.set_final(me, self.graph.final[at])
        return self.fst


def expand(graph: WordGraph) -> Any:
    """HCLG as a kaldifst StdVectorFst."""
    import kaldifst

    fst = Expansion(graph).run()
    kaldifst.connect(fst)
    kaldifst.arcsort(fst, "ilabel")
    return fst


def words_text(numbers: dict[str, int]) -> str:
    """Text of words.txt."""
    rows = ["<eps> 0", *(f"{word} {n}" for word, n in numbers.items())]
    rows += [f"{mark} {len(numbers) + n}" for n, mark in enumerate(("#0", language.START, language.END), start=1)]
    return "\n".join(rows) + "\n"


def main(folder: Path, scale: float = 1.0, sentences: int = SENTENCES) -> None:
    """Writes graph/HCLG.fst, graph/words.txt and graph/phones/word_boundary.int."""
    city = load_city()
    language.teach_names(city)
    spoken = language.make(language.sentences(city, sentences), DICTIONARY_WORDS, language.classes_of(city))
    graph = word_graph(spoken, scale)
    fst = expand(graph)
    (folder / "graph/phones").mkdir(parents=True, exist_ok=True)
    fst.write(str(folder / "graph/HCLG.fst"))
    (folder / "graph/words.txt").write_text(words_text(graph.numbers), "utf-8")
    (folder / "graph/phones/word_boundary.int").write_text(phones.word_boundary(), "ascii")
    size = (folder / "graph/HCLG.fst").stat().st_size
    pairs = sum(map(len, spoken.pairs.values()))
    print(f"{len(graph.numbers)} words, {pairs} pairs, {fst.num_states} states, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(float, sys.argv[2:3]), *map(int, sys.argv[3:4]))
