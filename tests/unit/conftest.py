"""What unit tests of several rooms lean on."""

import pytest

from dispatch.city.records import City
from tests.support.qufu import qufu


@pytest.fixture(scope="session")
def city() -> City:
    return qufu()
