"""Which citizens of several orders are one, and wish to stay unnamed together: by a number or a whole name that they
share or ever shared. Pure.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from core.privacy.name_forms import people_in, whole_names
from core.privacy.redaction import Citizen, keys_of


def spread_wish(citizens: Mapping[int, Citizen]) -> dict[int, Citizen]:
    """By the id of the order whose citizen it is, each as they are to be treated: whoever is the same citizen as one
    that stays unnamed stays unnamed too. A namesake does as well: nothing tells them apart."""
    waiting = [of for of, citizen in citizens.items() if citizen.wholly]
    unnamed = set(waiting)
    if not waiting or len(unnamed) == len(citizens):
        return dict(citizens)
    sharing: dict[str, list[int]] = defaultdict(list)
    for of, citizen in citizens.items():
        for value in _known_by(citizen):
            sharing[value].append(of)
    while waiting:
        for value in _known_by(citizens[waiting.pop()]):
            for other in sharing.pop(value, ()):
                if other not in unnamed:
                    unnamed.add(other)
                    waiting.append(other)
    return {of: replace(citizen, wholly=of in unnamed) for of, citizen in citizens.items()}


def _known_by(citizen: Citizen) -> Iterator[str]:
    """Keys of numbers and folded names, which have no sign in common."""
    for number in citizen.numbers:
        yield from keys_of(number)
    for typed in citizen.names:
        for name in {typed, *people_in(typed)}:
            yield from whole_names(name)
