"""并单, 拆单: a draft is merged into the order on the same matter; a part of an order becomes an order of its own.

What is split off has its own number, office and limits. The citizen, how secret they are and their calls are the new
order's too; the first stays as it is and each history names the other. The limits are those of the new order's own
kind, counted from the splitting: an office that hears of the matter only now cannot have been late with it. The first
order's clock runs on.
"""

from sqlalchemy import delete, select

from core.errors import BadInput
from dispatch.clock.models import CustodyEnd
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.drafts import link_call, new_draft
from dispatch.orders.families.uniting import hold_families, unite
from dispatch.orders.models import CallPurpose, Order, OrderCall
from dispatch.orders.step_fields import ORDER_FIELDS, is_empty
from dispatch.steps.context import OtherStep, StepContext, SystemStep
from dispatch.steps.life.closing import end
from dispatch.steps.notify import notify
from dispatch.steps.spec import StepSpec
from dispatch.workflow import FINAL, Step

_SAME = ("received_at", "happened_at", "citizen_name", "confidential")
_PLACE = ("place_town", "place", "no_place", "latitude", "longitude")
_CALLS = {
    CallPurpose.INCOMING: CallPurpose.SPLIT,
    CallPurpose.FURTHER: CallPurpose.SPLIT,
    CallPurpose.CALL_BACK: CallPurpose.SPLIT,
    CallPurpose.SPLIT: CallPurpose.SPLIT,
    CallPurpose.JOINED: CallPurpose.JOINED,
}
"""What citizens said of the matter; calls with offices and crews are about the first order."""


async def split(context: StepContext) -> None:
    """Begins the new order; it is registered, and dispatched where the rules are sure, once this step is taken."""
    session, order = context.session, context.order
    matter = {name: value for name, value in context.given.items() if name in ORDER_FIELDS and not is_empty(value)}
    part = await new_draft(
        session,
        context.city,
        channel=order.channel,
        actor=context.actor,
        citizen_phone=order.citizen_phone,
        at=context.at,
        details={"split_from": order.number},
    )
    part.split_from_id, part.limits_from_at = order.id, context.at
    for name in _SAME if matter.keys() & set(_PLACE) else (*_SAME, *_PLACE):
        setattr(part, name, getattr(order, name))
    for call in await session.scalars(select(OrderCall).where(OrderCall.order_id == order.id)):
        if (purpose := _CALLS.get(call.purpose)) is not None:
            await link_call(session, part.id, call.linkedid, purpose, at=context.at)
    # The first order's citizen is this one's too, by all former values.
    await unite(session, order, part)
    context.details["split_off"] = part.number
    reason = f"由工单{order.number}拆出：{context.given['reason']}"
    context.begun.append((part, SystemStep(Step.REGISTER, matter | {"reason": reason})))


async def merged(context: StepContext) -> None:
    """Raises BadInput for an order into which it cannot be merged."""
    number = context.given["merged_into"]
    into = await context.session.scalar(select(Order).where(Order.number == number))
    wrong = None
    if into is None:
        wrong = f"没有工单{number}。"
    elif into.id == context.order.id:
        wrong = "不能并入自己。"
    elif into.state in FINAL:
        wrong = f"工单{number}已经办结，不能并入。"
    if into is None or wrong is not None:
        raise BadInput(wrong or "", fields={"merged_into": wrong or ""})
    await unite(context.session, into, context.order)
    # Whoever waits for one of them may be named in the texts of the other.
    context.citizen_changed = True
    context.order.merged_into_id = into.id
    await end(context, CustodyEnd.MERGED)
    await _join(context, into)


async def _join(context: StepContext, into: Order) -> None:
    """The merged order's calls hang on the other from now on, whose history records it."""
    reason = f"{context.actor.name}把工单{context.order.number}并入：{context.given['reason']}"
    joining = SystemStep(Step.JOIN, {"reason": reason}, {"joined": context.order.number})
    context.others.append(OtherStep(into, joining))
    for linkedid in await _calls(context):
        await link_call(context.session, into.id, linkedid, CallPurpose.JOINED, at=context.at)


async def left(context: StepContext) -> None:
    """A merger is undone; nothing where the order was not merged."""
    into = await context.session.get(Order, context.order.merged_into_id) if context.order.merged_into_id else None
    if into is None:
        return
    await hold_families(context.session, context.order)
    why = f"：{context.given['reason']}" if context.given.get("reason") else "。"
    reason = f"{context.actor.name}撤回了工单{context.order.number}的并单{why}"
    leaving = SystemStep(Step.LEAVE, {"reason": reason}, {"left": context.order.number})
    context.others.append(OtherStep(into, leaving))
    joined_calls = OrderCall.order_id == into.id, OrderCall.purpose == CallPurpose.JOINED
    await context.session.execute(delete(OrderCall).where(*joined_calls, OrderCall.linkedid.in_(await _calls(context))))


_WHAT = ("把工单", "撤回了工单")


def with_whom(reason: str, covered: str) -> str:
    """The reason of a JOIN or LEAVE as it may be read, with the person's name uncovered: a missing name would say that
    the reporter has the same. `covered`: the reason with all names covered."""
    # The system's phrase comes first; what the person gave as a reason may hold the other one.
    what = min((phrase for phrase in _WHAT if phrase in reason), key=reason.index, default="")
    _, still, rest = covered.partition(what) if what else ("", "", "")
    return reason.partition(what)[0] + what + rest if still else covered


async def _calls(context: StepContext) -> list[str]:
    found = await context.session.scalars(select(OrderCall.linkedid).where(OrderCall.order_id == context.order.id))
    return list(found)


async def _notify_citizen(context: StepContext) -> None:
    if context.order.merged_into_id is not None:
        into = await context.session.get_one(Order, context.order.merged_into_id)
        await notify(context, Audience.CITIZEN, Template.JOINED, other=into.number)


SPECS = (
    StepSpec(step=Step.MERGE, label="并单", effect=merged, notify=_notify_citizen),
    StepSpec(step=Step.JOIN, label="增加关注人"),
    StepSpec(step=Step.LEAVE, label="取消关注人"),
    StepSpec(step=Step.NOTIFY_FOLLOWER, label="已告知关注人"),
    StepSpec(
        step=Step.SPLIT,
        label="拆单",
        takes=frozenset({"urgency", "place_town", "place", "no_place", "lead_office_code"}),
        effect=split,
        fields_are_new_orders=True,
    ),
)
