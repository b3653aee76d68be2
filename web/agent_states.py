"""What an agent is doing, as every screen names it. Pure."""

from enum import StrEnum


class DeskState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    PAUSED = "paused"
    WRAP_UP = "wrap_up"
    RINGING = "ringing"
    TALKING = "talking"
