"""The telephone's parts: trunk, exchange, line process, probe, telephones."""

import asyncio
import datetime as dt
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from core.clock import day_and_minute, in_city
from core.errors import HotlineError
from core.settings import Settings
from dispatch.city.records import City
from dispatch.workflow import Role
from telephony.agents.models import Agent
from telephony.agents.state import AgentState
from telephony.labels import AGENT_STATES, HEART_FAULTS, TROUBLES
from telephony.monitoring.line_health import Heart, HeartFault, heart_fault
from telephony.monitoring.models import LineHeart, PhoneRegistration, ProbeRound
from telephony.pbx.announcements import kept_trouble
from telephony.pbx.checks.configuration import ConfigurationFinding, check_configuration
from telephony.pbx.checks.running import check_running
from telephony.pbx.process import PbxProcess, PbxStatus
from telephony.pbx.settings import pbx_settings
from telephony.trouble_kinds import TroubleKind
from web.http.context import AppContext
from web.status.parts import PART_SECONDS, OneLook, PartStatus, fault, fine, watch
from web.status.state import is_watched

_STARTS = "系统每隔几秒会自己重新启动它。一分钟后仍是这样，请维护人员在服务器上查看日志，必要时重启服务。"
_SERVES = "请维护人员在服务器上查看并重启服务（hotline serve，或各进程自己的服务）。"
_FIRST_AGENT = "到“账号”开通接线员，填一个空着的分机。"
NOT_KNOWN = "线路程序没有工作，现在不知道。"
EXCHANGE: OneLook[PbxStatus] = OneLook(3)
FINDINGS: OneLook[list[ConfigurationFinding]] = OneLook(120)
"""It asks the exchange twenty questions: not each time that the page is drawn."""


CONFIGURATION_UNKNOWN = watch("交换机的设置", "交换机没有运行或没有回应，现在不知道。", mend="先恢复交换机。")


async def line_parts(app_context: AppContext, at: dt.datetime) -> list[PartStatus]:
    settings = app_context.settings
    async with app_context.sessions() as session:
        hearts = (await session.scalars(select(LineHeart).order_by(LineHeart.pbx))).all()
        trunk = await session.get(PhoneRegistration, (settings.pbx.name, "trunk"))
        probe = await probe_part(session, settings, at)
    own = next((heart for heart in hearts if heart.pbx == settings.pbx.name), None)
    lines = [line_part(heart, at) for heart in hearts]
    never = fault("线路程序", HEART_FAULTS[HeartFault.NEVER], mend=_SERVES)
    return [trunk_part(settings, trunk, works=_fault_of(own, at) is None), *(lines or [never]), probe]


def trunk_part(settings: Settings, row: PhoneRegistration | None, *, works: bool) -> PartStatus:
    name, carrier = "运营商线路", settings.pbx.trunk_host
    if not settings.pbx.trunk_register:
        return fine(name, f"按地址接入，不需要登记；来电从 {carrier} 送来。")
    if not works:
        return watch(name, NOT_KNOWN, mend="先恢复线路程序。")
    if row is None:
        return watch(name, "还不知道运营商是否接受登记。", mend="过一分钟再看。")
    if row.present:
        return fine(name, "运营商已接受登记。", since=row.since)
    return fault(
        name, "运营商没有接受登记，来电可能打不进来。", since=row.since, technical=row.word,
        mend="核对线路的账号、密码和地址，再打电话给运营商。",
    )  # fmt: skip


async def exchange_parts(settings: Settings) -> list[PartStatus]:
    """Asked itself, not by the line process: both may be away."""
    return [await _exchange_part(settings)]


async def _exchange_part(settings: Settings) -> PartStatus:
    name = "交换机"
    try:
        pbx = pbx_settings(settings)
        process = PbxProcess(pbx)
        status = await EXCHANGE.ask(process.status, PART_SECONDS - 1)
    except TimeoutError:
        return fault(name, "交换机在运行，但没有回应。", mend=_STARTS)
    except (HotlineError, OSError) as error:
        said = error.message if isinstance(error, HotlineError) else str(error)
        return fault(name, "交换机查看不了。", mend=_SERVES, technical=said)
    since = _begun(status.pid)
    if not status.running:
        return fault(name, "交换机没有运行，来电打不进来。", since=since, mend=_STARTS)
    return fine(name, f"正在运行，现在有{status.channels}路通话。", since=since, technical=status.version)


async def configuration_part(settings: Settings) -> list[PartStatus]:
    """Whether the exchange has all that was written for it."""
    name, pbx = "交换机的设置", pbx_settings(settings)

    def look() -> list[ConfigurationFinding]:
        if PbxProcess(pbx).pid() is None:
            return []
        return [*check_configuration(pbx), *check_running(pbx)]

    found = await FINDINGS.ask(look, PART_SECONDS - 1)
    if PbxProcess(pbx).pid() is None:
        return [CONFIGURATION_UNKNOWN]
    if not found:
        return [fine(name, "账号、队列、模块都在，和设置一致。")]
    return [
        fault(
            name, f"有{len(found)}处和设置不一致。", mend="请维护人员按下面的提示处理，再重启服务。",
            technical="; ".join(map(str, found)),
        )
    ]  # fmt: skip


async def announcements_part(settings: Settings) -> list[PartStatus]:
    """What the line process found when it last gave the exchange the announcements of the city."""
    trouble = await asyncio.to_thread(kept_trouble, pbx_settings(settings))
    if not trouble:
        return [fine("公告", "交换机没有缺公告。")]
    return [
        fault(
            "公告", "有公告没有交给交换机，来电听不到。", technical=trouble,
            mend="到“城市数据”的“公告”按下面的提示改正，一小时内自动换上。",
        )
    ]  # fmt: skip


def line_part(heart: LineHeart, at: dt.datetime) -> PartStatus:
    name, why = f"线路程序（{heart.pbx}）", _fault_of(heart, at)
    facts = [
        ("还没读的通话记录", f"{heart.cel_backlog_bytes}字节"),
        ("读了还没整理", f"{heart.unfolded_facts}条"),
        ("最后一次消息", day_and_minute(heart.seen_at)),
    ]
    if why is None:
        return fine(name, "已连上交换机，通话记录都在读。", since=heart.since, facts=facts)
    words = f"{HEART_FAULTS[why]}来电照常接听和录音，这里看不到新的来电。"
    return fault(name, words, since=heart.seen_at, mend=_STARTS, facts=facts, technical=heart.detail)


async def probe_part(session: AsyncSession, settings: Settings, at: dt.datetime) -> PartStatus:
    name = "线路巡检"
    last = await session.scalar(select(ProbeRound).order_by(ProbeRound.at.desc()).limit(1))
    if last is None or not await is_watched(session, at, settings.probe.interval_seconds):
        return watch(
            name, "巡检没有运行：没有人定时试打热线。", since=last.at if last else None,
            mend="请维护人员在服务器上运行 hotline probe，并设成开机启动。",
        )  # fmt: skip
    if last.troubles:
        words = "".join(TROUBLES[TroubleKind(one)] for one in last.troubles)
        return fault(name, words, since=last.at, mend="按页面顶上的报警处理。")
    heard = f"{last.answer_seconds:.1f}秒接通，听到欢迎语" if last.answer_seconds is not None else "接通"
    return fine(name, f"最近一次{heard}，{last.ready_agents or 0}名接线员就绪。", since=last.at)


async def phone_parts(app_context: AppContext, at: dt.datetime) -> list[PartStatus]:
    """Agents' and crews' telephones, each by itself."""
    settings, city = app_context.settings, app_context.city
    async with app_context.sessions() as session:
        answering = select(Account.id).where(Account.role == Role.AGENT, Account.disabled_at.is_(None)).limit(1)
        nobody = [watch("接线员", "还没有接线员的账号，来电没有人接。", mend=_FIRST_AGENT)]
        before = [] if await session.scalar(answering) else nobody
        heart = await session.get(LineHeart, settings.pbx.name)
        if _fault_of(heart, at) is not None:
            return [*before, watch("电话", NOT_KNOWN, mend="先恢复线路程序。")]
        seen = {
            row.name: row for row in await session.scalars(select(PhoneRegistration).filter_by(pbx=settings.pbx.name))
        }
        agents = {agent.extension: agent for agent in await session.scalars(select(Agent))}
        who = select(Account.extension, Account.display_name).where(
            Account.extension.is_not(None), Account.disabled_at.is_(None)
        )
        names = {str(extension): name for extension, name in await session.execute(who)}
    used = [one for one in settings.pbx.extensions if one in names or one in agents or _is_there(one, seen)]
    free = len(settings.pbx.extensions) - len(used)
    return [
        *before,
        *[agent_part(one, seen, agents.get(one), names.get(one, "")) for one in used],
        *([fine("其余分机", f"{free}个，没有分配给人，没有电话在线。")] if free else []),
        crews_part(city, seen),
    ]


def _is_there(extension: str, seen: dict[str, PhoneRegistration]) -> bool:
    return any(row.present for row in (seen.get(extension), seen.get(f"{extension}-web")) if row)


def agent_part(extension: str, seen: dict[str, PhoneRegistration], agent: Agent | None, owner: str) -> PartStatus:
    name = f"分机 {extension}" + (f"（{owner}）" if owner else "")
    there = [(words, row) for words, key in (("话机", extension), ("浏览器电话", f"{extension}-web"))
             if (row := seen.get(key)) and row.present]  # fmt: skip
    state = f"接线员：{AGENT_STATES[agent.state]}" if agent and agent.state is not AgentState.OFFLINE else ""
    if there:
        words = "、".join(f"{words}在线" for words, _ in there)
        return fine(name, f"{words}。{state}", since=max(row.since for _, row in there))
    gone = max((row.since for row in (seen.get(extension), seen.get(f"{extension}-web")) if row), default=None)
    if not state:
        return fine(name, "没有电话在线，也没有人值守。" if owner else "没有分配给人，没有电话在线。", since=gone)
    return fault(
        name, f"没有电话在线，来电响不到。{state}", since=gone,
        mend="让接线员重新打开坐席台并允许使用麦克风；用桌上话机的，看网线和电源。",
    )  # fmt: skip


def crews_part(city: City, seen: dict[str, PhoneRegistration]) -> PartStatus:
    crew = city.words.crew
    units = [unit for unit in city.units.values() if unit.extension]
    gone = [unit for unit in units if not ((row := seen.get(unit.extension)) and row.present)]
    name = f"{crew}的值班电话"
    if not units:
        return fine(name, f"没有登记{crew}的电话。")
    if not gone:
        return fine(name, f"{len(units)}部都在线。")
    facts = [
        ("不在线", "、".join(f"{unit.name}（{unit.extension}{_from(seen.get(unit.extension))}）" for unit in gone))
    ]
    return watch(
        name, f"{len(units)}部中有{len(gone)}部不在线，派单电话响不到。", facts=facts,
        mend=f"请{crew}检查话机的电源、网线和账号；期间派单靠推送和短信。",
    )  # fmt: skip


def _from(row: PhoneRegistration | None) -> str:
    return f"，{day_and_minute(row.since)} 起" if row else ""


def _fault_of(heart: LineHeart | None, at: dt.datetime) -> HeartFault | None:
    if heart is None:
        return heart_fault(None, at)
    return heart_fault(Heart(heart.manager_state, heart.detail, heart.seen_at, heart.cel_read_at), at)


def _begun(pid: int | None) -> dt.datetime | None:
    """When a process began; None: not known."""
    if pid is None:
        return None
    try:
        return in_city(dt.datetime.fromtimestamp(Path(f"/proc/{pid}").stat().st_mtime, dt.UTC))
    except OSError:
        return None
