"""One step while it is being taken, and the limits that steps set and move."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.city.records import City
from dispatch.clock import counting, deadlines
from dispatch.clock.custody import keep_limits
from dispatch.clock.rules import TimeLimit, TimeSpan, working_days
from dispatch.kinds import Kind
from dispatch.orders.actors import Actor
from dispatch.orders.assignment_models import AssignmentPurpose, Recipient, RecipientKind
from dispatch.orders.models import CoHandlingOffice, Order
from dispatch.policy import Policy
from dispatch.workflow import ON_HAND, State, Step


class SystemStep(NamedTuple):
    """A step that the system takes by itself."""

    step: Step
    fields: Mapping[str, Any]
    details: Mapping[str, Any] = MappingProxyType({})
    """What its history row says beside the fields."""


@dataclass(frozen=True)
class OtherStep:
    """A step of the system on another order than the one that is being taken."""

    order: Order
    own: SystemStep


@dataclass
class StepContext:
    """One step while it is being taken."""

    session: AsyncSession
    policy: Policy
    order: Order
    step: Step
    actor: Actor
    at: dt.datetime
    given: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    """What the history row says beside the fields."""
    assignments: list[Recipient] = field(default_factory=list)
    """The recipients of assignments when all steps are taken."""
    others: list["OtherStep"] = field(default_factory=list)
    """What the system writes into other orders' histories because of this step."""
    begun: list[tuple[Order, SystemStep]] = field(default_factory=list)
    """Drafts that this step began, and how they go on. Taken by the same actor."""
    citizen_changed: bool = False
    """Name, number or secrecy of the citizen is another than before."""
    sure: bool = False
    """The rules know where a registered order goes."""

    @property
    def city(self) -> City:
        return self.policy.city

    def count(
        self, limit: str, since: dt.datetime, span: TimeSpan | None, *, not_before: dt.datetime | None = None
    ) -> None:
        """As dispatch.clock.counting.count, by the city's rules."""
        counting.count(self.order, limit, since, span, self.policy.times, self.city.calendar, not_before=not_before)

    def set_co_offices(self, codes: Sequence[str]) -> dict[str, Any]:
        """Make these the co-offices. Returns the change for the history."""
        order = self.order
        before = {co.office_code: co for co in order.co_offices}
        after = [code for code in dict.fromkeys(codes) if code != order.lead_office_code]
        if set(after) == set(before):
            return {}
        order.co_offices = [before.get(code) or CoHandlingOffice(office_code=code, added_at=self.at) for code in after]
        return {"co_office_codes": {"from": sorted(before), "to": sorted(after)}}

    def notify_lead(self) -> None:
        """Lay the order before its lead office again, where one has it."""
        if self.order.lead_office_code is not None and (self.order.set_aside_from or self.order.state) in ON_HAND:
            self.assignments.append(
                Recipient(RecipientKind.OFFICE, self.order.lead_office_code, AssignmentPurpose.LEAD)
            )


def set_limits(context: StepContext, since: dt.datetime) -> None:
    """The limits of the order's kind and urgency, counted from `since`; a promised date stays."""
    order, limit = context.order, _limit(context)
    order.limits_from_at = since
    context.count("finish_expected_at", since, limit.expected)
    if order.promised_at is not None:
        order.finish_due_at = order.promised_at
    else:
        context.count("finish_due_at", since, limit.finish)
    if order.accepted_at is None:
        # An office that has accepted cannot become late afterwards because the subject is changed.
        since_dispatched = order.dispatched_at if order.state in ON_HAND else None
        context.count("accept_due_at", since_dispatched or since, limit.accept)


def start_accept_clock(context: StepContext) -> None:
    """From now the lead office has its time to accept, however long the order was elsewhere."""
    order, policy = context.order, context.policy
    order.dispatched_at = context.at
    context.count("accept_due_at", context.at, _limit(context).accept)
    context.count("accept_final_at", context.at, working_days(policy.times.accountability_days))


def original_limit(order: Order, policy: Policy) -> dt.datetime:
    """The limit before any promise or extension."""
    since = order.limits_from_at or order.received_at
    return deadlines.due(order.kind or Kind.OTHER, order.urgency, since, policy.times, policy.city.calendar).finish_at


async def move_limit(context: StepContext, until: dt.datetime) -> None:
    """The order has to be finished by `until` from now on; what was before is in the history."""
    order = context.order
    context.details["limit_before"] = order.finish_due_at and order.finish_due_at.isoformat()
    context.details["limit"] = until.isoformat()
    order.finish_due_at = until
    await keep_limits(context.session, order)


def _limit(context: StepContext) -> TimeLimit:
    return deadlines.limit_for(context.order.kind or Kind.OTHER, context.order.urgency, context.policy.times)


def is_with_office(order: Order) -> bool:
    """An office leads it and can be asked about it."""
    return order.state in ON_HAND or order.state is State.SUSPENDED
