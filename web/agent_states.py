"""What an agent is doing, as every screen names it. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from telephony.agents.state import AgentState


class DeskState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    PAUSED = "paused"
    """Not there for a while, for whatever reason."""
    AFTER_CALL_WORK = "after_call_work"
    RINGING = "ringing"
    TALKING = "talking"


AS_SHOWN: Mapping[AgentState, DeskState] = MappingProxyType(
    {
        AgentState.OFFLINE: DeskState.OFFLINE,
        AgentState.READY: DeskState.READY,
        AgentState.ON_BREAK: DeskState.PAUSED,
        AgentState.AFTER_CALL_WORK: DeskState.AFTER_CALL_WORK,
        AgentState.UNREACHABLE: DeskState.PAUSED,
        AgentState.MISSED_CALLS: DeskState.PAUSED,
    }
)
"""Of an agent at whose telephone there is no call."""
