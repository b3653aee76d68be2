"""The tests keep to their own rooms."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
NAMED = re.compile(r"\.test_|\bimport\b(?:[^\n(]|\\\n)*\btest_|\bimport\s*\([^)]*\btest_")
"""An import that names a test module, and little else: a module without it need not be parsed."""


def test_no_module_imports_from_a_test_module() -> None:
    """What several tests need lies in tests/support, where a test's own names cannot come along."""
    found = [
        f"{path.relative_to(TESTS)}:{node.lineno} imports {name}"
        for path in sorted(TESTS.rglob("*.py"))
        if NAMED.search(text := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        for name in imported(node)
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split("."))
    ]
    assert found == []


def imported(node: ast.AST) -> list[str]:
    """Modules, and what is taken out of one."""
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
