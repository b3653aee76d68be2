"""The telephones of the city's crews, from its `units.csv`: each crew's extension is an account at the exchange."""

from pathlib import Path

from core.folder.reading import read_csv
from core.folder.shapes import Strict


class CrewLine(Strict, extra="ignore"):
    """What the exchange reads of a crew; the rest is dispatch's (dispatch.city.files.UnitLine)."""

    extension: str


def crew_accounts(folder: Path) -> tuple[str, ...]:
    """Names of SIP accounts, each once, in the order of the table. Raises FaultyFolder."""
    return tuple(dict.fromkeys(line.extension for line in read_csv(folder / "units.csv", CrewLine)))
