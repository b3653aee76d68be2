"""The Chinese of the telephone and the archive, and of mistakes in a form. Orders' words are dispatch.orders.labels."""

from dispatch.callbacks.rules import TryResult
from dispatch.city.records import City
from dispatch.orders.work_queues import LATE, Waiting
from recordings.archive.models import HowHeard
from recordings.models import RecordingPart, RecordingState, Speaker, TranscriptState
from telephony.agents.state import AgentState
from telephony.blocking.block_list import BlockState
from telephony.calls.call_state import CallState, Direction, LegRole, Outcome
from telephony.trouble_kinds import TroubleKind
from web.agent_states import DeskState

DIRECTIONS: dict[Direction, str] = {
    Direction.INBOUND: "群众来电",
    Direction.DISPATCH: "派单电话",
    Direction.OUTBOUND: "外呼",
    Direction.INTERNAL: "内部通话",
    Direction.WATCH: "线路巡检",
    Direction.SPY: "监听",
    Direction.PRACTICE: "练习",
    Direction.REACH: "联络测试",
}

CALL_STATES: dict[CallState, str] = {
    CallState.ARRIVING: "正在接入",
    CallState.QUEUED: "排队等候",
    CallState.RINGING: "正在振铃",
    CallState.TALKING: "通话中",
    CallState.LEAVING_MESSAGE: "正在留言",
    CallState.ENDED: "已结束",
}

AGENT_STATES: dict[AgentState, str] = {
    AgentState.READY: "就绪",
    AgentState.ON_BREAK: "暂停",
    AgentState.WRAP_UP: "话后整理",
    AgentState.UNREACHABLE: "电话没有接通",
    AgentState.MISSED_CALLS: "连续未接",
    AgentState.OFFLINE: "离席",
}


def why_paused(state: AgentState, reason: str | None) -> str:
    """Of a break its reason, of another pause what it is; empty: no pause."""
    if state is AgentState.ON_BREAK:
        return reason or ""
    return AGENT_STATES[state] if state.is_pause else ""


def agent_words(state: AgentState, reason: str | None) -> str:
    """`就绪`, `暂停（小休）`."""
    said = AGENT_STATES[AgentState.ON_BREAK if state.is_pause else state]
    return f"{said}（{why}）" if (why := why_paused(state, reason)) else said


DESK_STATES: dict[DeskState, str] = {
    DeskState.OFFLINE: "离席",
    DeskState.READY: "就绪",
    DeskState.PAUSED: "暂停",
    DeskState.WRAP_UP: "话后整理",
    DeskState.RINGING: "振铃",
    DeskState.TALKING: "通话中",
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

TRY_RESULTS: dict[TryResult, str] = {
    TryResult.REACHED: "已接通",
    TryResult.BUSY: "对方占线",
    TryResult.NO_ANSWER: "对方没有接听",
    TryResult.AGENT_AWAY: "接线员没有接起",
    TryResult.FAILED: "没有拨出",
}

TROUBLES: dict[TroubleKind, str] = {
    TroubleKind.NOT_ANSWERED: "热线打不通，交换机没有应答。请马上联系系统管理员。",
    TroubleKind.GREETING_SILENT: "热线接通后没有声音。请马上联系系统管理员。",
    TroubleKind.GREETING_WRONG: "热线接通后听到的不是欢迎语。请联系系统管理员。",
    TroubleKind.QUEUE_UNKNOWN: "交换机没有答复，不知道谁在接电话。请联系系统管理员。",
    TroubleKind.NO_AGENT: "没有接线员就绪，来电人只能留言。请马上安排人员就绪。",
    TroubleKind.TOO_FEW_AGENTS: "就绪的接线员少于值班安排。请安排人员就绪。",
    TroubleKind.LINE_AWAY: "线路程序没有工作：来电照常接听和录音，但这里看不到新的来电。请马上联系系统管理员。",
    TroubleKind.DATABASE_AWAY: "数据库没有应答。请马上联系系统管理员。",
    TroubleKind.DISK_NEARLY_FULL: "磁盘快满了，很快不能录音。请联系系统管理员腾出空间。",
    TroubleKind.LINE_FULL: "同时来电超过线路容量，有来电没有接进来。请联系系统管理员查看是否有人攻击。",
    TroubleKind.GUESSING_PHONES: "有人在试探话机的密码或线路端口。请系统管理员封锁该地址。",
    TroubleKind.GUESSING_SIGN_IN: "有人在试探登录密码。请系统管理员核实并封锁该地址。",
    TroubleKind.TOLL_FRAUD: "有话机在拨打不允许的号码，或者外拨过多。请马上核实该分机。",
    TroubleKind.MASS_LOOKS: "有人查看来电人身份过多。请马上核实。",
    TroubleKind.REPORTER_NAMED: "有人把要求保密的来电人写进了工单，可能在试探是谁。请马上核实。",
    TroubleKind.RECORDING_STOPPED: "磁盘空间不够，通话停止录音，也不能留言；接听和记录照常。",
    TroubleKind.FORGED_RECORDS: "有人用伪造的内容拨打热线，想写入假的通话记录；没有写入。请系统管理员查看来源。",
    TroubleKind.STUMBLED: "程序处理某一项时出错，已跳过，其余照常工作。请系统管理员查看日志。",
}
"""What it means for citizens, and what to do."""

LEG_ROLES: dict[LegRole, str] = {
    LegRole.CITIZEN: "来电人",
    LegRole.AGENT: "接线员",
    LegRole.UNIT: "直通车",
    LegRole.OUTSIDE: "外部号码",
    LegRole.MACHINE: "系统",
}

BLOCK_STATES: dict[BlockState, str] = {
    BlockState.PROPOSED: "待审批",
    BlockState.IN_FORCE: "屏蔽中",
    BlockState.REFUSED: "未批准",
    BlockState.LIFTED: "已提前解除",
    BlockState.EXPIRED: "已到期",
}

RECORDING_STATES: dict[RecordingState, str] = {
    RecordingState.EXPECTED: "录音正在归档",
    RecordingState.SAVED: "录音已保存",
    RecordingState.FAILED: "录音缺失",
    RecordingState.DESTROYED: "录音已按保存期限销毁",
}

HOW_HEARD: dict[HowHeard, str] = {
    HowHeard.PLAYER: "网页收听",
    HowHeard.EXPORT: "导出",
    HowHeard.LIVE: "通话中回听",
}

WAITINGS: dict[Waiting, str] = {
    Waiting.TO_REGISTER: "待登记",
    Waiting.TO_DISPATCH: "待分办",
    Waiting.RETURN: "退单待决定",
    Waiting.RULING: "二次退单待裁定",
    Waiting.EXTENSION: "延期待审批",
    Waiting.REVIEW: "待认定",
    Waiting.INSTRUCTION: "待批示",
    Waiting.URGED: "督办待答复",
    Waiting.DUE_TODAY: "今天到期",
    Waiting.ACCEPT_OVERDUE: "逾期未签收",
    Waiting.CONTACT_OVERDUE: "逾期未联系",
    Waiting.FINISH_OVERDUE: "逾期未办结",
}

PRESSING = frozenset({Waiting.RETURN, Waiting.RULING, *LATE})
"""Queues shown in red."""

RECORDING_PARTS: dict[RecordingPart, str] = {
    RecordingPart.CONVERSATION: "通话录音",
    RecordingPart.MESSAGE: "留言录音",
    RecordingPart.CONSULTATION: "内部商议录音",
}

TRANSCRIPT_STATES: dict[TranscriptState, str] = {
    TranscriptState.WAITING: "等待转写",
    TranscriptState.RUNNING: "正在转写",
    TranscriptState.DONE: "已转写",
    TranscriptState.FAILED: "转写失败",
}

SPEAKERS: dict[Speaker, str] = {Speaker.CITIZEN: "来电人", Speaker.CITY: "热线", Speaker.UNIT: "直通车"}


def endpoint_words(endpoint: str, city: City) -> str:
    """Whose telephone an endpoint is: 1001 → 分机 1001, unit-01 → 路灯抢修一队."""
    if endpoint.isdigit():
        return f"分机 {endpoint}"
    crew = next((unit.name for unit in city.units.values() if unit.extension == endpoint), endpoint)
    return {"trunk": "外线"}.get(endpoint, crew)


def lasted(seconds: float) -> str:
    """A length of time as people say it: 75 → 1分15秒; whole days and hours are shown without seconds."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole}秒"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}分{rest:02d}秒" if rest else f"{minutes}分钟"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}小时{minutes:02d}分"
    days, hours = divmod(hours, 24)
    return f"{days}天{hours}小时" if hours else f"{days}天"


QUERY_FIELDS: dict[str, str] = {
    "after": "翻页位置", "all": "显示全部", "before": "截止时间", "by": "统计方式", "call": "通话", "channel": "渠道",
    "client_id": "文件编号", "direction": "呼叫方向", "end": "结束位置", "first": "开始日期", "judged": "认定结果",
    "last": "结束日期", "limit": "每页条数", "live": "实时", "month": "月份", "name": "名称", "office": "承办单位",
    "open": "只看未办结", "order": "工单号", "outcome": "通话结果", "q": "查找内容", "since": "起始时间",
    "sort": "排序", "from": "开始日期", "to": "结束日期",
    "start": "起始位置", "state": "状态", "taken_at": "拍摄时间", "unit": "直通车", "until": "截止时间",
    "version": "版本", "waiting": "等候办理", "kind": "类别",
}  # fmt: skip
"""What may stand after the ? of an address, as the error page names it; beside dispatch.orders.labels.FIELDS."""

LOOK_REASONS = ("联系来电人核实情况", "上门处理前联系", "告知办理进展", "回访办理结果", "更正登记的姓名或号码")
"""Proposed to a person who wants to see a citizen; any other may be written."""
