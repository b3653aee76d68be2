"""The model that ships with the program, read once in a process, when it is first asked for."""

from functools import cache
from pathlib import Path

from dispatch.sense.model import SenseModel, load_model

FILE = Path(__file__).with_name("model.npz")


@cache
def shipped_model() -> SenseModel | None:
    """None: this copy of the program has none; the city's rules decide alone. Raises ConfigurationError."""
    return load_model(FILE.read_bytes()) if FILE.exists() else None
