"""What unit tests of several rooms lean on."""

import pytest

from dispatch.city.records import City
from dispatch.policy import Policy
from tests.support.qufu import qufu


@pytest.fixture(scope="session")
def policy() -> Policy:
    return qufu()


@pytest.fixture(scope="session")
def city(policy: Policy) -> City:
    return policy.city
