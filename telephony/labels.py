"""What people read of calls, agents and the line: one Chinese word for each member."""

from core.city_words import WordedTable
from telephony.agents.state import AgentState
from telephony.blocking.block_list import BlockState
from telephony.calls.call_state import CallState, Direction, LegRole, Outcome
from telephony.control.dial_results import DialResult
from telephony.monitoring.line_health import HeartFault
from telephony.monitoring.processes import BackupKind
from telephony.trouble_kinds import TroubleKind

DIRECTIONS: dict[Direction, str] = {
    Direction.INBOUND: "来电",
    Direction.DISPATCH: "派单电话",
    Direction.OUTBOUND: "外呼",
    Direction.INTERNAL: "内部通话",
    Direction.PROBE: "线路巡检",
    Direction.SPY: "监听",
    Direction.PRACTICE: "练习",
    Direction.REACHABILITY: "联络测试",
}


CALL_STATES: dict[CallState, str] = {
    CallState.ARRIVING: "正在接入",
    CallState.QUEUED: "排队等候",
    CallState.RINGING: "正在振铃",
    CallState.TALKING: "通话中",
    CallState.LEAVING_MESSAGE: "正在留言",
    CallState.ENDED: "已结束",
}


DIAL_RESULTS: dict[DialResult, str] = {
    DialResult.ANSWERED: "已接听",
    DialResult.BUSY: "占线或拒接",
    DialResult.NO_ANSWER: "无人接听",
    DialResult.UNREACHABLE: "没有登记或线路不通",
    DialResult.FAILED: "没有呼通",
}
"""After whose telephone it was."""


AGENT_STATES: dict[AgentState, str] = {
    AgentState.READY: "就绪",
    AgentState.ON_BREAK: "暂停",
    AgentState.AFTER_CALL_WORK: "话后整理",
    AgentState.UNREACHABLE: "电话没有接通",
    AgentState.MISSED_CALLS: "连续未接",
    AgentState.OFFLINE: "离席",
}


OUTCOMES: dict[Outcome, str] = {
    Outcome.ANSWERED: "已接听",
    Outcome.ABANDONED: "未接听即挂断",
    Outcome.MESSAGE_LEFT: "已留言",
    Outcome.CALLBACK_ASKED: "要求回电",
    Outcome.TRANSFERRED_OUT: "已转接",
    Outcome.BLOCKED: "已屏蔽",
    Outcome.FAILED: "未接通",
}


TROUBLES: dict[TroubleKind, str] = {
    TroubleKind.NOT_ANSWERED: "热线打不通，交换机没有应答。请马上联系系统管理员。",
    TroubleKind.GREETING_SILENT: "热线接通后没有声音。请马上联系系统管理员。",
    TroubleKind.GREETING_WRONG: "热线接通后听到的不是欢迎语。请联系系统管理员。",
    TroubleKind.QUEUE_UNKNOWN: "交换机没有答复，不知道谁在接电话。请联系系统管理员。",
    TroubleKind.NO_AGENT: "没有接线员就绪，来电人只能留言。请马上安排人员就绪。",
    TroubleKind.TOO_FEW_AGENTS: "就绪的接线员少于值班安排。请安排人员就绪。",
    TroubleKind.LINE_AWAY: "线路程序没有工作：来电照常接听和录音，但这里看不到新的来电。请马上联系系统管理员。",
    TroubleKind.NOT_REGISTERED: "运营商没有接受本线路的登记，来电可能打不进来。请马上联系系统管理员和运营商。",
    TroubleKind.DATABASE_AWAY: "数据库没有应答。请马上联系系统管理员。",
    TroubleKind.DISK_NEARLY_FULL: "磁盘快满了，很快不能录音。请联系系统管理员腾出空间。",
    TroubleKind.LINE_FULL: "同时来电超过线路容量，有来电没有接进来。请联系系统管理员查看是否有人攻击。",
    TroubleKind.GUESSING_PHONES: "有人在试探话机的密码或线路端口。请系统管理员封锁该地址。",
    TroubleKind.GUESSING_SIGN_IN: "有人在试探登录密码。请系统管理员核实并封锁该地址。",
    TroubleKind.TOLL_FRAUD: "有话机在拨打不允许的号码，或者外拨过多。请马上核实该分机。",
    TroubleKind.MASS_DISCLOSURES: "有人查看诉求人身份过多。请马上核实。",
    TroubleKind.REPORTER_NAMED: "有人把要求保密的诉求人写进了工单，可能在试探是谁。请马上核实。",
    TroubleKind.RECORDING_STOPPED: "磁盘空间不够，通话停止录音，也不能留言；接听和记录照常。",
    TroubleKind.FORGED_RECORDS: "有人用伪造的内容拨打热线，想写入假的通话记录；没有写入。请系统管理员查看来源。",
    TroubleKind.STUMBLED: "程序处理某一项时出错，已跳过，其余照常工作。请系统管理员查看日志。",
}
"""What it means for citizens, and what to do."""


HEART_FAULTS: dict[HeartFault, str] = {
    HeartFault.NEVER: "线路程序从来没有运行过。",
    HeartFault.SILENT: "线路程序没有消息。",
    HeartFault.NOT_LOGGED_IN: "线路程序没有连上交换机。",
    HeartFault.NOT_READING: "线路程序读不到交换机写下的通话记录，或者交换机写不下去。",
}


BACKUP_KINDS: dict[BackupKind, str] = {
    BackupKind.MADE: "备份",
    BackupKind.READ: "逐个文件核对",
    BackupKind.RESTORED: "试恢复",
}


LEG_ROLES: dict[LegRole, str] = WordedTable(
    {
        LegRole.CALLER: "来电人",
        LegRole.AGENT: "接线员",
        LegRole.UNIT: "{crew}",
        LegRole.OUTSIDE: "外部号码",
        LegRole.MACHINE: "系统",
    }
)


BLOCK_STATES: dict[BlockState, str] = {
    BlockState.PROPOSED: "待审批",
    BlockState.IN_FORCE: "屏蔽中",
    BlockState.REFUSED: "未批准",
    BlockState.LIFTED: "已提前解除",
    BlockState.EXPIRED: "已到期",
}
