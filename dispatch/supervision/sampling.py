"""Drawing orders for a spot check so that anybody can repeat the draw and prove it fair. Pure.

Each order's lot is SHA-256 of "seed:number"; the lowest lots of each office are drawn. No generator of random numbers
is needed to check it, and no order's chance depends on another's.
"""

import hashlib
import json
import math
from collections.abc import Collection, Mapping

Population = Mapping[str, Collection[str]]
"""Office's code → numbers of its closed orders."""


def draw(seed: str, population: Population, *, share: float, at_least: int) -> dict[str, list[str]]:
    """The numbers drawn from each office, lowest lot first: its `share` (0 to 1, rounded up), at least so many."""
    return {
        office: sorted(set(numbers), key=lambda number: (lot(seed, number), number))[
            : max(at_least, math.ceil(round(len(set(numbers)) * share, 9)))
        ]
        for office, numbers in sorted(population.items())
    }


def lot(seed: str, number: str) -> str:
    """Hexadecimal."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def digest(population: Population) -> str:
    """SHA-256 over what was drawn from, whatever its order."""
    plain = {office: sorted(set(numbers)) for office, numbers in population.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
