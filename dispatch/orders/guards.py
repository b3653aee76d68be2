"""What an order's own facts forbid beside the table: an open return has one decider, a request is made once. Pure."""

import datetime as dt
from typing import Protocol

from dispatch.workflow import Role, Step

RETURNS = 2
"""The second return is the last: the supervisor's ruling stands."""


class Standing(Protocol):
    """What is read of an order."""

    return_before: Role | None
    return_count: int
    extension_until_at: dt.datetime | None
    urge_due_at: dt.datetime | None
    registered_at: dt.datetime | None
    limits_from_at: dt.datetime | None


def not_now(order: Standing, step: Step, role: Role) -> str | None:
    """Why `role` cannot take `step` on this order at present, for the user to read; None: nothing forbids it."""
    match step:
        case Step.ASK_MOVE if order.return_before is not None:
            return "上一次退单申请还没有决定。"
        case Step.ASK_MOVE if order.return_count >= RETURNS:
            return "督查员已经裁定过这张工单的主办单位，不能再申请退单。"
        case Step.DECLINE_MOVE if order.return_before is None:
            return "没有待决定的退单申请。"
        case Step.DECLINE_MOVE | Step.REDISPATCH if role is not (order.return_before or Role.COORDINATOR):
            if role is Role.SUPERVISOR:
                return "督查员只裁定第二次退单，其他改派和退单由市级管理员决定。"
            return "第二次退单由督查员裁定。"
        case Step.ASK_EXTENSION if order.extension_until_at is not None:
            return "上一次延期申请还没有审批。"
        case Step.GRANT_EXTENSION | Step.DECLINE_EXTENSION if order.extension_until_at is None:
            return "没有待审批的延期申请。"
        case Step.ANSWER_URGE if order.urge_due_at is None:
            return "没有待答复的督办。"
        case Step.TAKE_BACK if order.registered_at is not None or order.limits_from_at is not None:
            return "这张工单登记过，不能撤回到待登记；请由市级管理员重新办理。"
        case _:
            return None
