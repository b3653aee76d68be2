"""重新办理、撤回到待登记: an order that had ended comes back, with limits of its own or as the draft that it was."""

from core.city_words import city_words
from dispatch.clock.custody import note_reopened
from dispatch.orders.actors import Actor
from dispatch.steps.context import StepContext, set_limits
from dispatch.steps.life.follow_up import end_follow_up
from dispatch.steps.life.merge_and_split import left
from dispatch.steps.spec import OrderFacts, StepSpec
from dispatch.workflow import State, Step


async def reopened(context: StepContext) -> None:
    order = context.order
    await left(context)
    if order.state not in (State.MERGED, State.INVALID):
        await note_reopened(context.session, order.id, at=context.at)
    await end_follow_up(context)
    order.closed_at = order.promised_at = order.accepted_at = order.merged_into_id = None
    order.dispatched_at = order.accept_final_at = order.resume_at = None
    order.contact_due_at = order.contacted_at = None
    if order.kind is not None:
        # A new round of handling, with limits of its own; those of the first are in the history.
        set_limits(context, context.at)


async def taken_back(context: StepContext) -> None:
    order = context.order
    await left(context)
    order.closed_at = order.merged_into_id = None


def _never_registered(order: OrderFacts, _: Actor) -> str | None:
    if order.registered_at is not None or order.limits_from_at is not None:
        return f"这张工单登记过，不能撤回到待登记；请由{city_words().coordinator}重新办理。"
    return None


SPECS = (
    StepSpec(step=Step.REOPEN, label="重新办理", effect=reopened),
    StepSpec(step=Step.TAKE_BACK, label="撤回到待登记", guard=_never_registered, effect=taken_back),
)
