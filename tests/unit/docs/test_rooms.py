"""A room is taken in at one look, and a name means one thing (docs/decisions/0028-rooms.md)."""

import re
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLACES = (
    "access", "bench", "core", "demo", "deploy", "dispatch", "hotline", "ivr", "knowledge", "recordings", "samples",
    "speech", "telephony", "web",
)  # fmt: skip
MODULES_OF_A_ROOM = 14
"""Decision 0028. `__init__.py` says what the room is, and is not counted; nor is what holds no code."""
MADE = {"dist", "node_modules", "__pycache__"}
CLASS = re.compile(r"^ *(?:export )?(?:abstract )?class (\w+)", re.MULTILINE)


def modules() -> list[Path]:
    return [
        path.relative_to(ROOT)
        for place in PLACES
        for path in (ROOT / place).rglob("*")
        if path.suffix in (".py", ".ts") and path.name != "__init__.py" and MADE.isdisjoint(path.parts)
    ]


def too_full(paths: list[Path]) -> dict[str, int]:
    counted = Counter(str(path.parent) for path in paths)
    return {folder: files for folder, files in counted.items() if files > MODULES_OF_A_ROOM}


def named_twice(texts: dict[str, str]) -> dict[str, list[str]]:
    places = defaultdict(list)
    for path, text in texts.items():
        for name in CLASS.findall(text):
            places[name].append(path)
    return {name: found for name, found in places.items() if len(found) > 1}


def test_no_room_has_more_than_fourteen_modules() -> None:
    assert len(modules()) > 700
    assert too_full(modules()) == {}


def test_no_two_classes_have_one_name() -> None:
    assert named_twice({str(path): (ROOT / path).read_text("utf-8") for path in modules()}) == {}


def test_a_room_that_is_too_full_and_a_name_given_twice_would_be_found() -> None:
    assert too_full([Path(f"web/desk/part_{n}.py") for n in range(15)]) == {"web/desk": 15}
    assert named_twice({"a.py": "class Line:\n", "b.ts": "export class Line {}\n"}) == {"Line": ["a.py", "b.ts"]}
