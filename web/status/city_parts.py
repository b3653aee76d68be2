"""What the installation knows and tells: calendar, the city's versions, retention, channels out."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import day_and_minute, in_city
from core.folder.retention_file import retention_in_force
from core.push_contact import wrong_contact
from core.sections.recordings import RetentionSettings
from core.settings import Settings
from dispatch.channels.senders import SETTING, make_senders
from dispatch.city.records import City
from dispatch.clock.calendar_wanted import calendar_wanted
from dispatch.notifications.labels import NOTIFICATION_CHANNELS
from dispatch.notifications.models import ChannelTest, Notification, NotificationAttempt
from dispatch.notifications.rules import AttemptOutcome, NotificationChannel
from dispatch.policy import Policy
from dispatch.versions.change import version_in_force
from dispatch.versions.files import FILES
from dispatch.versions.models import CityVersion
from recordings.archive.models import Destruction
from web.http.context import AppContext
from web.labels import RETENTION_WORDS
from web.map_file import UnreadableMap, find_map, lacks_towns, map_path
from web.status.parts import PartStatus, fault, fine, watch

_LOOKED_AT = 2000
"""So many of the newest attempts are looked through for each channel's last success and failure."""


async def channel_parts(app_context: AppContext, at: dt.datetime) -> list[PartStatus]:
    settings = app_context.settings
    senders = make_senders(settings.notifications)
    async with app_context.sessions() as session:
        last = await _last_attempts(session)
        tests = {
            channel: await session.scalar(
                select(ChannelTest).where(ChannelTest.channel == channel).order_by(ChannelTest.id.desc()).limit(1)
            )
            for channel in senders
        }
    return [
        *[channel_part(one, last.get(one, {}), tests[one]) for one in NOTIFICATION_CHANNELS if one in senders],
        *unset_part([one for one in NOTIFICATION_CHANNELS if one not in senders]),
        push_part(settings),
    ]


Last = Mapping[AttemptOutcome, tuple[dt.datetime, str]]
"""When such an attempt was last made, and what was answered."""


def unset_part(channels: Sequence[NotificationChannel]) -> list[PartStatus]:
    """Without text messages citizens learn nothing; the others a city may do without."""
    if not channels:
        return []
    names = "、".join(NOTIFICATION_CHANNELS[one] for one in channels)
    made = watch if NotificationChannel.SMS in channels else fine
    return [
        made(
            "没有设置的渠道", f"{names}。这些渠道的通知先放着，不发出。",
            mend="不用的不用管；要用，请维护人员设置，重启服务。",
            technical="、".join(SETTING[one] for one in channels),
        )
    ]  # fmt: skip


def channel_part(channel: NotificationChannel, last: Last, test: ChannelTest | None) -> PartStatus:
    name = f"渠道：{NOTIFICATION_CHANNELS[channel]}"
    sent, failed = last.get(AttemptOutcome.SENT), last.get(AttemptOutcome.FAILED)
    facts = [("上次成功", f"{day_and_minute(sent[0])}：{sent[1]}")] if sent else []
    facts += [("上次失败", f"{day_and_minute(failed[0])}：{failed[1]}")] if failed else []
    if test:
        said = "对方已收下" if test.done else "没有成功"
        facts.append(
            ("上次测试", f"{day_and_minute(test.at)}，{test.by_name} 发给 {test.address}，{said}：{test.result}")
        )
    good = max((at for at in (sent and sent[0], test.at if test and test.done else None) if at), default=None)
    bad = max((at for at in (failed and failed[0], test.at if test and not test.done else None) if at), default=None)
    if bad and (good is None or bad > good):
        return fault(name, "最近一次没有发成。", since=bad, mend="看对方怎么答的，改正后按“发一条测试”。", facts=facts)
    if good is None:
        return watch(name, "已设置，还没有发过。", mend="按“发一条测试”，看对方收不收。", facts=facts)
    return fine(name, "最近一次对方已收下。", since=good, facts=facts)


def push_part(settings: Settings) -> PartStatus:
    contact = settings.web.push_contact or settings.web.public_url
    if why := wrong_contact(contact):
        return watch(
            "渠道：手机推送", "推送服务不知道找谁联系，有的手机收不到推送。",
            technical=f"HOTLINE_WEB__PUSH_CONTACT={contact}: {why}",
            mend="请维护人员设置 HOTLINE_WEB__PUSH_CONTACT=mailto:名字@域名，重启服务。",
        )  # fmt: skip
    return fine("渠道：手机推送", f"已设置，联系人 {contact}。每部手机是否收得到，看联络测试。")


async def _last_attempts(
    session: AsyncSession,
) -> dict[NotificationChannel, dict[AttemptOutcome, tuple[dt.datetime, str]]]:
    newest = select(NotificationAttempt).order_by(NotificationAttempt.id.desc()).limit(_LOOKED_AT).subquery()
    query = (
        select(Notification.channel, newest.c.outcome, newest.c.at, newest.c.result)
        .join(newest, newest.c.notification_id == Notification.id)
        .order_by(newest.c.id)
    )
    found: dict[NotificationChannel, dict[AttemptOutcome, tuple[dt.datetime, str]]] = {}
    for channel, outcome, at, result in await session.execute(query):
        found.setdefault(channel, {})[outcome] = (at, result)
    return found


async def city_parts(app_context: AppContext, at: dt.datetime) -> list[PartStatus]:
    async with app_context.sessions() as session:
        versions = (await session.scalars(select(CityVersion).order_by(CityVersion.id))).all()
    return [
        calendar_part(app_context.policy, at),
        versions_part(versions, at),
        await asyncio.to_thread(map_part, app_context.settings, app_context.city),
    ]


def map_part(settings: Settings, city: City) -> PartStatus:
    """Without a map places are typed as ever: nothing of this is a fault."""
    place = str(map_path(settings))
    try:
        found = find_map(settings)
    except UnreadableMap as error:
        return watch("地图", f"地图文件打不开：{error}。", mend="重新复制这个文件。", technical=place)
    if found is None:
        return fine("地图", "没有地图文件，地点只有文字。", mend="要看地图，按运维手册“地图”放一份。", technical=place)
    facts = [("大小", f"{found.size_bytes / 1e6:.1f}MB"), ("来源", found.attribution)]
    if outside := lacks_towns(found, city):
        return watch(
            "地图", f"地图上没有{'、'.join(outside[:5])}。", mend="换一份盖住全部地方的。", facts=facts, technical=place
        )
    return fine("地图", "有，全部地方都在上面。", facts=facts, technical=place)


def calendar_part(policy: Policy, at: dt.datetime) -> PartStatus:
    calendar, year = policy.city.calendar, in_city(at).year
    arranged = "、".join(f"{one}年" for one in sorted(calendar.arranged_years()) if one >= year)
    facts = [("已录入", f"{arranged}（最后一天 {max(calendar.arranged_years())}年12月31日）" if arranged else "没有")]
    wanted = calendar_wanted(policy.times, calendar, at)
    if wanted is None:
        return fine("工作日历", f"已录入{arranged}的放假调休安排；明年的从11月起要录入。", facts=facts)
    made = fault if wanted.urgent else watch
    return made("工作日历", wanted.words, facts=facts, mend="到“城市数据”的“工作日历”填写放假和调休的日子。")


def versions_part(versions: Sequence[CityVersion], at: dt.datetime) -> PartStatus:
    files = {one.file: [other for other in versions if other.file == one.file] for one in versions}
    facts = []
    for file, its in files.items():
        title = FILES[file].title if file in FILES else file
        if now := version_in_force(its, at):
            facts.append((title, f"{day_and_minute(now.effective_at)} 起，{now.by_name}：{now.reason}"))
        facts += [
            (title, f"{day_and_minute(one.effective_at)} 起生效，{one.by_name}：{one.reason}")
            for one in its
            if one.effective_at > at
        ]
    if not facts:
        return fine("城市数据", "都是安装时的内容，没有修改过。")
    latest = max((one.effective_at for one in versions if one.effective_at <= at), default=None)
    return fine("城市数据", f"{len(files)}项修改过。各程序是否已换上，看上面的程序各行。", since=latest, facts=facts)


async def retention_parts(app_context: AppContext) -> list[PartStatus]:
    async with app_context.sessions() as session:
        last = await session.scalar(select(Destruction.at).order_by(Destruction.id.desc()).limit(1))
    settings = app_context.settings
    rules = await asyncio.to_thread(retention_in_force, settings.city, settings.retention)
    return [retention_part(rules, last)]


def retention_part(rules: RetentionSettings, last: dt.datetime | None) -> PartStatus:
    name = "保存期限"
    facts = [(RETENTION_WORDS.get(word, word), _months(months)) for word, months in sorted(rules.by_word.items())]
    facts.append(("派单语音", f"{rules.spoken_days}天没有人听就清理" if rules.spoken_days else "一直保存"))
    facts.append(("转写和工单", "一直保存"))
    if last:
        facts.append(("上次到期清理", day_and_minute(last)))
    if unknown := [word for word in rules.by_word if word not in RETENTION_WORDS]:
        return fault(
            name, "设置里有不认识的词，到期清理停着，什么都不会删。", facts=facts, technical=", ".join(unknown),
            mend="请维护人员改正 HOTLINE_RETENTION__BY_WORD，重启服务。",
        )  # fmt: skip
    rest = "其余录音" if rules.by_word else "录音"
    return fine(name, f"{rest}{_months(rules.months)}。每天夜里清理一次，备份里的要另外清理。", facts=facts)


def _months(months: int) -> str:
    return f"在通话和工单都办结后保存{months}个月" if months else "一直保存"
