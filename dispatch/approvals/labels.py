"""What people read of what takes two people."""

from dispatch.approvals.models import ApprovalState

APPROVAL_STATES: dict[ApprovalState, str] = {
    ApprovalState.OPEN: "等待决定",
    ApprovalState.APPROVED: "已批准",
    ApprovalState.REFUSED: "不批准",
    ApprovalState.WITHDRAWN: "已撤回",
    ApprovalState.EXPIRED: "已过期",
}
