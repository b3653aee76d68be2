"""Where an order is: where a person put it, else the gazetteer's place that its words name, else its town. Pure.

Nothing is stored, so that a gazetteer put right counts for every order at once.
"""

from dispatch.citizens.redaction import for_rules, stays_unnamed
from dispatch.city.records import City
from dispatch.orders.models import Order
from dispatch.routing.crew_ranking import Spot
from dispatch.routing.route import find_place


def spot_of(city: City, order: Order) -> Spot | None:
    """None: neither the order nor the gazetteer says."""
    if order.latitude is not None and order.longitude is not None:
        return Spot((order.latitude, order.longitude))
    return _named_spot(city, order)


def shown_spot_of(city: City, order: Order) -> Spot | None:
    """As `spot_of`, for a map that people look at. Where the citizen wishes to stay unnamed it is what the order's
    words say and nothing nearer: a point that was chosen may be the reporter's home."""
    return _named_spot(city, order) if stays_unnamed(order) else spot_of(city, order)


def _named_spot(city: City, order: Order) -> Spot | None:
    for named in (
        find_place(city, for_rules(order, order.place), order.place_town),
        city.towns.get(order.place_town or ""),
    ):
        if named is not None and named.spot is not None:
            return Spot(named.spot, named.name)
    return None
