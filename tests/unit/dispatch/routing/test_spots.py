"""Where an order is."""

import dataclasses

from dispatch.city.records import City
from dispatch.orders.models import Order
from dispatch.routing.crew_ranking import Spot
from dispatch.routing.location import spot_of


def order(place: str = "", town: str | None = None, where: tuple[float, float] | None = None) -> Order:
    latitude, longitude = where or (None, None)
    return Order(place=place, place_town=town, latitude=latitude, longitude=longitude)


def spot_named(city: City, name: str) -> Spot:
    where = next(one.spot for one in (*city.places, *city.towns.values()) if one.name == name)
    assert where is not None
    return Spot(where, name)


def test_where_a_person_put_it_is_where_it_is(city: City) -> None:
    assert spot_of(city, order("神道路中段", "lucheng", (35.6, 117.0))) == Spot((35.6, 117.0))


def test_else_the_longest_name_of_the_gazetteer_in_its_words_tells(city: City) -> None:
    assert spot_of(city, order("石门山国家森林公园门口", "shimenshan")) == spot_named(city, "石门山国家森林公园")


def test_a_name_of_another_town_does_not_outweigh_the_town_that_a_person_chose(city: City) -> None:
    assert spot_of(city, order("春秋路与逵泉路路口", "shuyuan")) == spot_named(city, "书院街道")


def test_a_place_without_coordinates_is_taken_to_be_its_town(city: City) -> None:
    places = tuple(dataclasses.replace(place, spot=None) for place in city.places)
    bare = dataclasses.replace(city, places=places)
    assert spot_of(bare, order("神道路中段", "lucheng")) == spot_named(city, "鲁城街道")


def test_where_nobody_said_anything_known_nobody_knows(city: City) -> None:
    assert spot_of(city, order("村口大树下")) is None
