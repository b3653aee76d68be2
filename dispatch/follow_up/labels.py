"""What people read of a follow-up."""

from dispatch.follow_up.rules import FollowUpState

FOLLOW_UP_STATES: dict[FollowUpState, str] = {
    FollowUpState.PLANNED: "等待回访",
    FollowUpState.ASKED: "已发短信链接",
    FollowUpState.TO_CALL: "等人打电话",
    FollowUpState.DONE: "已回访",
    FollowUpState.VOID: "未回访",
}
