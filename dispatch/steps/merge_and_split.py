"""并单, 拆单: a draft is merged into the order on the same matter; a part of an order becomes an order of its own.

What is split off has its own number, office and limits. The citizen, how secret they are and their calls are the new
order's too; the first stays as it is and each history names the other. The limits are those of the new order's own
kind, counted from the splitting: an office that hears of the matter only now cannot have been late with it. The first
order's clock runs on.
"""

from sqlalchemy import delete, select

from dispatch.orders.drafts import link_call, new_draft
from dispatch.orders.models import CallPurpose, Order, OrderCall
from dispatch.orders.step_fields import ORDER_FIELDS, is_empty
from dispatch.steps.context import OtherStep, Taking
from dispatch.workflow import Step

_SAME = ("received_at", "happened_at", "citizen_name", "confidential")
_PLACE = ("place_town", "place", "latitude", "longitude")
_CALLS = {
    CallPurpose.INCOMING: CallPurpose.SPLIT,
    CallPurpose.CALL_BACK: CallPurpose.SPLIT,
    CallPurpose.SPLIT: CallPurpose.SPLIT,
    CallPurpose.JOINED: CallPurpose.JOINED,
}
"""What citizens said of the matter; calls with offices and crews are about the first order."""


async def split(taking: Taking) -> None:
    """Begins the new order; it is registered, and dispatched where the rules are sure, once this step is taken."""
    session, order = taking.session, taking.order
    matter = {name: value for name, value in taking.given.items() if name in ORDER_FIELDS and not is_empty(value)}
    part = await new_draft(
        session,
        taking.city,
        channel=order.channel,
        actor=taking.actor,
        citizen_phone=order.citizen_phone,
        at=taking.at,
        details={"split_from": order.number},
    )
    part.split_from_id, part.limits_from_at = order.id, taking.at
    for name in _SAME if matter.keys() & set(_PLACE) else (*_SAME, *_PLACE):
        setattr(part, name, getattr(order, name))
    for call in await session.scalars(select(OrderCall).where(OrderCall.order_id == order.id)):
        if (purpose := _CALLS.get(call.purpose)) is not None:
            await link_call(session, part.id, call.linkedid, purpose, at=taking.at)
    await session.flush()
    # The first order's citizen is this one's too, by all former values.
    await session.refresh(part, ["citizen_values"])
    taking.details["split_off"] = part.number
    taking.begun.append((part, matter | {"reason": f"由工单{order.number}拆出：{taking.given['reason']}"}))


async def joined(taking: Taking, into: Order) -> None:
    """The merged order's calls hang on the other from now on, whose history records it."""
    reason = f"{taking.actor.name}把工单{taking.order.number}并入：{taking.given['reason']}"
    taking.others.append(OtherStep(into, Step.JOIN, reason, {"joined": taking.order.number}))
    for linkedid in await _calls(taking):
        await link_call(taking.session, into.id, linkedid, CallPurpose.JOINED, at=taking.at)


async def left(taking: Taking) -> None:
    """A merger is undone; nothing where the order was not merged."""
    into = await taking.session.get(Order, taking.order.merged_into_id) if taking.order.merged_into_id else None
    if into is None:
        return
    why = f"：{taking.given['reason']}" if taking.given.get("reason") else "。"
    reason = f"{taking.actor.name}撤回了工单{taking.order.number}的并单{why}"
    taking.others.append(OtherStep(into, Step.LEAVE, reason, {"left": taking.order.number}))
    joined_calls = OrderCall.order_id == into.id, OrderCall.purpose == CallPurpose.JOINED
    await taking.session.execute(delete(OrderCall).where(*joined_calls, OrderCall.linkedid.in_(await _calls(taking))))


async def _calls(taking: Taking) -> list[str]:
    found = await taking.session.scalars(select(OrderCall.linkedid).where(OrderCall.order_id == taking.order.id))
    return list(found)
