"""The people whom the texts about an order may name: its citizen and those who wait for it, by every value they ever
had. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable

from core.privacy.redaction import Citizen, Redactor, make_redactor
from dispatch.orders.models import Order


def citizens_of(order: Order) -> dict[int, Citizen]:
    """By the id of the order whose citizen it is; the order's own is always among them."""
    names, numbers = (
        defaultdict(set, {order.id: {order.citizen_name or ""}}),
        defaultdict(set, {order.id: {order.citizen_phone or ""}}),
    )
    wholly = {one.of_order_id: one.wholly for one in order.citizen_values} | {order.id: order.confidential}
    for one in order.citizen_values:
        (names if one.kind == "name" else numbers)[one.of_order_id].add(one.value)
    return {
        order_id: Citizen(frozenset(names[order_id]), frozenset(numbers[order_id]), bool(secret))
        for order_id, secret in wholly.items()
    }


def holds_a_secret(order: Order) -> bool:
    """Whether a text about the order may name somebody who wishes to stay unnamed: its own citizen, or another's of the
    orders that belong to it."""
    return any(citizen.wholly for citizen in citizens_of(order).values())


def redactor_of(orders: Iterable[Order]) -> Redactor:
    """For a text about these orders that everybody may read, whoever asks."""
    return make_redactor(citizen for order in orders for citizen in citizens_of(order).values())
