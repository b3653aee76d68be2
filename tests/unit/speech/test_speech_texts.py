"""The sentences and labels of the demonstration speech model: what is said must be what is labelled."""

import random

import pytest

from speech import phones, texts
from speech.city import load_city
from speech.graph import OPEN, WordGraph, word_graph
from speech.language import Language
from speech.units import UNITS, word_units


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (0, "零"),
        (10, "十"),
        (15, "十五"),
        (20, "二十"),
        (101, "一百零一"),
        (110, "一百一十"),
        (1010, "一千零一十"),
        (2004, "二千零四"),
    ],
)
def test_a_number_is_said_the_mandarin_way(figure: int, said: str) -> None:
    assert texts.number(figure) == said


def test_the_same_seed_gives_the_same_sentences() -> None:
    city = load_city()
    first, second = ([texts.template(random.Random(seed), city) for seed in range(50)] for _ in range(2))
    assert first == second


def test_every_template_gives_a_sentence_of_chinese() -> None:
    city = load_city()
    for make in texts.TEMPLATES:
        assert len(texts.clean(make(texts.SentenceMaker(random.Random(1), city)))) >= 3


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("路灯", "l u d eng"),
        ("迟", "ch iii"),
        ("四", "s ii"),
        ("鱼", "v"),
        ("嗯", "en"),
        ("王", "uang"),
        ("井盖", "j ing g ai"),
    ],
)
def test_a_word_is_cut_into_initials_and_finals(word: str, said: str) -> None:
    assert " ".join(UNITS[unit] for unit in word_units(word)) == said


def test_phones_of_a_word_tell_their_position_and_share_the_units_output() -> None:
    spelt = phones.word_phones(word_units("路灯"))
    kinds = dict(row.split() for row in phones.word_boundary().splitlines())
    assert [kinds[str(number)] for number in spelt] == ["begin", "internal", "internal", "end"]
    assert [phones.pdfs()[number - 1] for number in spelt] == list(word_units("路灯"))


def test_a_word_of_one_unit_is_a_singleton_and_both_blanks_are_the_networks_first_output() -> None:
    kinds = dict(row.split() for row in phones.word_boundary().splitlines())
    assert [kinds[str(number)] for number in phones.word_phones(word_units("鱼"))] == ["singleton"]
    assert phones.pdfs()[:2] == [0, 0]
    assert (kinds["1"], kinds["2"]) == ("nonword", "internal")


def test_a_name_that_no_list_has_can_be_heard_as_syllables_and_an_ending() -> None:
    spoken = Language(
        single={"停水": 1.0, "<road>": 2.0, "</s>": 1.0},
        classes={"<road>": ("春秋路",)},
        syllables=("你", "好", "路"),
        spelt={"<road>": ("大街",)},
        unknown=3.0,
    )
    graph = word_graph(spoken)
    assert says(graph, ["春秋路"])
    assert says(graph, ["你", "大街"])
    assert says(graph, ["你", "好", "路", "大街", "停水"])
    assert not says(graph, ["大街"]), "an ending alone is no name"
    assert not says(graph, ["你", "停水"]), "nor are syllables without one"


def says(graph: WordGraph, words: list[str]) -> bool:
    """Whether there is a way through the graph that says just these words and may end there."""
    wanted = [graph.numbers[word] for word in words]
    seen = {(graph.state(OPEN), 0)}
    waiting = list(seen)
    while waiting:
        at, said = waiting.pop()
        if said == len(wanted) and at in graph.final:
            return True
        for arc in graph.arcs[at]:
            if arc.word and wanted[said : said + 1] != [arc.word]:
                continue
            after = (arc.to, said + bool(arc.word))
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return False
