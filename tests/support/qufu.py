"""The city of the repository: its data is what the rules are tried with."""

from functools import cache
from pathlib import Path

from dispatch.policy import Policy, load_policy

FOLDER = Path(__file__).parents[2] / "deploy/city/qufu"


@cache
def qufu() -> Policy:
    """Read once a run; nobody changes it."""
    return load_policy(FOLDER)
