"""答复进度、催办、补充、发短信: what the desk does on an order for a citizen who calls about it again.

None of it changes the state or a limit. The office and the crew hear of it; before an office has the order, the
coordinator does.
"""

import datetime as dt

from sqlalchemy import func, select

from core.clock import in_city
from core.errors import BadInput, Conflict
from dispatch.notifications.queue import takes_sms
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.models import OrderStep
from dispatch.steps.context import StepContext, is_with_office
from dispatch.steps.notify import notify
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


async def urged(context: StepContext) -> None:
    """Counted, and no oftener on one day than the city wants. Raises Conflict."""
    today = in_city(context.at).replace(hour=0, minute=0, second=0, microsecond=0)
    most = context.policy.desk.urges_a_day
    if await _urges(context, since=today) >= most:
        raise Conflict(f"这张工单今天已经催办{most}次，承办单位已经收到。可以用“补充”写明新的情况。")
    context.details["urged"] = await _urges(context) + 1
    context.notify_lead()


async def supplemented(context: StepContext) -> None:
    context.notify_lead()


async def texted(context: StepContext) -> None:
    """Raises BadInput where there is no number to write to."""
    if not takes_sms(context.order):
        raise BadInput(fields={"message": "诉求人的电话不是手机，或者工单上没有电话，不能发短信。"})


async def _urges(context: StepContext, since: dt.datetime | None = None) -> int:
    mine = OrderStep.order_id == context.order.id, OrderStep.step == Step.URGE
    found = select(func.count()).where(*mine)
    return await context.session.scalar(found if since is None else found.where(OrderStep.at >= since)) or 0


async def _notify_urged(context: StepContext) -> None:
    await _notify_handlers(context, Template.URGED, f"（第{context.details['urged']}次）")


async def _notify_supplemented(context: StepContext) -> None:
    await _notify_handlers(context, Template.SUPPLEMENTED, "")


async def _notify_handlers(context: StepContext, template: Template, reason: str) -> None:
    """Office and crew; where no office has it, the coordinator."""
    order = context.order
    if not is_with_office(order):
        await notify(context, Audience.COORDINATOR, template, reason=reason)
        return
    await notify(context, Audience.OFFICE, template, code=order.lead_office_code, reason=reason)
    if order.unit_code is not None:
        await notify(context, Audience.UNIT, template, code=order.unit_code, reason=reason)


async def _notify_citizen(context: StepContext) -> None:
    await notify(context, Audience.CITIZEN, Template.TO_CITIZEN, reason=context.given["message"])


SPECS = (
    StepSpec(step=Step.TELL_PROGRESS, label="答复进度", on_former=True),
    StepSpec(
        step=Step.URGE, label="催办", takes=frozenset({"addition"}), effect=urged, notify=_notify_urged,
        renews_assignments=True,
    ),
    StepSpec(step=Step.SUPPLEMENT, label="补充", effect=supplemented, notify=_notify_supplemented),
    StepSpec(step=Step.TEXT_CITIZEN, label="发短信", effect=texted, notify=_notify_citizen),
)  # fmt: skip
