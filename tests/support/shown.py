"""All texts of the product that people read: what the tests on words, numbers and dates search."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dispatch.orders.labels import OFFENCES

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "telephony", "recordings", "dispatch", "knowledge", "ivr", "access", "web", "hotline")
UNDERSTOOD = ("core/privacy/name_forms.py", "core/numbers/phone.py", "telephony/agents/state.py")
"""What people may write, not what they are shown."""
SHOWN_KEYS = frozenset({"title", "text", "reason", "unanswered_reason", "advice", "done", "public_answer", "name"})
"""Of a city's files: values that people read. Others are patterns for what people say."""
SPOKEN = frozenset({"subjects.toml", "practice.toml", "knowledge.toml", "places.toml", "names.toml"})
"""Files of what citizens say, and of the city's own documents and names."""


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
