"""What an order must still say before a step: the one rule for forms, API and practice. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from dispatch.kinds import Kind
from dispatch.orders.labels import FIELDS
from dispatch.orders.models import Order
from dispatch.orders.step_fields import is_empty

PLACE = "place"


def missing(needs: Iterable[str], said: Mapping[str, Any]) -> list[str]:
    """Of the fields that a step `needs`, those that are not filled in. `said`: the order's fields.

    A place is needed only by a kind that has a scene, and not where the order says why there is none.
    """
    return [name for name in needs if is_empty(said.get(name)) and (name != PLACE or _wants_place(said))]


def missing_of(order: Order, needs: Collection[str]) -> list[str]:
    """As `missing`, of an order."""
    return missing(needs, {name: getattr(order, name) for name in (*needs, "kind", "no_place", "latitude")})


def complaint(name: str) -> str:
    """What is wrong with a field that is missing, for whoever fills it in."""
    if name == PLACE:
        return f"请填写{FIELDS[name]}；来电人说不出地点的，在“{FIELDS['no_place']}”里选一项。"
    return f"请填写{FIELDS[name]}。"


def _wants_place(said: Mapping[str, Any]) -> bool:
    scene = any(kind.has_scene and kind == said.get("kind") for kind in Kind)
    return scene and is_empty(said.get("no_place")) and said.get("latitude") is None
