"""The tests keep to their own rooms."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[2]


def test_no_module_imports_from_a_test_module() -> None:
    """What several tests need lies in tests/support, where a test's own names cannot come along."""
    found = [
        f"{path.relative_to(TESTS)}:{node.lineno} imports {name}"
        for path in sorted(TESTS.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in imported(node)
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split("."))
    ]
    assert found == []


def imported(node: ast.AST) -> list[str]:
    """Modules, and what is taken out of one."""
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
