"""Asterisk's answers about its queue, members, callers, devices and channels: frozen rows. Pure.

The one place that spells the headers of QueueStatus, CoreShowChannels, DeviceStateList and
PJSIPShowRegistrationsOutbound.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.channel_ids import call_of
from telephony.ami.framing import ManagerEvent
from telephony.calls.channel_names import endpoint_of


class DeviceState(StrEnum):
    """A phone as Asterisk sees it (devicestate.h)."""

    UNKNOWN = "unknown"
    NOT_IN_USE = "not_in_use"
    IN_USE = "in_use"
    BUSY = "busy"
    INVALID = "invalid"
    """There is no such endpoint."""
    UNAVAILABLE = "unavailable"
    """Not registered, or not reachable."""
    RINGING = "ringing"
    RING_IN_USE = "ring_in_use"
    ON_HOLD = "on_hold"


_STATE_BY_NUMBER = dict(enumerate(DeviceState))
_STATE_BY_WORD = {state.replace("_", ""): state for state in DeviceState}


def parse_device_state(word: str) -> DeviceState:
    """`NOT_INUSE`, `Not in use`, `1`: the ways in which Asterisk says it. Anything else is UNKNOWN."""
    if word.isdecimal():
        return _STATE_BY_NUMBER.get(int(word), DeviceState.UNKNOWN)
    plain = "".join(sign for sign in word.lower() if sign.isalpha())
    return _STATE_BY_WORD.get(plain, DeviceState.UNKNOWN)


@dataclass(frozen=True)
class QueueMember:
    endpoint: str
    """As in the interface's name: `1001`, `1001-web`."""
    state: DeviceState
    paused: bool
    paused_reason: str
    in_call: bool
    calls_taken: int
    last_call_at_epoch: int
    """Seconds since 1970; 0: none yet."""


@dataclass(frozen=True)
class WaitingCaller:
    channel: str
    uniqueid: str
    position: int
    """1 is next."""
    caller_number: str
    wait_seconds: int


@dataclass(frozen=True)
class QueueSnapshot:
    name: str
    members: tuple[QueueMember, ...]
    waiting: tuple[WaitingCaller, ...]
    """In their order."""
    completed: int
    abandoned: int


@dataclass(frozen=True)
class LiveChannel:
    channel: str
    uniqueid: str
    linkedid: str
    endpoint: str
    """`unit-07` of `PJSIP/unit-07-00000001`; empty for a Local channel."""
    state: str
    """Asterisk's own word: Down, Ring, Ringing, Up, Busy …"""
    context: str
    exten: str
    application: str
    application_data: str
    caller_number: str
    connected_number: str
    bridge_id: str
    duration_seconds: int

    @property
    def awaits_orders(self) -> bool:
        """Whether the dialplan has handed the channel to AsyncAGI."""
        return self.application == "AGI" and self.application_data.startswith("agi:async")


def parse_queue(name: str, events: Iterable[ManagerEvent]) -> QueueSnapshot:
    """The list that QueueStatus gives for queue `name`."""
    members: list[QueueMember] = []
    waiting: list[WaitingCaller] = []
    completed = abandoned = 0
    for event in events:
        if event.get("Queue") != name:
            continue
        if event.name == "QueueParams":
            completed, abandoned = _number(event, "Completed"), _number(event, "Abandoned")
        elif event.name == "QueueMember":
            members.append(_member(event))
        elif event.name == "QueueEntry":
            waiting.append(_caller(event))
    return QueueSnapshot(
        name, tuple(members), tuple(sorted(waiting, key=lambda one: one.position)), completed, abandoned
    )


def parse_channels(events: Iterable[ManagerEvent]) -> list[LiveChannel]:
    """The list that CoreShowChannels gives."""
    return [_channel(event) for event in events if event.name == "CoreShowChannel"]


def parse_device_states(events: Iterable[ManagerEvent]) -> dict[str, DeviceState]:
    """The list that DeviceStateList gives, by endpoint; devices that are no SIP endpoints are left out."""
    found = {endpoint_of(event.get("Device")): parse_device_state(event.get("State")) for event in events}
    found.pop("", None)
    return found


def parse_registrations(events: Iterable[ManagerEvent]) -> dict[str, str]:
    """The list that PJSIPShowRegistrationsOutbound gives: Asterisk's own word (`Registered`, `Rejected` …) by the
    registration's name."""
    details = (event for event in events if event.name == "OutboundRegistrationDetail")
    return {event.get("ObjectName"): event.get("Status") for event in details}


def _member(event: ManagerEvent) -> QueueMember:
    return QueueMember(
        endpoint=endpoint_of(event.get("Location")),
        state=parse_device_state(event.get("Status")),
        paused=event.get("Paused") == "1",
        paused_reason=event.get("PausedReason"),
        in_call=event.get("InCall") == "1",
        calls_taken=_number(event, "CallsTaken"),
        last_call_at_epoch=_number(event, "LastCall"),
    )


def _caller(event: ManagerEvent) -> WaitingCaller:
    return WaitingCaller(
        channel=event.get("Channel"),
        uniqueid=event.get("Uniqueid"),
        position=_number(event, "Position"),
        caller_number=_known(event.get("CallerIDNum")),
        wait_seconds=_number(event, "Wait"),
    )


def _channel(event: ManagerEvent) -> LiveChannel:
    hours, _, rest = event.get("Duration", "0:0:0").partition(":")
    minutes, _, seconds = rest.partition(":")
    parts = [int(part) if part.isdecimal() else 0 for part in (hours, minutes, seconds)]
    return LiveChannel(
        channel=event.get("Channel"),
        uniqueid=event.get("Uniqueid"),
        linkedid=call_of(event.get("Linkedid")),
        endpoint=endpoint_of(event.get("Channel")),
        state=event.get("ChannelStateDesc"),
        context=event.get("Context"),
        exten=event.get("Exten"),
        application=event.get("Application"),
        application_data=event.get("ApplicationData"),
        caller_number=_known(event.get("CallerIDNum")),
        connected_number=_known(event.get("ConnectedLineNum")),
        bridge_id=event.get("BridgeId"),
        duration_seconds=parts[0] * 3600 + parts[1] * 60 + parts[2],
    )


def _known(number: str) -> str:
    return "" if number in ("<unknown>", "unknown") else number


def _number(event: ManagerEvent, key: str) -> int:
    value = event.get(key)
    return int(value) if value.isdecimal() else 0


AWAY = frozenset({DeviceState.UNKNOWN, DeviceState.INVALID, DeviceState.UNAVAILABLE})
"""What rings a telephone in this state reaches nobody; the queue passes it over."""
