"""办结、作无效处理: an order ends, and with it whatever was open on it."""

from dispatch.assignments.assign import withdraw
from dispatch.clock.custody import end_period
from dispatch.clock.models import CustodyEnd
from dispatch.notifications.office_link_models import LinkEnd
from dispatch.notifications.office_links import end_links
from dispatch.steps.context import StepContext
from dispatch.steps.life.follow_up import end_follow_up
from dispatch.steps.requests.extensions import extension_lapsed
from dispatch.steps.requests.returns import return_lapsed
from dispatch.steps.requests.supervision_orders import supervision_order_dropped
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


async def end(context: StepContext, how: CustodyEnd) -> None:
    context.order.closed_at = context.at
    await return_lapsed(context)
    await extension_lapsed(context)
    await supervision_order_dropped(context)
    await end_period(context.session, context.order.id, how, at=context.at)
    await withdraw(context.session, context.order.id, at=context.at, keep=())
    await end_links(context.session, context.order.id, LinkEnd.CLOSED, at=context.at)
    await end_follow_up(context)


async def closed(context: StepContext) -> None:
    await end(context, CustodyEnd.CLOSED)


async def invalidated(context: StepContext) -> None:
    await end(context, CustodyEnd.INVALID)


SPECS = (
    StepSpec(step=Step.CLOSE, label="办结", effect=closed),
    StepSpec(step=Step.INVALIDATE, label="作无效处理", takes=frozenset({"disposition"}), effect=invalidated),
)
