"""What was sent and is not accepted, as the page shows it that it came from.

The API answers by web.http.answers.errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import BadInput, Conflict, HotlineError, NotAllowed, NotFound

REJECTED = (BadInput, Conflict, NotAllowed)
"""Errors that leave the sender on the page, with what was typed."""


@dataclass(frozen=True)
class Rejection:
    status: int
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field name → what is wrong with it, in Chinese."""

    @property
    def sentence(self) -> str:
        """All that is wrong, for a place that shows no fields."""
        return "".join(self.fields.values()) or self.message

    @property
    def calm(self) -> bool:
        """No mistake of the sender's: somebody else was quicker, and pressing again is enough."""
        return self.status == 409


NOTHING_WRONG = Rejection(200, "")
_STATUS = ((NotAllowed, 403), (NotFound, 404))


def rejection_of(error: HotlineError) -> Rejection:
    if isinstance(error, BadInput):
        return Rejection(422, error.message, error.fields)
    return Rejection(next((status for kind, status in _STATUS if isinstance(error, kind)), 409), error.message)
