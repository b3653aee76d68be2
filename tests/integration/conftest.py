"""Real parts for integration tests. `asterisk`: one exchange for the whole session, on free ports, empty of members
between tests. A test that stops or breaks it makes an `Exchange` of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.exchange import Exchange


@pytest.fixture(scope="session")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    exchange = Exchange(tmp_path_factory.mktemp("asterisk"))
    exchange.start()
    yield exchange
    exchange.stop()
