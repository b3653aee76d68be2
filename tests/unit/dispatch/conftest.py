"""The city of the repository, read once: its data is what the rules are tried with."""

from pathlib import Path

import pytest

from dispatch.city import load_city
from dispatch.rules import City

CITY_FOLDER = Path(__file__).parents[3] / "deploy/city/qufu"


@pytest.fixture(scope="session")
def city() -> City:
    return load_city(CITY_FOLDER)
