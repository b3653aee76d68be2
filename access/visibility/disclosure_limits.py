"""How many citizens one person may look at: when supervisors are notified, and when it is refused. Pure.

Whoever works order by order stays far below; whoever goes through the list does not. An agent's own calls, and calls
to citizens, need no disclosure and are not counted.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PastDisclosures:
    """One disclosure that was granted."""

    at: dt.datetime
    confidential: bool


@dataclass(frozen=True)
class DisclosureLimit:
    within: dt.timedelta
    most: int
    confidential: bool = False
    """Only disclosures of those who wish to stay unnamed are counted."""

    @property
    def words(self) -> str:
        minutes = int(self.within.total_seconds() / 60)
        span = f"{minutes}分钟" if minutes < 60 else f"{minutes // 60}小时"
        return f"{span}内查看{'要求保密的' if self.confidential else ''}诉求人"


_MINUTE, _HOUR, _DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(hours=24)
TOLD = (DisclosureLimit(_HOUR, 30), DisclosureLimit(_HOUR, 5, confidential=True))
"""From this many disclosures the supervisors are notified; the disclosures are still granted."""
REFUSED = (
    DisclosureLimit(_MINUTE, 10),
    DisclosureLimit(_HOUR, 60),
    DisclosureLimit(_DAY, 200),
    DisclosureLimit(_HOUR, 10, confidential=True),
)
"""So many disclosures and the next is refused."""
REMEMBERED = max(limit.within for limit in REFUSED)


def reached(
    limits: Sequence[DisclosureLimit], past: Sequence[PastDisclosures], at: dt.datetime
) -> DisclosureLimit | None:
    """The first of `limits` that the disclosures of one person fill at `at`."""
    return next((limit for limit in limits if _count(limit, past, at) >= limit.most), None)


def free_again(limit: DisclosureLimit, past: Sequence[PastDisclosures], at: dt.datetime) -> dt.datetime:
    """When the next disclosure is granted, if there is none before."""
    counted = sorted(one.at for one in past if _counts(limit, one, at))
    return counted[-limit.most] + limit.within


def _count(limit: DisclosureLimit, past: Sequence[PastDisclosures], at: dt.datetime) -> int:
    return sum(_counts(limit, one, at) for one in past)


def _counts(limit: DisclosureLimit, one: PastDisclosures, at: dt.datetime) -> bool:
    return at - limit.within < one.at <= at and (one.confidential or not limit.confidential)
