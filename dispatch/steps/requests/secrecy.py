"""举报人保密: anybody who takes a matter may promise it, in whatever state the order is; the promise is taken back by a
step of its own, after two people agreed (dispatch.approvals.secrecy).
"""

from dispatch.orders.actors import Actor
from dispatch.orders.families.uniting import hold_families
from dispatch.steps.context import StepContext
from dispatch.steps.spec import OrderFacts, StepSpec
from dispatch.workflow import Step

TAKES_TWO = "已标明“要求保密”，一个人不能取消。确需解除，请在工单页申请，由另一人批准。"


def _promised_already(order: OrderFacts, _: Actor) -> str | None:
    return "已经标明要求保密。" if order.confidential else None


async def promised(context: StepContext) -> None:
    await hold_families(context.session, context.order)
    context.order.confidential, context.order.contact_due_at = True, None
    context.details["changes"] = {"confidential": {"from": False, "to": True}}
    context.citizen_changed = True


SPECS = (
    StepSpec(step=Step.PROMISE_SECRECY, label="要求保密", guard=_promised_already, effect=promised, on_former=True),
    StepSpec(
        step=Step.LIFT_SECRECY,
        label="解除保密",
        takes=frozenset({"confidential"}),
        lifts_secrecy=True,
        on_former=True,
    ),
)
