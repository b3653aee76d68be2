"""How the manager connection stands, and what can go wrong on it, in words for screens and logs."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from core.errors import HotlineError, Unavailable
from telephony.ami.framing import ManagerResponse


class ManagerState(StrEnum):
    """How the manager connection stands; one word for screens and logs."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    REFUSED = "refused"
    """Nobody listens at that address."""
    UNREACHABLE = "unreachable"
    """No way there, or no answer to the connection in time."""
    NOT_A_MANAGER = "not_a_manager"
    """Something listens, but does not greet as Asterisk's manager does."""
    REFUSED_LOGIN = "refused_login"
    """Asterisk does not take the name and secret."""
    DROPPED = "dropped"
    """Asterisk, or who stands between, closed or reset the connection."""
    SILENT = "silent"
    """The connection is there, but nothing comes any more (half-open)."""
    RESYNC_FAILED = "resync_failed"
    """Logged in, but the state of the line could not be read."""
    OVERRUN = "overrun"
    """We came too far behind with the events."""
    CLOSED = "closed"
    """We closed it."""


class ManagerUnavailable(Unavailable):
    """There is no manager connection at the moment."""

    slug = "manager_unavailable"

    def __init__(self, message: str = "", *, state: ManagerState = ManagerState.DROPPED, **facts: object) -> None:
        super().__init__(message, **facts)
        self.state = state


class ManagerActionTimeout(Unavailable):
    """Asterisk did not answer the action in time; whether it was done is unknown."""

    slug = "manager_action_timeout"


class ManagerActionFailed(HotlineError):
    """Asterisk answered the action with an error."""

    slug = "manager_action_failed"

    def __init__(self, action: str, response: ManagerResponse) -> None:
        self.response = response
        super().__init__(f"{action}: {response.get('Message') or response.status}", action=action)


@dataclass(frozen=True)
class ManagerStatus:
    """How the manager connection stands."""

    state: ManagerState
    since: dt.datetime
    """When this state was first seen; failed retries do not move it."""
    detail: str
    """A plain sentence, in English."""
