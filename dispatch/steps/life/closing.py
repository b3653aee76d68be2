"""办结、作无效处理: an order ends, and with it whatever was open on it."""

from dispatch.assignments.assign import withdraw
from dispatch.clock.custody import end_turn
from dispatch.clock.models import TurnEnd
from dispatch.notifications.office_link_models import LinkEnd
from dispatch.notifications.office_links import end_links
from dispatch.steps.context import Taking
from dispatch.steps.life.follow_up import end_follow_up
from dispatch.steps.requests.extensions import extension_lapsed
from dispatch.steps.requests.returns import return_lapsed
from dispatch.steps.requests.supervision_orders import urge_dropped
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


async def end(taking: Taking, how: TurnEnd) -> None:
    taking.order.closed_at = taking.at
    await return_lapsed(taking)
    await extension_lapsed(taking)
    await urge_dropped(taking)
    await end_turn(taking.session, taking.order.id, how, at=taking.at)
    await withdraw(taking.session, taking.order.id, at=taking.at, keep=())
    await end_links(taking.session, taking.order.id, LinkEnd.CLOSED, at=taking.at)
    await end_follow_up(taking)


async def closed(taking: Taking) -> None:
    await end(taking, TurnEnd.CLOSED)


async def invalidated(taking: Taking) -> None:
    await end(taking, TurnEnd.INVALID)


SPECS = (
    StepSpec(step=Step.CLOSE, label="办结", effect=closed),
    StepSpec(step=Step.INVALIDATE, label="作无效处理", takes=frozenset({"disposition"}), effect=invalidated),
)
