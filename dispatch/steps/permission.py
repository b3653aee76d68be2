"""Whether a person may take a step on an order: the one answer, for the rule and for the page. Pure.

Four questions, in this order: does the table allow the role the step in this state, is the order this office's or
crew's, do the order's own facts forbid the step at present, and is it too late for it (guard and `too_late` in the
step's record).
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from core.city_words import city_words, worded
from core.errors import Conflict, NotAllowed
from dispatch.orders.actors import Actor
from dispatch.orders.labels import ONLY_READ, ROLES, STATES
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.spec import OfficePart, OrderFacts
from dispatch.steps.specs import SPECS
from dispatch.workflow import TRANSITIONS, Role, State, Step


@dataclass(frozen=True)
class Obstacle:
    """Why a person cannot take a step."""

    sentence: str
    """For the person."""
    error: type[Conflict] | type[NotAllowed]
    """NotAllowed: not this person's step. Conflict: not in this state, or not now."""
    short: str
    """The same beside the step's name, in a list of steps."""


def obstacle(order: Order, step: Step, actor: Actor, policy: Policy, at: dt.datetime) -> Obstacle | None:
    """What keeps `actor` from taking `step` on this order at `at`; None: nothing does."""
    if (sentence := why_not(order.state, step, actor.role)) is not None:
        transition = TRANSITIONS[order.state].get(step)
        if transition is None:
            return Obstacle(sentence, Conflict, sentence)
        return Obstacle(sentence, NotAllowed, f"由{_named(transition.roles - {Role.SYSTEM, Role.CITIZEN})}办理")
    if order.former_system is not None and not SPECS[step].on_former:
        return Obstacle(ONLY_READ, Conflict, "原系统办结的工单只供查阅")
    sentence = not_his(
        actor,
        step,
        lead_office_code=order.lead_office_code,
        co_office_codes=[co.office_code for co in order.co_offices],
        unit_code=order.unit_code,
    )
    if sentence is not None:
        return Obstacle(sentence, NotAllowed, sentence)
    if (sentence := not_now(order, step, actor) or SPECS[step].too_late(order, policy, at)) is not None:
        return Obstacle(sentence, Conflict, sentence)
    return None


def why_not(state: State, step: Step, role: Role) -> str | None:
    """Why `role` cannot take `step` on an order in `state`, by the table; None: it is possible."""
    transition, label = TRANSITIONS[state].get(step), worded(SPECS[step].label)
    if transition is None:
        return f"工单现在是“{STATES[state]}”，不能{label}。"
    if role not in transition.roles:
        return f"“{label}”只能由{_named(transition.roles)}办理，您是{ROLES[role]}。"
    return None


def not_his(
    actor: Actor,
    step: Step,
    *,
    lead_office_code: str | None,
    co_office_codes: Collection[str],
    unit_code: str | None,
) -> str | None:
    """Why the step on this order is not this office's or crew's, for the actor to read; None: it is."""
    if actor.role is Role.UNIT and (actor.unit_code is None or actor.unit_code != unit_code):
        return f"这张工单没有派给您的{city_words().crew}。"
    if actor.role is not Role.OFFICE:
        return None
    part = SPECS[step].office_part
    if actor.office_code is not None and actor.office_code == lead_office_code:
        return "您的单位是主办单位，请直接回复。" if part is OfficePart.HELPING else None
    if actor.office_code is None or actor.office_code not in co_office_codes:
        return "这张工单没有派给您的单位。"
    return "您的单位是协办单位，这一步由主办单位办理。" if part is OfficePart.LEAD else None


def not_now(order: OrderFacts, step: Step, actor: Actor) -> str | None:
    """Why `actor` cannot take `step` on this order at present, for the user to read; None: nothing forbids it."""
    return SPECS[step].guard(order, actor)


def _named(roles: Collection[Role]) -> str:
    return "、".join(ROLES[role] for role in Role if role in roles)
