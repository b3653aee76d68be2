"""People recognised lately: for the page that is read when the database is away, and for no other.

Only of routes that say so (`Route.without_database`): they show no citizen and change nothing. Somebody whose session
was ended meanwhile sees them for some minutes more.
"""

import hashlib
from dataclasses import replace

from aiohttp import web

from access.accounts.sessions import NOBODY, Me

MINUTES = 15
_MOST = 200


class Lately:
    def __init__(self) -> None:
        self._seen: dict[str, tuple[Me, float]] = {}
        """Hash of the token → who it is, and until when by the loop's clock."""

    def note(self, token: str, me: Me | None, now: float) -> None:
        """`me`: None: the database knows the token no more."""
        self._seen.pop(_hash(token), None)
        if me is not None:
            self._seen = {key: one for key, one in self._seen.items() if one[1] > now}
            while len(self._seen) >= _MOST:
                self._seen.pop(next(iter(self._seen)))
            self._seen[_hash(token)] = replace(me, known=NOBODY), now + MINUTES * 60

    def find(self, token: str, now: float) -> Me | None:
        me, until = self._seen.get(_hash(token), (None, 0.0))
        return me if until > now else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


LATELY = web.AppKey("lately", Lately)
