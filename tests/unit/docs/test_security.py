"""docs/security.md names tests and decisions that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/security.md").read_text("utf-8")


def test_every_test_and_decision_that_it_names_exists() -> None:
    named = set(re.findall(r"`((?:unit|integration|acceptance)/[\w/]+\.py)`", TEXT))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / "tests" / name).is_file()] == []
    linked = re.findall(r"\]\((decisions/[\w-]+\.md)\)", TEXT)
    assert linked
    assert [link for link in linked if not (ROOT / "docs" / link).is_file()] == []
