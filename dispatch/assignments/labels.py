"""What people read of the search for a crew."""

from dispatch.assignments.crew_chain_rules import ChainState, Deed

CHAIN_STATES: dict[ChainState, str] = {
    ChainState.RUNNING: "正在催接",
    ChainState.TAKEN: "已接单",
    ChainState.ALARMED: "没有直通车接单",
    ChainState.CALLED_OFF: "不用再催",
}


DEEDS: dict[Deed, str] = {
    Deed.PUSH: "推送",
    Deed.CALL: "打电话",
    Deed.NEXT_UNIT: "换下一支",
    Deed.ALARM: "告警",
    Deed.TAKEN: "接单",
    Deed.CALLED_OFF: "停止催接",
    Deed.ALARM_SEEN: "已知悉",
}
