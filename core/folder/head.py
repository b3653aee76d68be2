"""The two facts of the city's folder that the settings need before anything else is read."""

import re
import tomllib
from pathlib import Path

from core.city_words import CityWords
from core.folder.faults import FaultyFolder
from core.folder.textfiles import read_text_file

_NODE = re.compile(r"[a-z][a-z0-9]{0,15}")


def city_head(folder: Path) -> tuple[str, str]:
    """(name of the exchange, number of the line) as `city.toml` says. Of a file that cannot be read: what no city says.
    Whoever reads the folder whole names its mistakes (dispatch.policy)."""
    try:
        data = tomllib.loads(read_text_file(folder / "city.toml"))
    except (OSError, tomllib.TOMLDecodeError, FaultyFolder):
        data = {}
    words = data.get("words")
    number = str(words.get("number", "")) if isinstance(words, dict) else ""
    node = _NODE.match(str(data.get("code", "")).replace("-", ""))
    return (node[0] if node else "hotline"), (number if number.isascii() and number.isdigit() else CityWords.number)
