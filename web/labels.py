"""What people read of agents on all screens, of lengths of time, endpoints and addresses of pages."""

from collections.abc import Mapping

from core.city_words import WordedTable
from dispatch.city.records import City
from dispatch.kinds import Channel
from dispatch.orders.labels import KINDS
from recordings.labels import RECORDING_PARTS
from telephony.agents.state import AgentState
from telephony.labels import AGENT_STATES, DIRECTIONS, OUTCOMES
from web.agent_states import DeskState


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
    DeskState.AFTER_CALL_WORK: "话后整理",
    DeskState.RINGING: "振铃",
    DeskState.TALKING: "通话中",
}

RETENTION_WORDS: Mapping[str, str] = {
    **{f"kind.{one}": words for one, words in KINDS.items()},
    **{f"outcome.{one}": words for one, words in OUTCOMES.items()},
    **{f"direction.{one}": words for one, words in DIRECTIONS.items()},
    **{f"part.{one}": words for one, words in RECORDING_PARTS.items()},
}
"""How rules of retention name calls."""


def endpoint_words(endpoint: str, city: City, names: Mapping[str, str] | None = None) -> str:
    """Whose telephone an endpoint is: 1001 → 分机 1001, unit-01 → 路灯抢修一队. `names`: extension → person,
    where the reader may know it."""
    if endpoint.isdigit():
        return (names or {}).get(endpoint) or f"分机 {endpoint}"
    crew = next((unit.name for unit in city.units.values() if unit.extension == endpoint), endpoint)
    return {"trunk": "外线"}.get(endpoint, crew)


def no_phone(channel: Channel) -> str:
    """Stands where an order has no number: a call can withhold it, a visitor or a letter has left none."""
    return "未显示号码" if channel is Channel.HOTLINE else "未留电话"


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


QUERY_FIELDS: dict[str, str] = WordedTable({
    "after": "翻页位置", "all": "显示全部", "before": "截止时间", "by": "统计方式", "call": "通话", "channel": "渠道",
    "client_id": "文件编号", "closed": "账号状态", "day": "日期", "direction": "呼叫方向", "end": "结束位置",
    "first": "开始日期", "judged": "认定结果", "last": "结束日期", "limit": "每页条数", "live": "实时",
    "month": "月份", "name": "名称", "office": "承办单位",
    "open": "只看未办结", "order": "工单号", "role": "角色", "outcome": "通话结果", "q": "查找内容",
    "shift": "班次",
    "since": "起始时间", "sort": "排序", "subject": "事项类别", "town": "{town}", "from": "开始日期", "to": "结束日期",
    "start": "起始位置", "state": "状态", "taken_at": "拍摄时间", "unit": "{crew}", "until": "截止时间",
    "version": "版本", "waiting": "待办事项", "kind": "类别", "row": "表中的行", "into": "并入哪张工单",
    "in": "打开工单的列表", "kept": "打开工单的列表", "text": "播报的话", "recorded": "录音",
})  # fmt: skip
"""What may stand after the ? of an address, as the error page names it; beside dispatch.orders.labels.FIELDS."""
