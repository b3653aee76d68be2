"""What whoever judges a reply reads: the matter beside the answer, each demand with whether the reply speaks to it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from access.accounts.sessions import Me
from dispatch.policy import Policy
from dispatch.supervision.demands import DemandText, demands_in
from dispatch.workflow import State
from web.orders.presenter import JUDGES
from web.orders.schemas import OrderAnswer, ReplyAnswer

JUDGED_IN = frozenset({State.REPLIED, State.IN_REVIEW})


@dataclass(frozen=True)
class ReviewShown:
    reply: ReplyAnswer
    matter: Sequence[DemandText]

    @property
    def open_count(self) -> int:
        """Demands that the reply does not speak to."""
        return sum(one.answered is False for one in self.matter)

    @property
    def demand_count(self) -> int:
        return sum(one.answered is not None for one in self.matter)


async def review_of(policy: Policy, me: Me, order: OrderAnswer) -> ReviewShown | None:
    """`order`: as `me` reads it; what is covered is judged by nothing. None: there is nothing to judge, or not for
    `me`: an office that knew the marks would learn to write around them."""
    if me.role not in JUDGES or order.state not in JUDGED_IN or not order.replies:
        return None
    reply, matter = order.replies[-1], order.matter
    if policy.evasive is None:
        return ReviewShown(reply, [DemandText(matter, None)])
    # In a thread: the patterns are the city's, and a matter may be long.
    return ReviewShown(reply, await asyncio.to_thread(demands_in, policy.evasive, matter, reply.public_answer))
