"""Commands to the PBX: members of the queue, calls, connections. Every argument is checked.

`Control` is handed the manager connection and must see every manager event (`handle`): the result of an originate
comes as an event long after its answer.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

import structlog
from asterisk.ami.action import Action

from core.channel_ids import ChannelUse, question_id
from core.errors import BadInput, Conflict
from telephony.ami.framing import ManagerEvent, ManagerResponse
from telephony.ami.status import ManagerActionFailed, ManagerActionTimeout
from telephony.control.rows import (
    DeviceState,
    LiveChannel,
    QueueSnapshot,
    parse_channels,
    parse_device_states,
    parse_queue,
    parse_registrations,
)
from telephony.pbx.contacts import fits

log = structlog.get_logger()

DISPATCH_CONTEXT = ChannelUse.CREW_CALL.value
_ASK_CONTEXT = "may-ask"
_ASK_SECONDS = 5.0

CALL_HEADER = "PJSIP_HEADER(add,X-Linkedid)"
"""As the dialplan's [agent-leg] does: the browser learns from the very INVITE which call it shows."""

OUTGOING_BY = "OUTGOING_BY"
"""Channel variable: the extension whose calls of the day are counted (extensions.conf, may-dial)."""

_NAME = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_CHANNEL = re.compile(r"[A-Za-z0-9_./@;:+-]{1,128}", re.ASCII)
_ADDRESS = re.compile(r"PJSIP/[A-Za-z0-9_-]{1,64}(@trunk)?", re.ASCII)
_CHANNEL_ID = re.compile(r"[A-Za-z0-9.-]{1,100}", re.ASCII)
_VARIABLE = re.compile(rf"[A-Z_]{{1,40}}|GROUP\((invited|room)\)|{re.escape(CALL_HEADER)}", re.ASCII)
_VALUE = _CHANNEL
_CALLER = re.compile(r"\+?[0-9]{1,20}", re.ASCII)
_NO_REASON = re.compile(r"[^\w（）() -]")
"""Asterisk keeps a member's pause as text between ; and |, which a person's words must not cut."""
_LONGEST_REASON = 80
_MARGIN_SECONDS = 5.0
_UNDER_WAY_SECONDS = 3.0
"""How long a channel may take to go where it was sent before."""
_ASK_AGAIN_SECONDS = 0.05
_CAUSE_SECONDS = 1.0
"""How long after the news of a failed call its cause may come."""


class ActionSender(Protocol):
    """What is needed of telephony.ami.manager.ManagerConnection."""

    async def send(self, action: Action, *, seconds: float | None = None) -> ManagerResponse: ...

    async def collect(
        self, action: Action, *, seconds: float | None = None
    ) -> tuple[ManagerResponse, list[ManagerEvent]]: ...


class DialAnswer(StrEnum):
    """Whether the exchange would dial a number for an extension."""

    YES = "yes"
    LIMITED = "limited"
    """The extension has had its calls of the day."""
    REFUSED = "refused"
    """The rule of numbers does not allow it, or the exchange did not say."""


class DialResult(StrEnum):
    """What became of a call that we placed, as far as somebody picking up."""

    ANSWERED = "answered"
    BUSY = "busy"
    """Busy, or the call was declined."""
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    """The phone is not registered, or its network is congested."""
    FAILED = "failed"


_RESULT_BY_CAUSE = {
    # Q.850, as chan_pjsip makes it of the phone's answer: 486 → 17, 603 → 21, 480 → 19.
    **{"16": DialResult.NO_ANSWER, "17": DialResult.BUSY, "18": DialResult.NO_ANSWER, "19": DialResult.NO_ANSWER},
    **{"20": DialResult.UNREACHABLE, "21": DialResult.BUSY, "27": DialResult.UNREACHABLE},
    **{"34": DialResult.UNREACHABLE, "38": DialResult.UNREACHABLE, "41": DialResult.UNREACHABLE},
}
_ANSWERS = {DialResult.ANSWERED: DialAnswer.YES, DialResult.BUSY: DialAnswer.LIMITED}
_RESULT_BY_REASON = {
    # Asterisk's control frames (frame.h): 0 none (no such contact), 3 ringing when the time was over.
    **{"0": DialResult.UNREACHABLE, "1": DialResult.NO_ANSWER, "3": DialResult.NO_ANSWER},
    **{"5": DialResult.BUSY, "8": DialResult.UNREACHABLE},
}


@dataclass
class _Dialled:
    result: asyncio.Future[DialResult]
    cause: str = ""
    """Of the phone's refusal."""
    reason: str | None = None
    """Of the originate's own response, while the refusal's cause is still waited for."""


class Control:
    """Commands to one PBX. Each raises BadInput for a wrong argument, else what ManagerConnection.send raises; those
    that send a channel elsewhere also Conflict, where it is gone or does not go."""

    def __init__(self, conn: ActionSender, *, queue: str = "hotline") -> None:
        self._conn = conn
        self._queue = _checked(_NAME, "queue", queue)
        self._dialled: dict[str, _Dialled] = {}
        """By channel id: the calls whose result is awaited."""

    def handle(self, event: ManagerEvent) -> None:
        """Take notice of any manager event; most are not for us."""
        if event.name not in ("OriginateResponse", "HangupRequest", "Hangup"):
            return
        dialled = self._dialled.get(event.get("Uniqueid"))
        if dialled is None or dialled.result.done():
            return
        if event.name == "OriginateResponse":
            self._answered(dialled, event.get("Response") == "Success", event.get("Reason"))
        else:
            dialled.cause = dialled.cause or event.get("Cause")
            if dialled.reason is not None:
                _settle(dialled)

    def _answered(self, dialled: _Dialled, answered: bool, reason: str) -> None:
        """Asterisk's threads report the refusal and the end of the originate in either order (2 of 60 the other way
        round on a busy machine). A phone that is not there has no channel, and so no cause ever.
        """
        if answered:
            dialled.result.set_result(DialResult.ANSWERED)
            return
        dialled.reason = reason
        if dialled.cause or reason != "0":
            _settle(dialled)
        else:
            asyncio.get_running_loop().call_later(_CAUSE_SECONDS, _settle, dialled)

    async def originate_dispatch(
        self,
        endpoint: str,
        channel_id: str,
        *,
        caller_id: str,
        ring_seconds: float,
        seconds: float | None = None,
        context: str = DISPATCH_CONTEXT,
    ) -> DialResult:
        """Ring `endpoint` as the channel `channel_id`; picked up, it runs this context of the dialplan.

        Returns when it was picked up or not. `seconds` bounds the whole wait (default: a little above
        `ring_seconds`); after that ManagerActionTimeout. Conflict: we are dialling `channel_id` already. Whether it
        lives from before must be asked (`live_channels`): Asterisk 22.10.1 does refuse to make it twice, which looks
        like UNREACHABLE, but loses a thread with it and can then only be stopped by force.
        """
        return await self.ring(
            f"PJSIP/{_checked(_NAME, 'endpoint', endpoint)}",
            _checked(_NAME, "channel_id", channel_id),
            (context, "s"),
            caller_id=caller_id,
            ring_seconds=ring_seconds,
            seconds=seconds,
        )

    async def ring(
        self,
        address: str,
        channel_id: str,
        to: tuple[str, str],
        *,
        caller_id: str,
        ring_seconds: float,
        variables: Mapping[str, str] = MappingProxyType({}),
        seconds: float | None = None,
    ) -> DialResult:
        """Ring `address` (`PJSIP/1002`, `PJSIP/110@trunk`); picked up, the channel runs (context, extension) `to`, with
        the `variables` set before it rings. Otherwise as `originate_dispatch`."""
        keys: dict[str, object] = {
            "Channel": _checked(_ADDRESS, "address", address),
            "ChannelId": _checked(_CHANNEL_ID, "channel_id", channel_id),
            "Context": _checked(_NAME, "context", to[0]),
            "Exten": _checked(_NAME, "extension", to[1]),
            "Priority": 1,
            "Timeout": round(_positive("ring_seconds", ring_seconds) * 1000),
            "CallerID": _checked(_CALLER, "caller_id", caller_id),
            "Async": "true",
        }
        checked = {
            _checked(_VARIABLE, "variable", name): _checked(_VALUE, name, text) for name, text in variables.items()
        }
        return await self._originate(keys, channel_id, checked, seconds or ring_seconds + _MARGIN_SECONDS)

    async def ask_to_dial(self, number: str, extension: str, *, spend: bool) -> DialAnswer:
        """Whether the exchange's one rule (extensions.conf, may-dial) lets `extension` dial `number` now; `spend`: and
        count it as dialled. Nothing rings."""
        channel_id = question_id()
        keys: dict[str, object] = {
            "Channel": f"Local/{'spend' if spend else 'check'}@{_ASK_CONTEXT}/n",
            "ChannelId": channel_id,
            "Context": _ASK_CONTEXT,
            "Exten": "asked",
            "Priority": 1,
            "Timeout": round(_ASK_SECONDS * 1000),
            "Async": "true",
        }
        variables = {
            "WANTED": _checked(_CALLER, "number", number),
            OUTGOING_BY: _checked(_NAME, "extension", extension),
        }
        result = await self._originate(keys, channel_id, variables, _ASK_SECONDS + _MARGIN_SECONDS)
        return _ANSWERS.get(result, DialAnswer.REFUSED)

    async def _originate(
        self, keys: dict[str, object], channel_id: str, variables: dict[str, str], seconds: float
    ) -> DialResult:
        if channel_id in self._dialled:
            raise Conflict(f"{channel_id} is being dialled already")
        dialled = _Dialled(asyncio.get_running_loop().create_future())
        self._dialled[channel_id] = dialled
        try:
            if (place := await self._place(str(keys["Channel"]))) is None:
                return DialResult.UNREACHABLE
            await self._conn.send(Action("Originate", {**keys, "Channel": place}, variables))
            async with asyncio.timeout(seconds):
                return await dialled.result
        except TimeoutError:
            what = f"Asterisk did not report what became of the call to {keys['Channel']}"
            raise ManagerActionTimeout(what) from None
        finally:
            self._dialled.pop(channel_id, None)

    async def _place(self, address: str) -> str | None:
        """What to dial for it: a telephone's registered contact, where that is its own (telephony.pbx.contacts).
        Asterisk looks at nothing when it originates, and a telephone may register again at any moment: so what was
        looked at is what is dialled. None: it is not there, or registered elsewhere."""
        technology, _, account = address.partition("/")
        if technology != "PJSIP" or account.endswith("@trunk"):
            return address
        answer = await self._conn.send(Action("Getvar", {"Variable": f"PJSIP_DIAL_CONTACTS({account})"}))
        place = answer.get("Value")
        if place and not fits(account, place):
            log.warning("contact_refused", account=account, contact=place)
        return place if fits(account, place) else None

    async def hang_up(self, channel: str) -> bool:
        """End `channel` (its name or uniqueid). False: there is no such channel any more."""
        return await self._unless(
            "no such channel", Action("Hangup", {"Channel": _checked(_CHANNEL, "channel", channel), "Cause": 16})
        )

    async def redirect(self, channel: str, context: str, extension: str) -> None:
        """Send `channel` itself elsewhere in the dialplan, e.g. a citizen to `emergency`, `110`."""
        await self._send_there(Action("Redirect", {**_target(channel, context, extension), "Priority": 1}))

    async def redirect_both(self, first: str, to: tuple[str, str], second: str, then: tuple[str, str]) -> None:
        """Send two channels that talk with each other to two places at once; one alone would end the other."""
        keys = {**_target(first, *to), "Priority": 1, "ExtraChannel": _checked(_CHANNEL, "channel", second)}
        extra = _target(second, *then)
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
        keys = {"Channel": _checked(_CHANNEL, "channel", channel), "Variable": _checked(_VARIABLE, "variable", name)}
        await self._conn.send(Action("Setvar", {**keys, "Value": _checked(_VALUE, name, value)}))

    async def transfer(self, channel: str, context: str, extension: str) -> None:
        """Send whoever talks with `channel` elsewhere, as a blind transfer made on that phone."""
        await self._conn.send(Action("BlindTransfer", _target(channel, context, extension)))

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

    async def qualify(self, endpoint: str) -> bool:
        """Ask the phone now whether it is there. False: no such endpoint. Its answer comes into its state."""
        keys = {"Endpoint": _checked(_NAME, "endpoint", endpoint)}
        return await self._unless("unable to retrieve endpoint", Action("PJSIPQualify", keys))

    async def queue_status(self) -> QueueSnapshot:
        """Members with their phones' states, and the callers that wait."""
        _, events = await self._conn.collect(Action("QueueStatus", {"Queue": self._queue}))
        return parse_queue(self._queue, events)

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

    def _member(self, extension: str) -> dict[str, str]:
        return {"Queue": self._queue, "Interface": f"PJSIP/{_checked(_NAME, 'extension', extension)}"}

    async def _pause(self, extension: str, *, paused: str, reason: str) -> bool:
        keys = {**self._member(extension), "Paused": paused, "Reason": reason}
        return await self._unless("not found", Action("QueuePause", keys))

    async def _unless(self, already: str, action: Action) -> bool:
        """False when Asterisk refuses because it is `already` so; other refusals raise."""
        try:
            await self._conn.send(action)
        except ManagerActionFailed as error:
            if already in error.message.lower():
                return False
            raise
        return True


def _settle(dialled: _Dialled) -> None:
    if not dialled.result.done():
        dialled.result.set_result(parse_dial_result(False, dialled.reason or "", dialled.cause))


def parse_dial_result(answered: bool, reason: str, cause: str) -> DialResult:
    """From an OriginateResponse's Reason and the Cause that the phone gave; either may be empty."""
    if answered:
        return DialResult.ANSWERED
    return _RESULT_BY_CAUSE.get(cause) or _RESULT_BY_REASON.get(reason, DialResult.FAILED)


def _target(channel: str, context: str, extension: str) -> dict[str, object]:
    return {
        "Channel": _checked(_CHANNEL, "channel", channel),
        "Context": _checked(_NAME, "context", context),
        "Exten": _checked(_NAME, "extension", extension),
    }


def _checked(pattern: re.Pattern[str], name: str, value: str) -> str:
    if not pattern.fullmatch(value):
        raise BadInput(f"{value!r} is no {name}", fields={name: f"must match {pattern.pattern}"})
    return value


def _positive(name: str, value: float) -> float:
    if not 0 < value <= 600:
        raise BadInput(f"{name} must be above 0 and at most 600 seconds", fields={name: "out of range"})
    return value
