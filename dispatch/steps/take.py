"""Orders: found, filled in, and taken from state to state.

`take_step` is the only place where an order changes, and takes every step the same way; what is particular to a step
stands in its record (dispatch.steps.spec). The order, its history, what is pushed and the jobs that follow are one
transaction of the caller's (core.database.transaction); a notification goes out when it commits.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from core import bus
from core.errors import BadInput, Conflict, NotFound
from dispatch.assignments.assign import Sign, assign, seen
from dispatch.citizens.indexing import index_with_others
from dispatch.citizens.redaction import holds_a_secret, stays_unnamed
from dispatch.clock.timers import DueItem, due_items
from dispatch.intake.proposals import note_decided
from dispatch.orders.actors import SYSTEM, Actor
from dispatch.orders.completeness import complaint, missing_of
from dispatch.orders.families.uniting import hold_families
from dispatch.orders.models import Order, OrderCall, OrderStep, Reply
from dispatch.orders.step_fields import ORDER_FIELDS, is_empty, plain
from dispatch.policy import Policy
from dispatch.steps.context import StepContext, SystemStep
from dispatch.steps.due_events import note_fallen
from dispatch.steps.fields import parse_fields
from dispatch.steps.permission import obstacle
from dispatch.steps.requests.returns import hide_rulings
from dispatch.steps.requests.secrecy import TAKES_TWO
from dispatch.steps.spec import StepSpec
from dispatch.steps.specs import SPECS
from dispatch.workflow import TRANSITIONS, State, Step, aside_after, state_after

_POINT = ("latitude", "longitude")
NO_POINT = "诉求人要求保密，不标具体的点。"


async def get_order(session: AsyncSession, order_id: int) -> Order:
    """Raises NotFound."""
    order = await session.get(Order, order_id)
    if order is None:
        raise NotFound("没有这张工单。", order_id=order_id)
    return order


async def find_order(session: AsyncSession, number: str) -> Order | None:
    """By its number as it is written (dispatch.numbering.parse_number reads what people type)."""
    return await session.scalar(select(Order).where(Order.number == number))


async def history(session: AsyncSession, order_id: int) -> Sequence[OrderStep]:
    """Every step, in order."""
    return (
        await session.scalars(select(OrderStep).where(OrderStep.order_id == order_id).order_by(OrderStep.seq))
    ).all()


async def calls_of(session: AsyncSession, order_id: int) -> Sequence[OrderCall]:
    """The calls that hang on the order, as they came."""
    return (await session.scalars(select(OrderCall).where(OrderCall.order_id == order_id).order_by(OrderCall.id))).all()


async def replies_of(session: AsyncSession, order_id: int) -> Sequence[Reply]:
    return (await session.scalars(select(Reply).where(Reply.order_id == order_id).order_by(Reply.id))).all()


async def fill_in(
    session: AsyncSession,
    policy: Policy,
    order_id: int,
    fields: Mapping[str, Any],
    *,
    actor: Actor,
    at: dt.datetime,
    version: int | None,
) -> Order:
    """Store what was typed so far. Errors as in `take_step`."""
    return await take_step(session, policy, order_id, Step.FILL_IN, actor=actor, at=at, version=version, fields=fields)


async def take_step(
    session: AsyncSession,
    policy: Policy,
    order_id: int,
    step: Step,
    *,
    actor: Actor,
    at: dt.datetime,
    version: int | None = None,
    fields: Mapping[str, Any] | None = None,
) -> Order:
    """Take `step`, and whatever the system does by itself after it.

    `version`: the one that the person saw; None: the present one.
    Raises NotFound; Conflict when somebody was quicker or the state does not allow the step; NotAllowed for the
    wrong role, office or crew; BadInput naming each missing or wrong field.
    """
    with _stale_is_conflict():
        order = await get_order(session, order_id)
        if version is not None and version != order.version:
            raise Conflict(version=order.version)
        fallen = await let_fall_due(session, policy, order, at=at)
        context, spec = StepContext(session, policy, order, step, actor, at), SPECS[step]
        await _take(context, fields or {})
        if spec.acknowledges:
            await seen(session, order.id, actor, Sign.STEP, at=at)
        if not spec.fields_are_new_orders:
            await note_decided(session, context.city, order, context.given, actor=actor, at=at)
        citizen_changed, begun = context.citizen_changed, [part.id for part, _ in context.begun]
        for part, own in context.begun:
            await take_step(session, policy, part.id, own.step, actor=actor, at=at, fields=own.fields)
        while (system := SPECS[context.step].then(context)) is not None:
            context = await _take_by_system(session, policy, order, system, at=at, after=context)
        for other in context.others:
            await _take_by_system(session, policy, other.order, other.own, at=at)
            await bus.publish(session, "order", other.order.id)
        order.next_due_at = _next_due(policy, order, fallen)
        await session.flush()
        await index_with_others(
            session,
            order,
            citizen_changed=citizen_changed,
            others={*begun, *(other.order.id for other in context.others)},
        )
        if (citizen_changed or begun or context.others) and holds_a_secret(order):
            await hide_rulings(session, order.family_id)
        await assign(session, order, context.assignments, at=at, renew=spec.renews_assignments)
        await bus.publish(session, "order", order.id)
    return order


async def let_fall_due(session: AsyncSession, policy: Policy, order: Order, *, at: dt.datetime) -> set[DueItem]:
    """Write down what has fallen due on the order by `at`, with the steps that the system takes for it; all of
    that, also what was written before. So no limit is lost when nobody swept before the next step."""
    fallen: set[DueItem] = set()
    if order.next_due_at is None or order.next_due_at >= at:
        fallen.update(
            due_item for due_item in due_items(order, policy.times, policy.city.calendar) if due_item.falls_at < at
        )
        return fallen
    # What falls due together is written in one go.
    with session.no_autoflush:
        while (due_item := next_due_item(policy, order, fallen)) is not None and due_item.falls_at < at:
            fallen.add(due_item)
            if (system := await note_fallen(session, policy, order, due_item, at=at)) is not None:
                await _take_by_system(session, policy, order, system, at=at)
    order.next_due_at = _next_due(policy, order, fallen)
    await session.flush()
    await bus.publish(session, "order", order.id)
    return fallen


def next_due_item(policy: Policy, order: Order, fallen: set[DueItem]) -> DueItem | None:
    return next(
        (due_item for due_item in due_items(order, policy.times, policy.city.calendar) if due_item not in fallen), None
    )


def _next_due(policy: Policy, order: Order, fallen: set[DueItem]) -> dt.datetime | None:
    due_item = next_due_item(policy, order, fallen)
    return None if due_item is None else due_item.falls_at


async def _take_by_system(
    session: AsyncSession,
    policy: Policy,
    order: Order,
    system: SystemStep,
    *,
    at: dt.datetime,
    after: StepContext | None = None,
) -> StepContext:
    """`after`: the step that it follows; what that one wants to assign and to write elsewhere goes on with this one."""
    context = StepContext(session, policy, order, system.step, SYSTEM, at, details=dict(system.details))
    if after is not None:
        context.assignments, context.others = after.assignments, after.others
    await _take(context, system.fields)
    return context


async def _take(context: StepContext, fields: Mapping[str, Any]) -> None:
    """One step: permission, fields, effect, state, history, notifications."""
    order, step, actor, spec = context.order, context.step, context.actor, SPECS[context.step]
    if (forbids := obstacle(order, step, actor, context.policy, context.at)) is not None:
        raise forbids.error(forbids.sentence, state=order.state, step=step)
    context.given = parse_fields(context.city, order.state, step, actor.role, fields)
    if not spec.fields_are_new_orders:
        _write_fields(context, spec)
    if context.citizen_changed:
        await hold_families(context.session, order)
    await spec.effect(context)
    _check_complete(order, step)
    before = order.state
    order.state = state_after(before, step, order.set_aside_from)
    order.set_aside_from = aside_after(before, step, order.set_aside_from)
    order.updated_at = context.at
    # A step that changes nothing else must still meet the version that was read.
    flag_modified(order, "updated_at")
    _write_history(context, before)
    await spec.notify(context)


def _write_history(context: StepContext, before: State) -> None:
    order, actor = context.order, context.actor
    order.step_count += 1
    said = {name: value for name, value in context.given.items() if name not in ORDER_FIELDS and name != "reason"}
    context.session.add(
        OrderStep(
            order_id=order.id,
            seq=order.step_count,
            at=context.at,
            step=context.step,
            from_state=before,
            to_state=order.state,
            actor_id=actor.account_id,
            actor_role=actor.role,
            actor_name=actor.name,
            author=actor.author,
            reason=context.given.get("reason") or "",
            details=plain(said) | context.details,
        )
    )


def _write_fields(context: StepContext, spec: StepSpec) -> None:
    """Put the matter's fields on the order, and what they were into the history."""
    order = context.order
    changes = {}
    for name in sorted(context.given.keys() & ORDER_FIELDS - {"co_office_codes"}):
        before, after = getattr(order, name), context.given[name]
        if is_empty(after):
            column = Order.__table__.c[name]
            after = column.default.arg if column.default is not None else None
        if name == "confidential" and before and not after and not spec.lifts_secrecy:
            # Whichever step carries it: what was promised to the citizen is not one person's to take back.
            raise BadInput(fields={name: TAKES_TWO})
        if before != after:
            setattr(order, name, after)
            changes[name] = plain({"from": before, "to": after})
    if stays_unnamed(order) and any(changes.get(name, {}).get("to") is not None for name in _POINT):
        # It may be the citizen's home; whatever else was said of the place goes on.
        raise BadInput(fields={_POINT[0]: NO_POINT})
    if (codes := context.given.get("co_office_codes")) is not None:
        present = [co.office_code for co in order.co_offices] if spec.adds_co_offices else []
        changes |= context.set_co_offices([*present, *codes])
    if changes:
        context.details["changes"] = changes
    context.citizen_changed = not changes.keys().isdisjoint(("citizen_name", "citizen_phone", "confidential"))


def _check_complete(order: Order, step: Step) -> None:
    if empty := missing_of(order, TRANSITIONS[order.state][step].needs):
        raise BadInput(fields={name: complaint(name) for name in empty})


@contextmanager
def _stale_is_conflict() -> Iterator[None]:
    try:
        yield
    except StaleDataError as error:
        raise Conflict() from error
