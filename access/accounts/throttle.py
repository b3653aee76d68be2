"""How often a password may be guessed: pure, in the memory of this process.

Memory, not the database: a flood of guesses must not become a flood of writes, and with a few processes the
allowance grows by their number only.

Nobody's name is locked: waits hold for whoever made the mistakes, which is a browser that its owner has signed in with
before (access.accounts.devices), or else an address. Only the very many from everywhere slow down all who are unknown.
"""

import datetime as dt
import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

REMEMBERED = 20_000


@dataclass(frozen=True)
class GuessingPace:
    """How many mistakes are free, and how long each further one makes wait."""

    allowed: int
    first_wait: dt.timedelta
    longest_wait: dt.timedelta
    leak: dt.timedelta
    """One mistake is forgotten in so long."""


NAME = GuessingPace(5, dt.timedelta(seconds=15), dt.timedelta(minutes=15), dt.timedelta(minutes=6))
"""One name from one address, or from one known browser."""
GUESSED_NAME = GuessingPace(1, NAME.first_wait, NAME.longest_wait, NAME.leak)
"""The same for a name at which many guess: a fresh address still has its one try."""
ANYWHERE = GuessingPace(20, dt.timedelta(), dt.timedelta(), dt.timedelta(minutes=3))
"""One name from everywhere: delays nobody by itself, it makes NAME to GUESSED_NAME."""
ADDRESS = GuessingPace(40, dt.timedelta(seconds=5), dt.timedelta(minutes=2), dt.timedelta(seconds=30))
"""All names from one address: offices sit behind one."""
ALL = GuessingPace(300, dt.timedelta(seconds=1), dt.timedelta(seconds=1), dt.timedelta(seconds=1))
"""All names from all addresses."""
LINK = GuessingPace(5, dt.timedelta(seconds=15), dt.timedelta(minutes=15), dt.timedelta(minutes=6))
"""Made-up links from one address."""


class Throttle:
    """Mistakes per key, each with its own pace; what is past leaks away."""

    def __init__(self) -> None:
        self._mistakes: OrderedDict[Hashable, tuple[float, dt.datetime]] = OrderedDict()

    def wait(self, key: Hashable, pace: GuessingPace, at: dt.datetime) -> dt.timedelta:
        """How long the next try with this key must still wait; zero: it may come."""
        count, last = self._mistakes.get(key, (0.0, at))
        # What has leaked since the last one counts for the next, not for the wait that it made.
        over = math.ceil(count) - pace.allowed
        if over < 0:
            return dt.timedelta()
        # The exponent is bounded because a timedelta overflows before patience does.
        pause = min(pace.first_wait * (1 << min(over, 10)), pace.longest_wait)
        return max(last + pause - at, dt.timedelta())

    def full(self, key: Hashable, pace: GuessingPace, at: dt.datetime) -> bool:
        """Whether all that is allowed has been used up by now."""
        return math.ceil(self._left(key, pace, at)) >= pace.allowed

    def failed(self, key: Hashable, pace: GuessingPace, at: dt.datetime) -> None:
        count = self._left(key, pace, at)
        self._mistakes.pop(key, None)
        self._mistakes[key] = (count + 1, at)
        while len(self._mistakes) > REMEMBERED:
            self._mistakes.popitem(last=False)

    def took_back(self, key: Hashable) -> None:
        """The last one was no mistake; those before it stay."""
        if key in self._mistakes:
            count, last = self._mistakes[key]
            self._mistakes[key] = (max(count - 1, 0.0), last)

    def forget(self, key: Hashable) -> None:
        self._mistakes.pop(key, None)

    def _left(self, key: Hashable, pace: GuessingPace, at: dt.datetime) -> float:
        count, last = self._mistakes.get(key, (0.0, at))
        return max(count - (at - last) / pace.leak, 0.0)


class Refused(StrEnum):
    """Why a try is not even looked at."""

    NAME = "too_many_for_name"
    ADDRESS = "too_many_from_address"
    ALL = "too_many_in_all"


@dataclass(frozen=True)
class Try:
    """Somebody wants to sign in."""

    name: str
    """Tidy; whether anybody has it makes no difference here."""
    network: str
    """web.http.requests.addresses.network_of"""
    device: str = ""
    """The browser's own name where this account has signed in with it before; empty: unknown."""


class SignInLimits:
    """The three limits of the sign-in: by name, by address, in all. A known browser has only its own."""

    def __init__(self) -> None:
        self._throttle = Throttle()

    def wait(self, one: Try, at: dt.datetime) -> tuple[dt.timedelta, Refused] | None:
        """How long this try must wait and for which limit; None: it may be looked at."""
        for reason, key, pace in self._keys(one, at):
            if pause := self._throttle.wait(key, pace, at):
                return pause, reason
        return None

    def began(self, one: Try, at: dt.datetime) -> None:
        """Counted before it is checked, so that guesses sent side by side are all counted."""
        for _, key, pace in self._keys(one, at):
            self._throttle.failed(key, pace, at)
        if not one.device:
            self._throttle.failed(("anywhere", one.name), ANYWHERE, at)

    def succeeded(self, one: Try, at: dt.datetime) -> None:
        """It was the right password. But guessers who sign in to an account of their own do not clear their address."""
        keys = [key for _, key, _ in self._keys(one, at)]
        self._throttle.forget(keys[0])
        for key in (*keys[1:], *(() if one.device else (("anywhere", one.name),))):
            self._throttle.took_back(key)

    def unchecked(self, one: Try, at: dt.datetime) -> None:
        """It was not looked at after all: nobody has learnt anything by it."""
        for _, key, _ in self._keys(one, at):
            self._throttle.took_back(key)
        if not one.device:
            self._throttle.took_back(("anywhere", one.name))

    def guessed(self, one: Try, at: dt.datetime) -> bool:
        """Whether many guess at this name."""
        return self._throttle.full(("anywhere", one.name), ANYWHERE, at)

    def _keys(self, one: Try, at: dt.datetime) -> list[tuple[Refused, Hashable, GuessingPace]]:
        if one.device:
            return [(Refused.NAME, ("device", one.name, one.device), NAME)]
        pace = GUESSED_NAME if self.guessed(one, at) else NAME
        return [
            (Refused.NAME, ("name", one.name, one.network), pace),
            (Refused.ADDRESS, ("address", one.network), ADDRESS),
            (Refused.ALL, "all", ALL),
        ]
