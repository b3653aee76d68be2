"""What people read of limits that have passed or are near."""

from dispatch.clock.timers import DueKind

DUE_KINDS: dict[DueKind, str] = {
    DueKind.ACCEPT_REMINDER: "签收提醒",
    DueKind.ACCEPT_WARNING: "签收超时",
    DueKind.ACCEPT_ACCOUNTABILITY: "超过规定时限未签收",
    DueKind.CONTACT_REMINDER: "首次联系提醒",
    DueKind.CONTACT_WARNING: "首次联系超时",
    DueKind.FINISH_REMINDER: "办结提醒",
    DueKind.FINISH_WARNING: "超过办结时限未答复",
    DueKind.PART_REMINDER: "协办提醒",
    DueKind.PART_WARNING: "协办超时",
    DueKind.RETURN_UNDECIDED: "退单申请超时未决定",
    DueKind.RULING_OVERDUE: "二次退单超时未裁定",
    DueKind.SUPERVISION_UNANSWERED: "督办超时未答复",
    DueKind.RESUME: "承诺日期已到",
}
