"""`deploy/english.py` counts docstrings and comments that are not plain English."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "deploy/english.py"


@pytest.fixture(scope="module")
def english() -> ModuleType:
    spec = importlib.util.spec_from_file_location("english", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "text",
    [
        "The agent says that he is ready.",
        "So long may the other side take.",
        "Who has a link may use it.",
        "One deed of a crew's phone.",
        "The office whose it is.",
        "Rung in vain.",
        "A name of at most ten signs.",
    ],
)
def test_a_turn_that_a_native_reader_stumbles_over_is_counted(english: ModuleType, text: str) -> None:
    assert english.phrase(text)


@pytest.mark.parametrize(
    "text",
    [
        "The agent gets ready.",
        "Response timeout, in seconds.",
        "Who may see a citizen? The agent in the call.",
        "The column `deed` of the row.",
        "Nobody signs in with it.",
        "House numbers are ignored.",
        "As long as the call lasts.",
    ],
)
def test_plain_english_is_not_counted(english: ModuleType, text: str) -> None:
    assert not english.phrase(text)


def test_docstrings_and_comments_of_python_are_read_and_strings_are_not(english: ModuleType) -> None:
    source = '"""One."""\n\n# Two\n# and more.\nx = "three"  # Four.\n"""Five."""\n'
    assert [text for _, text in english.python_texts(source)] == ["One.", "Two and more.", "Four.", "Five."]


def test_comments_of_templates_typescript_and_sql_are_read(english: ModuleType) -> None:
    source = "{# One #}\n<a>b</a>\n// Two\n// and more\nlet x = 1;\n-- Three\n/* Four */\n"
    assert [text for _, text in english.other_texts(source)] == ["One", "Two and more", "Three", "Four"]
