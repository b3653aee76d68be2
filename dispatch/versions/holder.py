"""The policy by which a process works, replaced as a whole while it runs."""

import asyncio
from collections.abc import Callable

from core import clock
from dispatch.city.records import City
from dispatch.policy import Policy


class PolicyHolder:
    """Whoever needs the policy asks for it each time, and keeps it for one piece of work only."""

    def __init__(self, policy: Policy, version: str = "") -> None:
        """`version`: what its files are called, alike where their content is (dispatch.versions.overlay)."""
        self._policy = policy
        self.version, self.since = version, clock.now()
        self.refused = ""
        """Why the version that is in force could not be taken over; empty: it was."""
        self._followers: list[Callable[[Policy], object]] = []
        self._replaced = asyncio.Event()

    @property
    def policy(self) -> Policy:
        return self._policy

    @property
    def city(self) -> City:
        return self._policy.city

    def follow(self, follower: Callable[[Policy], object]) -> None:
        """Called with each policy that takes the place of another."""
        self._followers.append(follower)

    def replacement(self) -> asyncio.Event:
        """Set as soon as another policy has taken the place of the present one."""
        return self._replaced

    def replace(self, policy: Policy, version: str = "") -> None:
        self._policy = policy
        self.version, self.since, self.refused = version, clock.now(), ""
        for follower in self._followers:
            follower(policy)
        self._replaced.set()
        self._replaced = asyncio.Event()
