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
    WRAP_UP = "wrap_up"
    RINGING = "ringing"
    TALKING = "talking"


AS_SHOWN: Mapping[AgentState, DeskState] = MappingProxyType(
    {
        AgentState.OFFLINE: DeskState.OFFLINE,
        AgentState.READY: DeskState.READY,
        AgentState.ON_BREAK: DeskState.PAUSED,
        AgentState.WRAP_UP: DeskState.WRAP_UP,
        AgentState.UNREACHABLE: DeskState.PAUSED,
        AgentState.MISSED_CALLS: DeskState.PAUSED,
    }
)
"""Of an agent at whose telephone there is no call."""
