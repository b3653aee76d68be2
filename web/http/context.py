"""What the screens stand on, handed in by `hotline web` and by the tests."""

from dataclasses import dataclass

from aiohttp import web

from access.accounts.throttle import Throttle
from core.bus import Bus
from core.database import Sessions
from core.settings import Settings
from dispatch.city.records import City
from dispatch.policy import Policy
from dispatch.versions.holder import PolicyHolder


@dataclass(frozen=True)
class AppContext:
    settings: Settings
    sessions: Sessions
    bus: Bus
    """Somebody else runs it; screens only subscribe."""
    holder: PolicyHolder

    @property
    def policy(self) -> Policy:
        """In force now: ask for it with each request."""
        return self.holder.policy

    @property
    def city(self) -> City:
        return self.policy.city


APP_CONTEXT = web.AppKey("app_context", AppContext)
THROTTLE = web.AppKey("throttle", Throttle)
"""Of made-up links."""
