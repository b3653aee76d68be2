"""The line's figures as messages, as CSV and as words for the page. Counting is telephony.figures.counting's."""

import csv
import datetime as dt
import io
import re
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import CITY_ZONE, in_city
from core.errors import BadInput
from core.instants import LATEST, Instant
from telephony.figures.counting import TimeBucket, count_agents, count_calls, count_calls_by
from telephony.figures.figures import AgentTally, Tally
from web.http.schemas import Message

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST = dt.timedelta(days=400)
MOST_HOURS = dt.timedelta(days=62)


class By(StrEnum):
    HOUR = "hour"
    DAY = "day"
    AGENT = "agent"


def _midnight(value: object) -> object:
    if isinstance(value, str) and _DATE.fullmatch(value):
        return dt.datetime.fromisoformat(value).replace(tzinfo=CITY_ZONE)
    return value


def _day_end(value: object) -> object:
    midnight = _midnight(value)
    if isinstance(midnight, dt.datetime) and midnight.year >= LATEST.year:
        return midnight  # Refused by its bounds; one day more may be beyond what a calendar has.
    return midnight + dt.timedelta(days=1) if isinstance(midnight, dt.datetime) and midnight is not value else value


class FiguresQuery(Message):
    """Without an end: until now. Without a beginning: from the city's midnight of the day on which it ends. A plain
    date is that day in the city: from its midnight, to its end."""

    since: Annotated[Instant | None, BeforeValidator(_midnight)] = Field(None, alias="from")
    until: Annotated[Instant | None, BeforeValidator(_day_end)] = Field(None, alias="to")
    by: By = By.HOUR


class CallFigures(Message):
    """Of citizens' calls that arrived from `starts_at` on; None of a rate or mean: there was nothing to count."""

    starts_at: dt.datetime | None
    """Beginning of the hour or day; None: the whole period."""
    calls: int
    answered: int
    abandoned: int
    message_left: int
    callback_asked: int
    transferred_out: int
    failed: int
    blocked: int
    """Kept out by the block list; in no rate."""
    short_abandoned: int
    reached: int
    within_15: int
    within_20: int
    connect_rate: float | None
    connect_rate_without_short: float | None
    within_15_rate: float | None
    service_level: float | None
    abandon_rate: float | None
    abandon_rate_without_short: float | None
    mean_wait_seconds: float | None
    mean_arrival_to_answer_seconds: float | None
    mean_talk_seconds: float | None
    mean_after_call_work_seconds: float | None
    mean_handling_seconds: float | None
    survey_asked: int
    survey_answered: int
    survey_answer_rate: float | None
    mean_survey: float | None
    """1 to 5."""
    survey_good_rate: float | None
    """4 and 5, of those who answered."""


class AgentFigures(Message):
    extension: str
    rang: int
    taken: int
    missed: int
    talked_seconds: float
    after_call_work_seconds: float
    ready_seconds: float
    paused_seconds: float
    mean_ring_seconds: float | None
    mean_talk_seconds: float | None
    mean_after_call_work_seconds: float | None
    mean_handling_seconds: float | None
    answered: int
    """The agent was the first whom the citizen was connected with."""
    within_15: int
    within_15_rate: float | None
    mean_wait_seconds: float | None
    survey_asked: int
    survey_answered: int
    survey_answer_rate: float | None
    mean_survey: float | None
    survey_good_rate: float | None


class FiguresAnswer(Message):
    since: dt.datetime
    until: dt.datetime
    by: By
    total: CallFigures
    calls: list[CallFigures]
    """By hour or day; empty for `agent`."""
    agents: list[AgentFigures]
    """For `agent`; empty else."""
    clocks: dict[str, str]
    """When each clock starts and stops, in Chinese."""


CLOCKS: dict[str, str] = {
    "统计范围": "该时段内打进并已结束的来电；正在进行的通话、外呼、派单电话、线路巡检不计。"
    "每通只有一个结果，各结果之和等于来电总数。",
    "等候": "从录音告知语播完、进入排队起，到来电人与接线员接通止；转接后不重新计时。没有菜单，不选键。",
    "已屏蔽": "号码在屏蔽名单内、听到提示后没有按键求助的来电；计入来电总数，但以下各率的“来电总数”都不含它。",
    "15秒接听率": "等候不超过15秒即与人接通的来电 ÷（来电总数 − 短时放弃）。依据 GB/T 33358-2016。",
    "服务水平": "等候不超过20秒即与人接通的来电 ÷（来电总数 − 短时放弃）。",
    "接通率": "（已接听 + 已转接110、119、120）÷ 来电总数；标准为不低于95%。另列不计短时放弃的接通率。",
    "放弃率": "未接听即自行挂断 ÷ 来电总数；短时放弃是排队5秒以内或在告知语中就挂断的，另列不计短时放弃的放弃率。",
    "平均应答": "接通的来电的等候时间平均值；“自打进起”从电话打进那一刻起算，含告知语。",
    "通话": "从与接线员接通起，到来电人的电话结束止，含保持和转接。按接线员统计时，从其接通起到其一方结束止。",
    "话后整理": "接线员以“话后整理”为由暂停的时间，计入暂停开始的时段。",
    "处理时长": "（通话 + 话后整理）÷ 接通的来电数。",
    "满意度评价": "接线员先挂机时，请来电人按1（非常不满意）至5（非常满意）评价；来电人先挂机的不询问。"
    "参评率 = 按键人数 ÷ 询问人数；平均分和满意率（4分、5分）只按按键的人计算。计入来电时段和最后与其通话的接线员。",
    "接线员的应答": "来电人等到的第一位接线员，计其首接数、15秒接听率和平均应答；转接后的接线员不计。"
    "放弃率和接通率属于整条线，不按接线员统计。",
}


async def load_figures(session: AsyncSession, query: FiguresQuery, now: dt.datetime) -> FiguresAnswer:
    """Raises BadInput for a period that ends before it begins, or is too long to be counted at once."""
    since, until = period_of(query, now)
    period = (since, until)
    total = call_figures(await count_calls(session, period), None)
    calls: list[CallFigures] = []
    agents: list[AgentFigures] = []
    if query.by is By.AGENT:
        agents = [agent_figures(one) for one in await count_agents(session, period)]
    else:
        counted = await count_calls_by(session, period, TimeBucket(query.by.value))
        calls = [call_figures(one, starts_at) for starts_at, one in counted]
    return FiguresAnswer(since=since, until=until, by=query.by, total=total, calls=calls, agents=agents, clocks=CLOCKS)


def period_of(query: FiguresQuery, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    until = query.until or now
    midnight = in_city(until).replace(hour=0, minute=0, second=0, microsecond=0)
    since = query.since or midnight
    if since >= until:
        raise BadInput(fields={"to": "结束时间须晚于开始时间。"})
    if until - since > LONGEST:
        raise BadInput(fields={"from": "一次最多统计400天。"})
    if query.by is By.HOUR and until - since > MOST_HOURS:
        raise BadInput(fields={"by": "按小时统计一次最多62天，请改为按天。"})
    return since, until


def call_figures(counted: Tally, starts_at: dt.datetime | None) -> CallFigures:
    names = set(CallFigures.model_fields) - {"starts_at"}
    return CallFigures(starts_at=starts_at, **{name: _short(getattr(counted, name)) for name in names})


def agent_figures(counted: AgentTally) -> AgentFigures:
    return AgentFigures(**{name: _short(getattr(counted, name)) for name in AgentFigures.model_fields})


def as_csv(answer: FiguresAnswer) -> str:
    """One line a row, the names as in the API; times in the city's zone. With a mark, so that Excel reads UTF-8."""
    model = AgentFigures if answer.by is By.AGENT else CallFigures
    rows = answer.agents if answer.by is By.AGENT else [*answer.calls, answer.total]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(model.model_fields))
    writer.writeheader()
    for row in rows:
        values = row.model_dump()
        if "starts_at" in values:
            starts_at = values["starts_at"]
            values["starts_at"] = in_city(starts_at).isoformat(sep=" ", timespec="minutes") if starts_at else "total"
        writer.writerow({name: "" if value is None else value for name, value in values.items()})
    return "\ufeff" + text.getvalue()


def _short(value: float | int | str | None) -> float | int | str | None:
    return round(value, 4) if isinstance(value, float) else value
