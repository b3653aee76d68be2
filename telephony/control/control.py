"""Commands to the PBX: members of the queue, calls, connections. Every argument is checked.

`Control` is handed the manager connection and must see every manager event (`handle`): the result of an originate
comes as an event long after its answer.
"""

import asyncio
from contextlib import suppress

from asterisk.ami.action import Action

from core.errors import Conflict
from telephony.ami.status import ManagerActionFailed
from telephony.control.arguments import CHANNEL, NAME, VALUE, VARIABLE, checked, target
from telephony.control.placed_calls import PlacedCalls
from telephony.control.queue_members import QueueMembers
from telephony.control.rows import (
    DeviceState,
    LiveChannel,
    parse_channels,
    parse_device_states,
    parse_registrations,
)
from telephony.control.sending import ActionSender

_UNDER_WAY_SECONDS = 3.0
"""How long a channel may take to go where it was sent before."""
_ASK_AGAIN_SECONDS = 0.05


class Control(PlacedCalls, QueueMembers):
    """Commands to one PBX. Each raises BadInput for a wrong argument, else what ManagerConnection.send raises; those
    that send a channel elsewhere also Conflict, where it is gone or does not go."""

    def __init__(self, conn: ActionSender, *, queue: str = "hotline") -> None:
        PlacedCalls.__init__(self, conn)
        QueueMembers.__init__(self, conn, queue)

    async def hang_up(self, channel: str) -> bool:
        """End `channel` (its name or uniqueid). False: there is no such channel any more."""
        return await self._unless(
            "no such channel", Action("Hangup", {"Channel": checked(CHANNEL, "channel", channel), "Cause": 16})
        )

    async def redirect(self, channel: str, context: str, extension: str) -> None:
        """Send `channel` itself elsewhere in the dialplan, e.g. a citizen to `emergency`, `110`."""
        await self._send_there(Action("Redirect", {**target(channel, context, extension), "Priority": 1}))

    async def redirect_both(self, first: str, to: tuple[str, str], second: str, then: tuple[str, str]) -> None:
        """Send two channels that talk with each other to two places at once; one alone would end the other."""
        keys = {**target(first, *to), "Priority": 1, "ExtraChannel": checked(CHANNEL, "channel", second)}
        extra = target(second, *then)
        keys |= {"ExtraContext": extra["Context"], "ExtraExten": extra["Exten"], "ExtraPriority": 1}
        await self._send_there(Action("Redirect", keys))

    async def _send_there(self, redirect: Action) -> None:
        """Asterisk calls a channel "not up" that is hanging up, and one that has not yet gone where it was sent before
        (main/manager.c, action_redirect: the flag of an asynchronous goto counts as a hangup). Both are over in a
        moment: the one is gone then, the other takes the next order. Nothing was done meanwhile. Raises Conflict.
        """
        deadline = asyncio.get_running_loop().time() + _UNDER_WAY_SECONDS
        while True:
            try:
                await self._conn.send(redirect)
                return
            except ManagerActionFailed as error:
                said = error.message.lower()
                if "not exist" in said:
                    raise Conflict("有一方刚刚挂断，这一步没有办成。") from error
                if "not up" not in said:
                    raise
                if asyncio.get_running_loop().time() > deadline:
                    raise Conflict("电话正在接转，这一步没有办成。通话还在，请稍后再试。") from error
            await asyncio.sleep(_ASK_AGAIN_SECONDS)

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        keys = {"Channel": checked(CHANNEL, "channel", channel), "Variable": checked(VARIABLE, "variable", name)}
        await self._conn.send(Action("Setvar", {**keys, "Value": checked(VALUE, name, value)}))

    async def transfer(self, channel: str, context: str, extension: str) -> None:
        """Send whoever talks with `channel` elsewhere, as a blind transfer made on that phone."""
        await self._conn.send(Action("BlindTransfer", target(channel, context, extension)))

    async def qualify(self, endpoint: str) -> bool:
        """Ask the phone now whether it is there. False: no such endpoint. Its answer comes into its state."""
        keys = {"Endpoint": checked(NAME, "endpoint", endpoint)}
        return await self._unless("unable to retrieve endpoint", Action("PJSIPQualify", keys))

    async def live_channels(self) -> list[LiveChannel]:
        _, events = await self._conn.collect(Action("CoreShowChannels"))
        return parse_channels(events)

    async def stop_recordings(self) -> None:
        """Of all calls that go on; the files stay as they are."""
        for channel in await self.live_channels():
            with suppress(ManagerActionFailed):
                await self._conn.send(Action("StopMixMonitor", {"Channel": channel.channel}))

    async def device_states(self) -> dict[str, DeviceState]:
        """Every SIP endpoint's phone."""
        _, events = await self._conn.collect(Action("DeviceStateList"))
        return parse_device_states(events)

    async def registrations(self) -> dict[str, str]:
        """How the carriers stand to our registrations, by their names: `Registered`, or what is wrong."""
        _, events = await self._conn.collect(Action("PJSIPShowRegistrationsOutbound"))
        return parse_registrations(events)
