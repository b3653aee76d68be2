"""The code names no city: what this one calls its line, its crews and itself stands in its folder (core.city_words)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = (
    "core", "telephony", "recordings", "dispatch", "knowledge", "ivr", "access", "web", "hotline", "demo",
)  # fmt: skip
OWN = re.compile(
    "曲阜|济宁|鲁城|孔子|直通车|马上就办|一线通|清禾|市级管理员|市直部门|市领导|全市|本市|市里|书记信箱|网络问政|"
    r"\b0537|(?<!deploy/city/)qufu|jining|\bunit-[0-9]"
)
TURNS_THE_SAMPLES_WORDS = "hotline/operations/new_city/texts.py"
"""Into a new city's, when its folder is made from the sample's."""


CONCATENATED = re.compile(r"""["']\s*[fFrRbB]*["']""")


def may_name(text: str) -> bool:
    """Whether it is worth parsing: it holds such a word, also put together of several strings or written as escapes."""
    return bool(OWN.search(text) or OWN.search(CONCATENATED.sub("", text)) or "\\u" in text)


def shown(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of what people or machines get from a file; comments and docstrings stay out."""
    text = path.read_text("utf-8")
    if not may_name(text):
        return
    if path.suffix != ".py":
        kept = re.sub(r"^\s*//.*$|\{#.*?#\}|^#.*$", "", text, flags=re.MULTILINE)
        yield from enumerate(kept.splitlines(), 1)
        return
    tree = ast.parse(text)
    said_nowhere = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said_nowhere:
            yield node.lineno, node.value


def files() -> list[Path]:
    product = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    return [
        *(path for path in product if path.suffix in (".py", ".ts", ".html") and "dist" not in path.parts),
        ROOT / "deploy/prompts/prompts.toml",
    ]


def test_no_code_template_or_prompt_names_what_is_one_citys() -> None:
    strays = [
        f"{name}:{line}: {OWN.findall(text)}"
        for path in files()
        if (name := str(path.relative_to(ROOT))) != TURNS_THE_SAMPLES_WORDS and "migrations" not in path.parts
        for line, text in shown(path)
        if OWN.search(text)
    ]
    assert strays == []


def test_a_stray_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text('"""直通车 in a docstring."""\n\nA = "直通车"  # 直通车\nB = f"{A}全市"\n', "utf-8")
    assert [line for line, text in shown(file) if OWN.search(text)] == [3, 4]
    file.write_text('A = (\n    "直通"\n    f"车{1}"\n)\nB = "\\u66f2\\u961c"\n', "utf-8")
    assert sorted(line for line, text in shown(file) if OWN.search(text)) == [2, 5]


@pytest.mark.parametrize("name", ["city.toml", "notifications.toml"])
def test_the_sample_says_them_itself(name: str) -> None:
    assert OWN.search((ROOT / "deploy/city/qufu" / name).read_text("utf-8"))
