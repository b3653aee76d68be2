"""The people whom the texts about an order may name: its citizen and those of its whole family, by every value they
ever had. Pure.
"""

from collections.abc import Iterable

from core.privacy.redaction import Citizen, Redactor, make_redactor
from dispatch.orders.families.family import Citizens
from dispatch.orders.models import Order


def citizens_of(order: Order) -> Citizens:
    """By the id of the order whose citizen it is; the order's own is always among them."""
    family = order.family.citizens if order.family else Citizens({})
    own = family.stated.get(order.id, Citizen())
    # What was written since the family was read stands on the order itself.
    names, numbers = own.names | _stated(order.citizen_name), own.numbers | _stated(order.citizen_phone)
    now = Citizen(names, numbers, bool(order.confidential))
    return family if family.stated.get(order.id) == now else Citizens({**family.stated, order.id: now})


def _stated(value: str | None) -> frozenset[str]:
    return frozenset({value} if value else ())


def citizens_of_all(orders: Iterable[Order]) -> list[Citizens]:
    """Of these orders, each family once."""
    found = [citizens_of(order) for order in orders]
    return list({id(citizens): citizens for citizens in found}.values())


def stays_unnamed(order: Order) -> bool:
    """Whether the order's citizen does (举报人保密): as asked on this order, or on another of its family that is the
    same citizen's."""
    return citizens_of(order)[order.id].wholly


def holds_a_secret(order: Order) -> bool:
    """Whether a text about the order may name somebody who wishes to stay unnamed: its own citizen, or another's of the
    orders that belong to it."""
    return citizens_of(order).secret


def for_rules(order: Order, text: str) -> str:
    """`text` of the order as the city's rules read it. Whoever changes them on screen may never know a confidential
    reporter, and what a rule finds (urgency, town, mark) everybody sees."""
    citizens = citizens_of(order)
    return citizens.redactor.without(text) if citizens.secret else text


def redactor_of(orders: Iterable[Order]) -> Redactor:
    """For a text about these orders that everybody may read, whoever asks."""
    found = citizens_of_all(orders)
    if len(found) == 1:
        return found[0].redactor
    return make_redactor(citizen for citizens in found for citizen in citizens.values())
