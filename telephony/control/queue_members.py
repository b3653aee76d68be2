"""Commands about the members of the queue. Every argument is checked."""

import re

from asterisk.ami.action import Action

from telephony.control.arguments import NAME, checked
from telephony.control.rows import QueueSnapshot, parse_queue
from telephony.control.sending import ActionSender, Commands

_NO_REASON = re.compile(r"[^\w（）() -]")
"""Asterisk keeps a member's pause as text between ; and |, which a person's words must not cut."""
_LONGEST_REASON = 80


class QueueMembers(Commands):
    def __init__(self, conn: ActionSender, queue: str) -> None:
        Commands.__init__(self, conn)
        self._queue = checked(NAME, "queue", queue)

    async def queue_add(self, extension: str, *, penalty: int = 0, paused: bool = False) -> bool:
        """Make the phone a member of the queue. False: it was one already."""
        keys = {**self._member(extension), "MemberName": extension, "StateInterface": f"PJSIP/{extension}"}
        keys |= {"Penalty": str(penalty), "Paused": "true" if paused else "false"}
        return await self._unless("already there", Action("QueueAdd", keys))

    async def queue_remove(self, extension: str) -> bool:
        """False: it was no member."""
        return await self._unless("not there", Action("QueueRemove", self._member(extension)))

    async def queue_pause(self, extension: str, reason: str) -> bool:
        """No calls for this member, for `reason`: what Asterisk cannot keep is left out. False: it is no member."""
        plain = " ".join(_NO_REASON.sub(" ", reason).split())[:_LONGEST_REASON]
        return await self._pause(extension, paused="true", reason=plain or "paused")

    async def queue_unpause(self, extension: str) -> bool:
        """False: it is no member."""
        return await self._pause(extension, paused="false", reason="")

    async def queue_status(self) -> QueueSnapshot:
        """Members with their phones' states, and the callers that wait."""
        _, events = await self._conn.collect(Action("QueueStatus", {"Queue": self._queue}))
        return parse_queue(self._queue, events)

    def _member(self, extension: str) -> dict[str, str]:
        return {"Queue": self._queue, "Interface": f"PJSIP/{checked(NAME, 'extension', extension)}"}

    async def _pause(self, extension: str, *, paused: str, reason: str) -> bool:
        keys = {**self._member(extension), "Paused": paused, "Reason": reason}
        return await self._unless("not found", Action("QueuePause", keys))
