"""举报人保密: the promise is taken back by a step of its own, after two people agreed (dispatch.approvals.secrecy)."""

from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step

TAKES_TWO = "已标明“要求保密”，一个人不能取消。确需解除，请在工单页申请，由另一人批准。"

SPECS = (StepSpec(step=Step.LIFT_SECRECY, label="解除保密", takes=frozenset({"confidential"}), lifts_secrecy=True),)
