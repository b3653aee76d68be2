"""Files and modules that comments, docstrings and documents name exist."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hotline.jobs import JOBS

ROOT = Path(__file__).parents[3]
PACKAGES = (
    "access",
    "bench",
    "core",
    "demo",
    "dispatch",
    "hotline",
    "ivr",
    "knowledge",
    "recordings",
    "samples",
    "speech",
)
PACKAGES += ("telephony", "tests", "web")
FOLDERS = (*PACKAGES, "deploy", "docs")
NAMED_IN = ("*.py", "*.ts", "*.css", "*.html", "*.j2", "*.toml", "*.md")
OF_THEIR_TIME = ("docs/decisions/", "CHANGELOG.md")
"""Written once: they name what there was."""
MADE = {"dist", "node_modules", "__pycache__", "static"}
FILE = re.compile(rf"(?<![\w./<-])(?:{'|'.join(FOLDERS)})/[\w/.-]+\.(?:py|ts|j2|html|css|toml|sql|md|mjs|wav)\b(?!\.)")
MODULE = re.compile(rf"(?<![\w./@-])(?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+")
CONSTANT = re.compile(r"(?<![\w./])[a-z]+(?:_[a-z]+)+\.[A-Z][A-Z_]+\b")
FILES_NOT_MODULES = re.compile(r"\.(?:toml|zip|dump|target|service|conf|timer|apple)\b")
JOB_NAMES = {job.name for job in JOBS}


@cache
def sources() -> dict[str, str]:
    texts = {}
    for folder in (ROOT, *(ROOT / name for name in FOLDERS)):
        for pattern in NAMED_IN:
            for path in folder.glob(pattern) if folder == ROOT else folder.rglob(pattern):
                name = str(path.relative_to(ROOT))
                if MADE.isdisjoint(path.parts) and not name.startswith(OF_THEIR_TIME) and not path.is_symlink():
                    texts[name] = path.read_text("utf-8")
    return texts


def remarks(name: str) -> Iterator[tuple[int, str]]:
    """Line and text of each comment and docstring; of a document and a template, all of it."""
    text = sources()[name]
    if not name.endswith(".py"):
        mark = {".ts": "//", ".css": "*", ".j2": ";", ".toml": "#", ".html": "{#"}.get(Path(name).suffix)
        yield from ((at, line) for at, line in enumerate(text.splitlines(), 1) if mark is None or mark in line)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def resolves(dotted: str) -> bool:
    """Whether it is a module, a name within one, a folder or a job."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if (text := sources().get(str(file.relative_to(ROOT)))) is not None:
                inner = parts[length : length + 1]
                if not inner or re.search(rf"\b{inner[0]}\b", text):
                    return True
        if place.is_dir():
            return length == len(parts)
    return False


def found(pattern: re.Pattern[str], text: str) -> set[str]:
    return {match[0] for match in pattern.finditer(text)}


@cache
def dead(pattern: re.Pattern[str], named: str) -> bool:
    if pattern is FILE:
        return not (ROOT / named).exists()
    if pattern is MODULE:
        return named not in JOB_NAMES and not FILES_NOT_MODULES.search(named) and not resolves(named)
    return named.split(".")[0] not in modules()


@cache
def modules() -> set[str]:
    return {Path(name).stem for name in sources() if name.endswith(".py")}


def is_of_its_own(named: str, text: str) -> bool:
    """Whether `text` has the name before the dot for something else: an object, an import."""
    name = named.split(".")[0]
    return len(re.findall(rf"\b{name}\b", text)) > len(re.findall(rf"\b{name}\.[A-Z]", text))


def test_every_file_and_module_that_a_comment_or_a_document_names_exists() -> None:
    wrong = []
    for name, text in sources().items():
        patterns = (FILE, MODULE, CONSTANT) if name.endswith(".py") else (FILE, MODULE)
        suspects = {named for pattern in patterns for named in found(pattern, text) if dead(pattern, named)}
        suspects -= {named for named in suspects if CONSTANT.fullmatch(named) and is_of_its_own(named, text)}
        if suspects:
            said = [(line, one) for line, remark in remarks(name) for one in suspects if one in remark]
            wrong += [f"{name}:{line}: {one}" for line, one in said]
    assert sorted(wrong) == []


def test_what_does_not_exist_would_be_found() -> None:
    for pattern, gone in ((FILE, "core/gone.py"), (MODULE, "dispatch.orders.gone"), (CONSTANT, "gone_rules.FACTS")):
        assert found(pattern, f"({gone})") == {gone}
        assert dead(pattern, gone)
