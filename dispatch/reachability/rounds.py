"""The round of every minute: checks that have their result end, those that are due begin, unreachable contacts are
reported.

Each part is one transaction of the caller's and may be done again at any time: a round that dies has done nothing.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.clock import in_city
from dispatch.citizens.outgoing import about_no_order
from dispatch.city.records import City
from dispatch.crews.rules import CrewRules
from dispatch.crews.status import UnitNow, load_units_now
from dispatch.notifications.labels import NOTIFICATION_CHANNELS
from dispatch.notifications.models import Contact, Notification
from dispatch.notifications.queue import drop, queue_notification
from dispatch.notifications.rules import Audience, NotificationRules, NotificationState, Template
from dispatch.reachability.checks import (
    TOPIC,
    Target,
    begin_check,
    busy_units,
    end_check,
    load_pasts,
    load_targets,
    name_of,
)
from dispatch.reachability.labels import REACHABILITY_MEANS
from dispatch.reachability.models import ReachabilityAlarm, ReachabilityCheck
from dispatch.reachability.rules import (
    PastChecks,
    ReachabilityMeans,
    ReachabilityResult,
    ReachabilityRules,
    is_due,
    needs_alarm,
    result_of_notification,
)

_NAMED = 3
"""How many are named in the coordinator's notification; the page has them all."""


async def settle(
    session: AsyncSession, rules: ReachabilityRules, *, at: dt.datetime, notification_id: int | None = None
) -> None:
    """End the checks whose result is known, or that have waited too long. `notification_id`: only the one that it is
    of."""
    query = select(ReachabilityCheck, Notification, Contact).where(ReachabilityCheck.ended_at.is_(None))
    query = query.outerjoin(Notification, Notification.id == ReachabilityCheck.notification_id)
    query = query.outerjoin(Contact, Contact.id == ReachabilityCheck.contact_id)
    if notification_id is not None:
        query = query.where(ReachabilityCheck.notification_id == notification_id)
    late = at - dt.timedelta(minutes=rules.answer_minutes)
    for check, notification, contact in await session.execute(
        query.with_for_update(of=ReachabilityCheck, skip_locked=True)
    ):
        ending = _ending(check, notification, contact, late=check.begun_at <= late)
        if ending is None:
            continue
        await end_check(session, check, *ending, at=at)
        if notification is not None and notification.state not in (NotificationState.SENT, NotificationState.DROPPED):
            # It must not go out hours later, and must not be sent twice.
            await drop(session, notification.id, by="联络测试", at=at)


def _ending(
    check: ReachabilityCheck, notification: Notification | None, contact: Contact | None, *, late: bool
) -> tuple[ReachabilityResult, str] | None:
    """None: it is still on its way."""
    if contact is not None and contact.removed_at is not None:
        return ReachabilityResult.CALLED_OFF, "联系方式已停用。"
    result = result_of_notification(notification.state) if notification is not None else None
    if notification is not None and result is not None:
        if result is ReachabilityResult.TAKEN:
            return result, "对方渠道已收下"
        if result is ReachabilityResult.NOT_SET_UP:
            return result, "本系统没有设置这个渠道，请联系系统管理员。"
        return result, notification.why
    if not late:
        return None
    if check.means is ReachabilityMeans.PHONE:
        # The line process or the exchange was away: that says nothing about the crew's telephone.
        return ReachabilityResult.CALLED_OFF, "系统没能打出测试电话。"
    return ReachabilityResult.FAILED, (notification.why if notification else "") or "对方一直没有收下。"


async def begin_due(
    session: AsyncSession,
    city: City,
    rules: ReachabilityRules,
    crews: CrewRules,
    notifications: NotificationRules,
    *,
    at: dt.datetime,
) -> int:
    """Those that have waited longest first. Returns how many. The numbers of a sample city are invented: nobody calls
    them unasked."""
    if city.sample:
        return 0
    pasts, busy = await load_pasts(session), await busy_units(session)
    units = await load_units_now(session, crews, at=at)
    working_day = city.calendar.is_working_day(in_city(at).date())

    def due(target: Target) -> bool:
        plan = rules.plans.get((target.audience, target.means))
        if plan is None or not target.checkable or (target.audience is Audience.UNIT and target.code in busy):
            return False
        on_shift = units.get(target.code, UnitNow()).on_shift if target.audience is Audience.UNIT else None
        past = pasts.get(target.subject, PastChecks())
        return is_due(rules, plan, past, at, working_day=working_day, on_shift=on_shift)

    def waits_since(target: Target) -> tuple[bool, dt.datetime]:
        checked_at = pasts.get(target.subject, PastChecks()).checked_at
        return checked_at is not None, checked_at or at

    found = sorted(filter(due, await load_targets(session, city)), key=waits_since)[: rules.at_once]
    return sum([await begin_check(session, city, notifications, target, at=at) is not None for target in found])


async def raise_alarms(session: AsyncSession, city: City, rules: NotificationRules, *, at: dt.datetime) -> list[Target]:
    """Alarms about contacts that are no longer reached, sent to the coordinator in one notification; those that are
    over end. Returns what is new."""
    targets = {target.subject: target for target in await load_targets(session, city)}
    pasts = await load_pasts(session)
    for alarm in await open_alarms(session):
        reached_at = pasts.get(alarm.subject, PastChecks()).reached_at
        if alarm.subject not in targets or (reached_at is not None and reached_at > alarm.raised_at):
            alarm.over_at = at
            await bus.publish(session, TOPIC, alarm.subject)
    new = [target for subject, target in targets.items() if needs_alarm(pasts.get(subject, PastChecks()))]
    if not new:
        return []
    session.add_all(ReachabilityAlarm(subject=target.subject, raised_at=at) for target in new)
    named = "、".join(f"{name_of(city, one.audience, one.code)}的{what(one)}" for one in new[:_NAMED])
    reason = named if len(new) <= _NAMED else f"{named}等{len(new)}个"
    facts = about_no_order({"reason": reason})
    await queue_notification(session, city, rules, Audience.COORDINATOR, Template.UNREACHABLE, facts, at=at)
    await bus.publish(session, TOPIC, "alarms")
    return new


async def open_alarms(session: AsyncSession) -> Sequence[ReachabilityAlarm]:
    return (await session.scalars(select(ReachabilityAlarm).where(ReachabilityAlarm.over_at.is_(None)))).all()


async def see_alarms(session: AsyncSession, *, by: str, at: dt.datetime) -> None:
    """A person knows of all that are open."""
    await session.execute(
        update(ReachabilityAlarm).where(ReachabilityAlarm.over_at.is_(None)).values(over_at=at, over_by=by)
    )
    await bus.publish(session, TOPIC, "alarms")


def what(target: Target) -> str:
    """短信, 值班电话 …"""
    return NOTIFICATION_CHANNELS[target.channel] if target.channel else REACHABILITY_MEANS[target.means]
