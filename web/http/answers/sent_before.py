"""A form that came when its sender was signed in no more: the sign-in page carries it, and sends it on. Pure."""

from collections.abc import Sequence

from dispatch.orders.labels import FIELDS

_SECRET = frozenset({"/password", "/sign-in"})
"""Forms that nothing is carried of."""
_SHORT = 12


def written_in(path: str, sent: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What a person wrote in it: label and text; empty where there is nothing that would be missed."""
    if path in _SECRET or any("password" in name for name, _ in sent):
        return []
    return [
        (FIELDS.get(name, "内容"), text.strip())
        for name, text in sent
        if len(text.strip()) >= _SHORT or not text.strip().isascii()
    ]
