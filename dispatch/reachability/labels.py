"""What people read of the ways by which reachability is tested."""

from collections.abc import Mapping

from dispatch.reachability.rules import ReachMeans, Standing

REACH_MEANS: dict[ReachMeans, str] = {
    ReachMeans.MESSAGE: "消息",
    ReachMeans.PUSH: "手机推送",
    ReachMeans.PHONE: "值班电话",
}


STANDINGS: Mapping[Standing, str] = {
    Standing.FAILED: "不通",
    Standing.NEVER: "从未测试",
    Standing.OLD: "太久没有测试",
    Standing.MISSING: "没有手机订阅",
    Standing.REACHED: "通畅",
}
