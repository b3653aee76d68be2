"""Which window holds an agent's telephone: one at a time, known to this process.

The exchange itself keeps one registration an account, so a second web process does no harm; it only cannot say who was
there before.
"""

from dataclasses import dataclass

from aiohttp import web

TAKEN = 4409
"""Close code: another window holds the telephone, or has just taken it over."""


@dataclass
class PhoneHolder:
    window: str
    """Made up by the browser's window and kept by it over a reload."""
    socket: web.WebSocketResponse


class DeskPhones:
    def __init__(self) -> None:
        self._holders: dict[str, PhoneHolder] = {}

    def held_elsewhere(self, account: str, window: str) -> bool:
        holder = self._holders.get(account)
        return holder is not None and holder.window != window and not holder.socket.closed

    def take(self, account: str, window: str, socket: web.WebSocketResponse) -> PhoneHolder | None:
        """From now on `window` holds the telephone; returns the previous holder, to be notified."""
        before = self._holders.get(account)
        self._holders[account] = PhoneHolder(window, socket)
        return before if before is not None and not before.socket.closed else None

    def holder(self, account: str) -> PhoneHolder | None:
        return self._holders.get(account)

    def leave(self, account: str, socket: web.WebSocketResponse) -> None:
        if (holder := self._holders.get(account)) is not None and holder.socket is socket:
            del self._holders[account]


DESK_PHONES = web.AppKey("desk_phones", DeskPhones)
