"""What people read of limits that have passed or are near."""

from dispatch.clock.timers import DutyKind

DUTIES: dict[DutyKind, str] = {
    DutyKind.ACCEPT_REMINDER: "签收提醒",
    DutyKind.ACCEPT_WARNING: "签收超时",
    DutyKind.ACCEPT_ACCOUNTABILITY: "超过规定时限未签收",
    DutyKind.CONTACT_REMINDER: "首次联系提醒",
    DutyKind.CONTACT_WARNING: "首次联系超时",
    DutyKind.FINISH_REMINDER: "办结提醒",
    DutyKind.FINISH_WARNING: "超过办结时限未答复",
    DutyKind.PART_REMINDER: "协办提醒",
    DutyKind.PART_WARNING: "协办超时",
    DutyKind.RETURN_UNDECIDED: "退单申请超时未决定",
    DutyKind.RULING_OVERDUE: "二次退单超时未裁定",
    DutyKind.URGE_UNANSWERED: "督办超时未答复",
    DutyKind.RESUME: "承诺日期已到",
}
