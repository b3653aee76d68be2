"""What every test may lean on: waiting for a fact instead of sleeping."""

import asyncio
import gc
import inspect
import logging
import time
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from core.city_words import CityWords, use_city_words
from core.numbers.plan import use_area_code

# While modules are loaded next to nothing is garbage.
gc.set_threshold(300_000, 20, 20)

# A busy machine stalls for longer than any property takes; and a run depends on no file of the run before.
hypothesis.settings.register_profile("hotline", deadline=None, database=None)
# `make check` looks for the kind that a few examples find; `make test`, which CI runs after it, has the usual hundred.
hypothesis.settings.register_profile("quick", deadline=None, database=None, max_examples=40)
hypothesis.settings.load_profile("hotline")

# Its own way prints the variables of every frame: seconds for each error that a test provokes.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--walk", action="store_true", help="open every page of every role at every size (make walk)")


Predicate = Callable[[], Any | Awaitable[Any]]


async def until(predicate: Predicate, seconds: float = 30.0, *, every: float = 0.02) -> Any:
    """The predicate's first true value; AssertionError when none came within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {inspect.getsource(predicate).strip()}")
        await asyncio.sleep(every)


@pytest.hookimpl(trylast=True)  # The capture of logs comes as late.
def pytest_configure(config: pytest.Config) -> None:
    """Unit tests alone load neither PostgreSQL's nor the browser's libraries, and do without the capture of logs: it
    walks through all loggers six times for each of thousands of tests. A warning still appears on their stderr."""
    if all("tests/unit" in Path(at).as_posix() for at in config.args):
        config.pluginmanager.unregister(name="logging-plugin")
        return
    for plugin in ("tests.support.postgres", "tests.support.web_rig", "tests.support.browser"):
        config.pluginmanager.import_plugin(plugin)


@pytest.fixture(autouse=True)
def the_sample_citys_words(_sample_words: tuple[CityWords, str]) -> None:
    """Every test begins in the sample city, whichever the one before it loaded."""
    words, code = _sample_words
    use_city_words(words)
    use_area_code(code)


@pytest.fixture(scope="session")
def _sample_words() -> tuple[CityWords, str]:
    head = tomllib.loads((Path(__file__).parents[1] / "deploy/city/qufu/city.toml").read_text("utf-8"))
    said = head["words"]
    return CityWords(**said | {"city": head["name"], "local": tuple(said["local"])}), head["area_code"]


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A test that runs a command in this process sets up that command's logs: the next test must find its own."""
    ours, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    if structlog.get_config() != ours:
        structlog.configure(**ours)
    root.handlers[:] = handlers
    if root.level != level:  # Each setting of it clears what all loggers remember.
        root.setLevel(level)


@pytest.fixture(scope="session", name="until")
def until_fixture() -> Callable[..., Awaitable[Any]]:
    return until


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first, so that no worker is left alone with them at the end."""
    folders = ["acceptance", "integration", "unit"]
    items.sort(key=lambda item: next((at for at, name in enumerate(folders) if f"tests/{name}/" in item.nodeid), 9))


def pytest_collection_finish() -> None:
    """All modules, tests and data that were loaded stay: the collector of garbage need not walk through them thousands
    of times."""
    gc.freeze()


class OneBrowser(LoadFileScheduling):
    """A file's tests share a test rig, so one worker runs them; and one worker has the browser."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/acceptance/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneBrowser:
    return OneBrowser(config, log)
