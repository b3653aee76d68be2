"""重新计算时限: the calendar of a year is there, or was corrected, and the limits that were counted otherwise are put
right.
"""

from core.clock import day_and_minute
from dispatch.city.records import City
from dispatch.clock import counting
from dispatch.clock.custody import keep_limits
from dispatch.orders.models import Order
from dispatch.steps.context import StepContext
from dispatch.steps.requests.returns import return_moved
from dispatch.steps.requests.supervision_orders import supervision_order_moved
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step

LIMITS = {
    "accept_due_at": "签收时限",
    "accept_final_at": "签收问责时限",
    "contact_due_at": "首次联系时限",
    "finish_expected_at": "预期办结时间",
    "finish_due_at": "办结时限",
    "supervision_due_at": "督办答复时限",
    "return_due_at": "退单裁定时限",
    "resume_at": "恢复办理时间",
}
"""Every limit of the order that is counted (dispatch.clock.counting), in the order in which they are reported;
co-offices' shares follow.
"""
_OF_THE_CITY = frozenset({"return_due_at", "resume_at"})
"""No office has anything to do by then."""


async def recounted(context: StepContext) -> None:
    """History says each limit that moved, old → new. The offices are notified later, about all their orders at once."""
    order = context.order
    found = counting.recount(order, context.policy.times, context.city.calendar, at=context.at)
    for name, (_, new) in found.moves.items():
        counting.set_limit(order, name, new)
    counting.set_marks(order, found.marks)
    await keep_limits(context.session, order)
    if "return_due_at" in found.moves:
        await return_moved(context)
    if "supervision_due_at" in found.moves:
        await supervision_order_moved(context)
    order.recount_not_notified = sorted({*order.recount_not_notified, *_offices(order, found)})
    context.details["limits"] = {
        name: {"from": old.isoformat(), "to": new.isoformat()} for name, (old, new) in found.moves.items()
    }


def why_recounted(found: counting.Recount, year: int | None, city: City) -> str:
    """`year`: whose calendar has come; None: a calendar was corrected."""
    because = f"{year}年的放假调休安排已确定，暂定的时限重新计算" if year else "工作日历有更正，时限重新计算"
    return f"{because}：{'；'.join(limits_moved(found, city))}。"


def limits_moved(found: counting.Recount, city: City) -> list[str]:
    """Each limit that moves, old → new, in Chinese."""
    names = {name: _part_words(name, city) for name in sorted(found.moves) if counting.office_of(name)}
    return [
        f"{words} {day_and_minute(found.moves[name][0], year=True)} → {day_and_minute(found.moves[name][1], year=True)}"
        for name, words in (LIMITS | names).items()
        if name in found.moves
    ]


def _part_words(name: str, city: City) -> str:
    office = city.offices.get(counting.office_of(name))
    return f"{office.name if office else counting.office_of(name)}协办时限"


def _offices(order: Order, found: counting.Recount) -> set[str]:
    """Those whose limits moved."""
    parts = {code for name in found.moves if (code := counting.office_of(name))}
    own = any(not counting.office_of(name) and name not in _OF_THE_CITY for name in found.moves)
    lead = order.responsible_office_code or order.lead_office_code
    return parts | ({lead} if own and lead else set())


SPECS = (StepSpec(step=Step.RECOUNT, label="重新计算时限", effect=recounted),)
