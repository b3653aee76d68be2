"""What can go wrong with a call, as the one who holds the receiver sees it."""

from __future__ import annotations

from core.errors import Unavailable


class PhoneSilent(Unavailable):
    """The exchange did not answer the phone in time."""

    slug = "phone_silent"


class NotRegistered(Unavailable):
    """The exchange refused the phone's account."""

    slug = "phone_not_registered"


class CallRefused(Unavailable):
    """The call was not put through."""

    slug = "call_refused"

    def __init__(self, status: int, phrase: str) -> None:
        super().__init__(f"the call was refused: {status} {phrase}", status=status)
        self.status = status
        """SIP status: 486 busy, 404 no such number, 480 nobody there, 603 declined."""
