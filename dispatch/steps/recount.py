"""重新计算时限: the calendar of a year is there, and the limits that were counted without it are put right."""

from core.clock import in_city
from dispatch.clock import counting
from dispatch.clock.custody import keep_limits
from dispatch.orders.step_context import Taking

LIMITS = {
    "accept_due_at": "签收时限",
    "accept_final_at": "签收问责时限",
    "contact_due_at": "首次联系时限",
    "finish_expected_at": "预期办结时间",
    "finish_due_at": "办结时限",
}
"""Every limit that is counted (dispatch.clock.counting), in the order in which they are told."""


async def recounted(taking: Taking) -> None:
    """History says each limit that moved, old → new."""
    order = taking.order
    found = counting.recount(order, taking.city, at=taking.at)
    for name, (_, new) in found.moves.items():
        setattr(order, name, new)
    counting.set_marks(order, found.marks)
    await keep_limits(taking.session, order)
    taking.details["limits"] = {
        name: {"from": old.isoformat(), "to": new.isoformat()} for name, (old, new) in found.moves.items()
    }


def why_recounted(found: counting.Recount, year: int) -> str:
    told = [
        f"{words} {in_city(found.moves[name][0]):%Y-%m-%d %H:%M} → {in_city(found.moves[name][1]):%Y-%m-%d %H:%M}"
        for name, words in LIMITS.items()
        if name in found.moves
    ]
    return f"{year}年的放假调休安排已确定，暂定的时限重新计算：{'；'.join(told)}。"
