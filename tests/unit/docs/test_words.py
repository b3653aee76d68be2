"""One Chinese word for one thing: docs/glossary.md says which, and what nobody says; the screens keep to it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.orders.labels import OFFENCES
from tests.support.shown import shown

ROOT = Path(__file__).parents[3]
GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def rows() -> Iterator[list[str]]:
    """The cells of each row that has six."""
    for line in GLOSSARY.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 6 and cells[0] != "中文" and not cells[0].startswith("---"):
            yield cells


NEVER = sorted({word for row in rows() for word in row[4].split("、") if CHINESE.search(word)})


@pytest.mark.parametrize("word", NEVER)
def test_nobody_is_shown_a_word_that_the_glossary_rules_out(word: str) -> None:
    said = [
        f"{path}:{text[: at.start()].count(chr(10)) + 1}"
        for path, text in shown().items()
        for at in re.finditer(word, text)
    ]
    assert said == [], f"{word} (docs/glossary.md says what to say instead)"


def test_the_search_reads_what_people_are_shown() -> None:
    everything = "".join(shown().values())
    assert len(NEVER) > 40
    assert all(word in everything for word in ("诉求人", "来电人", "工单", "直通车", "回电", "超时警告"))
    assert "让群众" in "".join(OFFENCES.values())


def test_a_word_has_one_row_and_rules_itself_out_nowhere() -> None:
    words = [word.strip() for row in rows() for word in row[0].split("/")]
    assert len(words) == len(set(words))
    assert set(words) & set(NEVER) == set()


def test_the_tables_of_the_glossary_exist() -> None:
    code = "".join(text for path, text in shown().items() if path.endswith(".py"))
    tables = set(re.findall(r'__tablename__ = "(\w+)"', code))
    named = {word for row in rows() for word in re.findall(r"`([a-z_]+)`(?! in code)", row[2])}
    assert named - tables == set()
