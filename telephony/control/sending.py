"""How commands reach the PBX: over the manager connection, whose refusals some commands expect."""

from typing import Protocol

from asterisk.ami.action import Action

from telephony.ami.framing import ManagerEvent, ManagerResponse
from telephony.ami.status import ManagerActionFailed


class ActionSender(Protocol):
    """What is needed of telephony.ami.manager.ManagerConnection."""

    async def send(self, action: Action, *, seconds: float | None = None) -> ManagerResponse: ...

    async def collect(
        self, action: Action, *, seconds: float | None = None
    ) -> tuple[ManagerResponse, list[ManagerEvent]]: ...


class Commands:
    """What all groups of commands share."""

    def __init__(self, conn: ActionSender) -> None:
        self._conn = conn

    async def _unless(self, already: str, action: Action) -> bool:
        """False when Asterisk refuses because it is `already` so; other refusals raise."""
        try:
            await self._conn.send(action)
        except ManagerActionFailed as error:
            if already in error.message.lower():
                return False
            raise
        return True
