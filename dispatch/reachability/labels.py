"""What people read of the ways by which reachability is tested."""

from dispatch.reachability.rules import ReachMeans

REACH_MEANS: dict[ReachMeans, str] = {
    ReachMeans.MESSAGE: "消息",
    ReachMeans.PUSH: "手机推送",
    ReachMeans.PHONE: "值班电话",
}
