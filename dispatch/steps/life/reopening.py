"""重新办理、撤回到待登记: an order that had ended comes back, with limits of its own or as the draft that it was."""

from dispatch.clock.custody import note_reopened
from dispatch.steps.context import Taking, set_limits
from dispatch.steps.life.follow_up import end_follow_up
from dispatch.steps.life.merge_and_split import left
from dispatch.steps.spec import OrderFacts, StepSpec
from dispatch.workflow import Role, State, Step


async def reopened(taking: Taking) -> None:
    order = taking.order
    await left(taking)
    if order.state not in (State.MERGED, State.INVALID):
        await note_reopened(taking.session, order.id, at=taking.at)
    await end_follow_up(taking)
    order.closed_at = order.promised_at = order.accepted_at = order.merged_into_id = None
    order.dispatched_at = order.accept_final_at = order.resume_at = None
    order.contact_due_at = order.contacted_at = None
    if order.kind is not None:
        # A new round of handling, with limits of its own; those of the first are in the history.
        set_limits(taking, taking.at)


async def taken_back(taking: Taking) -> None:
    order = taking.order
    await left(taking)
    order.closed_at = order.merged_into_id = None


def _never_registered(order: OrderFacts, _: Role) -> str | None:
    if order.registered_at is not None or order.limits_from_at is not None:
        return "这张工单登记过，不能撤回到待登记；请由市级管理员重新办理。"
    return None


SPECS = (
    StepSpec(step=Step.REOPEN, label="重新办理", effect=reopened),
    StepSpec(step=Step.TAKE_BACK, label="撤回到待登记", guard=_never_registered, effect=taken_back),
)
