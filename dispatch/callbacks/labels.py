"""What people read of the tries at a citizen who asked to be called back."""

from dispatch.callbacks.rules import TryResult

TRY_RESULTS: dict[TryResult, str] = {
    TryResult.REACHED: "已接通",
    TryResult.BUSY: "占线或拒接",
    TryResult.NO_ANSWER: "无人接听",
    TryResult.AGENT_AWAY: "接线员没有接起",
    TryResult.FAILED: "没有呼通",
}
