"""The record of a step: all there is to know of it beside the table of states and roles (dispatch.workflow).

A capability's module exports the records of its steps as `SPECS`, and of what falls due between them as `DUE`;
dispatch.steps.specs joins them, and dispatch.steps.take takes a step by its record alone. What only a screen needs is
in web.orders.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.clock.timers import DueItem, DueKind
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.context import StepContext, SystemStep
from dispatch.workflow import Role, Step

"""Of an order that a former system finished (decision 0041)."""


class OrderFacts(Protocol):
    """What guards read of an order."""

    confidential: bool
    return_before: Role | None
    return_count: int
    extension_until_at: dt.datetime | None
    supervision_due_at: dt.datetime | None
    registered_at: dt.datetime | None
    limits_from_at: dt.datetime | None
    co_offices: Any


class OfficePart(Enum):
    """Which of an order's offices may take a step that the table opens to offices."""

    LEAD = auto()
    HELPING = auto()
    """The co-handling offices only."""
    EITHER = auto()


Effect = Callable[[StepContext], Awaitable[None]]
Guard = Callable[[OrderFacts, Actor], str | None]
Lateness = Callable[[Order, Policy, dt.datetime], str | None]
Question = Callable[[AsyncSession, Policy, Order, Mapping[str, Any], dt.datetime], Awaitable[Mapping[str, str]]]


async def nothing_to_ask(_: AsyncSession, __: Policy, ___: Order, ____: Mapping[str, Any], _____: dt.datetime) -> Any:
    """A person is asked nothing before the step."""
    return {}


async def nothing(_: StepContext) -> None:
    """No effect; nobody is notified."""


def allowed(_: OrderFacts, __: Actor) -> str | None:
    """The order's facts forbid nothing."""
    return None


def never(_: Order, __: Policy, ___: dt.datetime) -> str | None:
    """It is never too late for the step."""
    return None


def ends_here(_: StepContext) -> SystemStep | None:
    """The system takes no step of its own."""
    return None


@dataclass(frozen=True, kw_only=True)
class StepSpec:
    step: Step
    label: str
    """What people read."""
    takes: frozenset[str] = frozenset()
    """Fields that may come with it beside what the table asks for and a reason."""
    takes_on_hand: frozenset[str] | None = None
    """The same while an office has the order (workflow.ON_HAND); None: no other than `takes`."""
    guard: Guard = allowed
    """Why the actor cannot take it on this order at present, for the person to read. Pure."""
    too_late: Lateness = never
    """Why it can no longer be taken at this moment, by the city's rules, for the person to read. Pure."""
    asks_first: Question = nothing_to_ask
    """What a person has to say yes to before it is taken: the field that says so → the question. Nobody asks the
    system, nor whoever brings orders over from elsewhere."""
    effect: Effect = nothing
    """What it does to the order. The fields are already written, the state is still the former one."""
    notify: Effect = nothing
    """Queues the notifications. The order is already as the step made it."""
    then: Callable[[StepContext], SystemStep | None] = ends_here
    """What the system does next by itself. Pure."""

    office_part: OfficePart = OfficePart.LEAD
    by_link: bool = False
    """An office may take it through its link, without an account. What moves the responsibility or the limit wants a
    person who is known."""
    begins_work: bool = False
    """It asks for nothing and brings the order nearer to the work: a crew that reports a later status has taken it."""

    acknowledges: bool = True
    """Taking it shows that the office or crew has the order in hand (dispatch.assignments.assign.seen). Declining
    it, or asking for a return, more time or another office, does not."""
    renews_assignments: bool = True
    """Recipients that acknowledged the order before get another assignment, because the work begins again."""
    adds_co_offices: bool = False
    """The co-handling offices that come with it join the present ones; else they replace them."""
    lifts_secrecy: bool = False
    """It alone may take back the promise that a reporter stays unnamed."""
    on_former: bool = False
    """It may be taken on an order that a former system finished: it neither handles the matter nor starts a clock."""
    fields_are_new_orders: bool = False
    """Its fields describe the order that it begins, not the one on which it is taken."""


def nobody(_: DueItem) -> Sequence[tuple[Audience, Template]]:
    return ()


@dataclass(frozen=True, kw_only=True)
class DueSpec:
    """What is notified when something falls due; when it does is dispatch.clock.timers."""

    kinds: tuple[DueKind, ...]
    undone: str = ""
    """What has not been done, as the city's texts go on after 还没有 or name it."""
    notifies: Callable[[DueItem], Sequence[tuple[Audience, Template]]] = nobody
    """Pure."""
