"""What every channel is handed and what it gives back."""

from dataclasses import dataclass
from typing import Protocol

from dispatch.notifications.rules import Delivery


@dataclass(frozen=True)
class Letter:
    """One notification for one address."""

    id: str
    """The same at every attempt: a receiver that keeps it can recognise a repetition."""
    address: str
    title: str
    text: str
    """With its link."""
    secret: str = ""
    """What the address's owner has messages signed with; empty: not signed."""
    order: str = ""
    """The order's number; empty: about none."""


class Unasked:
    """Of channels whose other side keeps no account, and where a repetition does little harm."""

    @property
    def once(self) -> bool:
        return False

    async def became(self, _: Letter) -> Delivery | None:
        return None


class Sender(Protocol):
    @property
    def once(self) -> bool:
        """What may have been taken must not be sent again unasked: people pay for it, or get it twice."""
        ...

    async def became(self, letter: Letter) -> Delivery | None:
        """What became of a letter that was handed over and not answered; None: the other side cannot be asked. Raises
        nothing that the other side can cause."""
        ...

    async def send(self, letter: Letter) -> Delivery:
        """Hand it over, within the channel's own limit in seconds. Raises nothing that the other side can cause."""
        ...
