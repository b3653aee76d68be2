"""The browser that rows of the benchmark and acceptance tests drive."""

import shutil

from core.errors import BrokenHouse

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is there: the shell has no windows of its own to draw, which spares a third of the work."""


def find_chromium() -> str:
    """Raises BrokenHouse."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise BrokenHouse("this needs a browser. Fix: apt install chromium-headless-shell")
