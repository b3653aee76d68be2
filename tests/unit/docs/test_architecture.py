"""docs/architecture.md stays short, and names only files and decisions that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/architecture.md").read_text("utf-8")
WORDS_IN_TEN_MINUTES = 2_900
_ROOMS = "access|bench|core|demo|deploy|dispatch|hotline|ivr|knowledge|recordings|speech|telephony|web"


def test_no_line_is_longer_than_120_characters() -> None:
    assert [line for line in TEXT.splitlines() if len(line) > 120] == []


def test_it_is_read_in_ten_minutes() -> None:
    words = [word for word in TEXT.split() if any(sign.isalnum() for sign in word)]
    assert len(words) <= WORDS_IN_TEN_MINUTES


def test_every_file_and_decision_that_it_names_exists() -> None:
    files = set(re.findall(rf"`((?:{_ROOMS})/[\w/.-]+\.\w+)`", TEXT))
    assert len(files) > 20
    assert [name for name in sorted(files) if not (ROOT / name).is_file()] == []
    linked = set(re.findall(r"\]\(([\w/-]+\.md)\)", TEXT))
    assert [link for link in sorted(linked) if not (ROOT / "docs" / link).is_file()] == []
