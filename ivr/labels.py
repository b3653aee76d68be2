"""What people read of a call to a crew."""

from ivr.dispatch_call import CallResult

CALL_RESULTS: dict[CallResult, str] = {
    CallResult.ACKNOWLEDGED: "已按键确认收到",
    CallResult.ACKNOWLEDGED_ELSEWHERE: "已通过其他方式确认，电话不再继续",
    CallResult.DECLINED: "按键表示不能前往",
    CallResult.NO_KEY: "接听后没有按键确认",
    CallResult.HUNG_UP: "接听后未确认即挂断",
    CallResult.BUSY: "占线或拒接",
    CallResult.NO_ANSWER: "无人接听",
    CallResult.UNREACHABLE: "没有登记或线路不通",
    CallResult.FAILED: "没有呼通",
    CallResult.INTERRUPTED: "系统中断，通话期间没有得到确认",
}
