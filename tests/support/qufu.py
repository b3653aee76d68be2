"""The city of the repository: its data is what the rules are tried with."""

from functools import cache
from pathlib import Path

from dispatch.city.load import load_city
from dispatch.city.records import City

FOLDER = Path(__file__).parents[2] / "deploy/city/qufu"


@cache
def qufu() -> City:
    """Read once a run; nobody changes it."""
    return load_city(FOLDER)
