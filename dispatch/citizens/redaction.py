"""The people whom the texts about an order may name: its citizen and those of its whole family, by every value they
ever had. Pure.
"""

from collections.abc import Iterable, Mapping

from core.privacy.redaction import Citizen, Redactor, make_redactor
from dispatch.orders.models import Order


def citizens_of(order: Order) -> dict[int, Citizen]:
    """By the id of the order whose citizen it is; the order's own is always among them."""
    family: Mapping[int, Citizen] = order.family.citizens if order.family else {}
    own = family.get(order.id, Citizen())
    # What was written since the family was read stands on the order itself.
    names, numbers = own.names | _stated(order.citizen_name), own.numbers | _stated(order.citizen_phone)
    return {**family, order.id: Citizen(names, numbers, bool(order.confidential))}


def _stated(value: str | None) -> frozenset[str]:
    return frozenset({value} if value else ())


def holds_a_secret(order: Order) -> bool:
    """Whether a text about the order may name somebody who wishes to stay unnamed: its own citizen, or another's of the
    orders that belong to it."""
    return any(citizen.wholly for citizen in citizens_of(order).values())


def redactor_of(orders: Iterable[Order]) -> Redactor:
    """For a text about these orders that everybody may read, whoever asks."""
    return make_redactor(citizen for order in orders for citizen in citizens_of(order).values())
