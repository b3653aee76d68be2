"""The one door for texts about orders that leave them: notifications on every channel, what a crew hears, what a phone
shows.

Whoever hands on a text hands on `CoveredFacts`; only this module makes one, and what it holds is covered for everybody.
Nobody can forget it: `queue_notification` and the channels take nothing else
(tests/unit/dispatch/citizens/test_outgoing.py).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.privacy.redaction import CLEAR, Redactor
from dispatch.citizens.redaction import redactor_of
from dispatch.orders.models import Order

_MASKED_NUMBER = re.compile(r"\d{0,6}\*{4}\d{0,6}")


@dataclass(frozen=True)
class CoveredFacts:
    """Facts for a text, covered: the text may ask whether a name stands in one, cut it or write it apart, and whoever
    changes the city's texts may never know a confidential reporter. And what must be covered in the finished text.
    """

    facts: Mapping[str, Any]
    _redactor: Redactor

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", self._redactor.all_of(dict(self.facts)))

    def __or__(self, more: Mapping[str, Any]) -> "CoveredFacts":
        return CoveredFacts({**self.facts, **more}, self._redactor)

    def covered(self, text: str) -> str:
        """The finished text: a number may begin in one fact and end in the next."""
        return self._redactor.text(text)


def about_orders(orders: Iterable[Order], facts: Mapping[str, Any]) -> CoveredFacts:
    """`orders`: all those whose texts, or whose citizens, the facts may name."""
    return CoveredFacts(facts, redactor_of(orders))


def about_no_order(facts: Mapping[str, Any]) -> CoveredFacts:
    """For messages about the system itself, such as unreachable contacts."""
    return CoveredFacts(facts, CLEAR)


def spoken_of(order: Order, text: str) -> str:
    """`text` about the order for a voice: 某 and 某号码 where a screen shows stars."""
    covered = redactor_of([order]).text(text)
    return _MASKED_NUMBER.sub("某号码", covered).replace("**", "某")
