"""What people read of the ways by which reachability is checked."""

from collections.abc import Mapping

from dispatch.reachability.rules import Reachability, ReachabilityMeans

REACHABILITY_MEANS: dict[ReachabilityMeans, str] = {
    ReachabilityMeans.MESSAGE: "消息",
    ReachabilityMeans.PUSH: "手机推送",
    ReachabilityMeans.PHONE: "值班电话",
}


STANDINGS: Mapping[Reachability, str] = {
    Reachability.FAILED: "不通",
    Reachability.NEVER: "从未测试",
    Reachability.OLD: "太久没有测试",
    Reachability.MISSING: "没有手机订阅",
    Reachability.REACHED: "通畅",
}
