"""举报人保密: anybody who takes a matter may promise it; to take the promise back takes two people (decision 0023)."""

import datetime as dt

from core.errors import Conflict
from dispatch.approvals.step_for_two import Granted, Rule
from dispatch.orders.actors import SYSTEM
from dispatch.steps.take import find_order, take_step
from dispatch.workflow import Role, Step


async def _lift(granted: Granted) -> None:
    approval = granted.approval
    order = await find_order(granted.session, approval.subject)
    if order is None or not order.confidential:
        raise Conflict("这张工单已经不是保密工单，不用再解除。")
    reason = f"{approval.asker_name}申请、{granted.decider.name}批准（审批{approval.id}号）：{approval.reason}"
    fields = {"confidential": False, "reason": reason}
    await take_step(
        granted.session, granted.policy, order.id, Step.LIFT_SECRECY, actor=SYSTEM, at=granted.at, fields=fields
    )


LIFT_SECRECY = Rule(
    kind="lift_secrecy",
    name="解除举报人保密",
    asks=frozenset({Role.AGENT, Role.COORDINATOR}),
    decides=frozenset({Role.COORDINATOR, Role.SUPERVISOR}),
    lasts=dt.timedelta(hours=72),
    effect=_lift,
)
