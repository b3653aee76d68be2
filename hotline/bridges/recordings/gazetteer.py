"""The city's local names for the recordings' room, which knows no city."""

from dispatch.city.records import City
from recordings.recognition.local_names import Gazetteer, make_gazetteer


def gazetteer_of(city: City) -> Gazetteer:
    """Towns by their full names and all places."""
    return make_gazetteer([*(town.name for town in city.towns.values()), *(place.name for place in city.places)])
