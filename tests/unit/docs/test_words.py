"""One Chinese word for one thing: docs/glossary.md says which, and what nobody says; the screens keep to it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dispatch.orders.labels import OFFENCES

ROOT = Path(__file__).parents[3]
GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
PACKAGES = ("core", "telephony", "recordings", "dispatch", "knowledge", "ivr", "access", "web", "hotline")
UNDERSTOOD = ("core/privacy/name_forms.py", "core/numbers/phone.py", "telephony/agents/state.py")
"""What people may write, not what they are shown."""
SHOWN_KEYS = frozenset({"title", "text", "reason", "unanswered_reason", "advice", "done", "public_answer", "name"})
"""Of a city's files: values that people read. Others are patterns for what people say."""
SPOKEN = frozenset({"subjects.toml", "practice.toml", "knowledge.toml", "places.toml", "names.toml"})
"""Files of what citizens say, and of the city's own documents and names."""


def rows() -> Iterator[list[str]]:
    """The cells of each row that has six."""
    for line in GLOSSARY.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 6 and cells[0] != "中文" and not cells[0].startswith("---"):
            yield cells


NEVER = sorted({word for row in rows() for word in row[4].split("、") if CHINESE.search(word)})


@cache
def shown() -> Mapping[str, str]:
    """Path → text: templates, TypeScript, Python with its messages and labels, and what a city words for people."""
    texts = {}
    for pattern in ("*.html", "*.ts", "*.py"):
        for package in PACKAGES:
            for path in (ROOT / package).rglob(pattern):
                if {"migrations", "dist", "node_modules"}.isdisjoint(path.parts):
                    texts[str(path.relative_to(ROOT))] = path.read_text("utf-8")
    for path in (ROOT / "deploy/city/qufu").glob("*.toml"):
        if path.name not in SPOKEN:
            texts[str(path.relative_to(ROOT))] = "\n".join(readable(tomllib.loads(path.read_text("utf-8"))))
    for name in UNDERSTOOD:
        texts.pop(name, None)
    labels = "dispatch/orders/labels.py"
    for published in OFFENCES.values():
        # The city's own wording of the fifteen offences.
        texts[labels] = texts[labels].replace(published, "")
    return texts


def readable(value: Any, key: str = "") -> Iterator[str]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from readable(inner, name)
        case list():
            for inner in value:
                yield from readable(inner, key)
        case str() if key in SHOWN_KEYS:
            yield value


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
