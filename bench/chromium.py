"""The browser that rows of the benchmark and acceptance tests drive."""

import shutil

from core.errors import ConfigurationError

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is there: the shell has no windows of its own to draw, which spares a third of the work."""


def find_chromium() -> str:
    """Raises ConfigurationError."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise ConfigurationError("this needs a browser. Fix: apt install chromium-headless-shell")
