"""Reachability checks: what there is to check, what is known of it, how a check begins and ends.

dispatch.reachability.rules says when one is due, dispatch.reachability.rounds begins and ends them. Messages go out as
ordinary notifications; the jobs named here call telephones and notify browsers (hotline.bridges.reachability).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.city_words import city_words
from core.errors import Conflict
from core.jobs import Job, defer
from dispatch.assignments.assign import OPEN
from dispatch.citizens.outgoing import about_no_order
from dispatch.city.records import City
from dispatch.crews.status import IN_CREWS_HANDS
from dispatch.kinds import Urgency
from dispatch.notifications.contacts import contacts
from dispatch.notifications.models import Contact
from dispatch.notifications.queue import queue_notification
from dispatch.notifications.rules import Audience, NotificationChannel, NotificationRules, Template
from dispatch.notifications.web_push_models import WebPushSubscription
from dispatch.orders.assignment_models import Assignment, RecipientKind
from dispatch.orders.labels import ROLES
from dispatch.orders.models import Order
from dispatch.reachability.models import ReachabilityAlarm, ReachabilityCheck
from dispatch.reachability.rules import REACHED, PastChecks, ReachabilityMeans, ReachabilityResult
from dispatch.workflow import Role, State

CHECK_PUSH = "reachability.check_push"
"""Job on queue `notifications`: notify the crew's phones of check `check_id`."""
CHECK_PHONE = "reachability.check_phone"
"""Job on queue `line`: ring the crew's duty telephone for check `check_id`."""
TOPIC = "reachability"
_PHONES_AT_ONCE = 4
"""Calls about orders use the same queue and must not wait behind checks."""


@dataclass(frozen=True)
class Target:
    """One contact of an office, a crew or one of the city's roles."""

    means: ReachabilityMeans
    audience: Audience
    code: str
    contact: Contact | None = None
    """Of a message."""
    browsers: int = 0
    """How many phones of the crew take notifications with the page closed."""

    @property
    def subject(self) -> str:
        return f"contact-{self.contact.id}" if self.contact else f"{self.means}-{self.code}"

    @property
    def channel(self) -> NotificationChannel | None:
        return self.contact.channel if self.contact else None

    @property
    def checkable(self) -> bool:
        return self.means is not ReachabilityMeans.PUSH or self.browsers > 0


async def load_targets(session: AsyncSession, city: City) -> list[Target]:
    """Every contact that is notified at present; of each crew its telephone and browsers, also where it has none."""
    found = [Target(ReachabilityMeans.MESSAGE, one.audience, one.code, contact=one) for one in await contacts(session)]
    counted = select(WebPushSubscription.recipient_code, func.count()).where(
        WebPushSubscription.recipient_kind == RecipientKind.UNIT
    )
    browsers = {code: n for code, n in await session.execute(counted.group_by(WebPushSubscription.recipient_code))}
    for code in city.units:
        found.append(Target(ReachabilityMeans.PHONE, Audience.UNIT, code))
        found.append(Target(ReachabilityMeans.PUSH, Audience.UNIT, code, browsers=browsers.get(code, 0)))
    return found


async def load_pasts(session: AsyncSession) -> Mapping[str, PastChecks]:
    """By subject, all that was ever checked."""
    counted = select(ReachabilityCheck).where(ReachabilityCheck.result != ReachabilityResult.CALLED_OFF)
    newest = counted.ext(distinct_on(ReachabilityCheck.subject)).order_by(
        ReachabilityCheck.subject, ReachabilityCheck.id.desc()
    )
    latest = {check.subject: check for check in await session.scalars(newest)}
    last = select(ReachabilityCheck.subject, func.max(ReachabilityCheck.ended_at)).where(
        ReachabilityCheck.result.in_(REACHED)
    )
    reached = {subject: at for subject, at in await session.execute(last.group_by(ReachabilityCheck.subject))}
    checking = set(await session.scalars(select(ReachabilityCheck.subject).where(ReachabilityCheck.ended_at.is_(None))))
    alarms = select(ReachabilityAlarm.subject, func.max(ReachabilityAlarm.raised_at)).group_by(
        ReachabilityAlarm.subject
    )
    alarmed = {subject: at for subject, at in await session.execute(alarms)}
    return {
        subject: PastChecks(
            checked_at=check.begun_at if (check := latest.get(subject)) else None,
            result=check.result if check else None,
            said=check.said if check else "",
            reached_at=reached.get(subject),
            checking=subject in checking,
            alarmed_at=alarmed.get(subject),
        )
        for subject in latest.keys() | checking
    }


async def busy_units(session: AsyncSession) -> set[str]:
    """Crews that are being asked to take an order, or have an emergency in hand: nobody disturbs them with a check."""
    asked = select(Assignment.recipient_code).where(Assignment.recipient_kind == RecipientKind.UNIT, OPEN)
    hurried = select(Order.unit_code).where(
        Order.urgency == Urgency.EMERGENCY, Order.state.in_((State.DISPATCHED, *IN_CREWS_HANDS))
    )
    return {code for code in await session.scalars(asked.union(hurried)) if code is not None}


async def begin_check(
    session: AsyncSession, city: City, rules: NotificationRules, target: Target, *, at: dt.datetime, by: str = ""
) -> ReachabilityCheck | None:
    """None: it is being checked already. `by`: the person who wants it now; empty: the schedule."""
    row = {
        "subject": target.subject, "means": target.means, "audience": target.audience, "code": target.code,
        "contact_id": target.contact.id if target.contact else None, "asked_by": by, "begun_at": at,
    }  # fmt: skip
    check: ReachabilityCheck | None = await session.scalar(
        insert(ReachabilityCheck).values(row).on_conflict_do_nothing().returning(ReachabilityCheck)
    )
    if check is None:
        return None
    if target.contact is not None:
        facts = about_no_order({"office": name_of(city, target.audience, target.code)})
        (notification,) = await queue_notification(
            session,
            city,
            rules,
            target.audience,
            Template.REACHABILITY_CHECK,
            facts,
            at=at,
            code=target.code,
            only=target.contact,
        )
        check.notification_id = notification.id
    else:
        await defer(session, _job_of(check))
    await bus.publish(session, TOPIC, target.subject)
    return check


def _job_of(check: ReachabilityCheck) -> Job:
    arguments, key = {"check_id": check.id}, f"reachability-{check.id}"
    if check.means is ReachabilityMeans.PUSH:
        return Job(CHECK_PUSH, "notifications", arguments, key=key)
    return Job(CHECK_PHONE, "line", arguments, key=key, lock=f"reachability-phone-{check.id % _PHONES_AT_ONCE}")


async def begin_now(
    session: AsyncSession, city: City, rules: NotificationRules, targets: Sequence[Target], *, by: str, at: dt.datetime
) -> int:
    """A person wants to know now, at whatever hour. Returns how many were begun; Conflict where none could be."""
    wanted = [target for target in targets if target.checkable]
    if not wanted:
        raise Conflict("没有可以测试的联系方式。")
    if {target.code for target in wanted if target.audience is Audience.UNIT} & await busy_units(session):
        raise Conflict(f"这支{city_words().crew}正在处置紧急工单，或正在派单给它，请稍后再测。")
    begun = [await begin_check(session, city, rules, target, at=at, by=by) for target in wanted]
    if not any(begun):
        raise Conflict("正在测试，请稍等结果。")
    return sum(check is not None for check in begun)


async def end_check(
    session: AsyncSession, check: ReachabilityCheck, result: ReachabilityResult, said: str, *, at: dt.datetime
) -> None:
    """The first ending counts. `check` is locked by the caller."""
    if check.ended_at is None:
        check.result, check.said, check.ended_at = result, said, at
        await bus.publish(session, TOPIC, check.subject)


async def get_locked(session: AsyncSession, check_id: int) -> ReachabilityCheck:
    return await session.get_one(ReachabilityCheck, check_id, with_for_update=True, populate_existing=True)


async def find_phone_check(session: AsyncSession, assignment_id: int) -> ReachabilityCheck | None:
    """The check that may be ringing the very telephone which assignment `assignment_id` is to be said on."""
    query = select(ReachabilityCheck).join(Assignment, Assignment.recipient_code == ReachabilityCheck.code)
    open_call = ReachabilityCheck.means == ReachabilityMeans.PHONE, ReachabilityCheck.ended_at.is_(None)
    found: ReachabilityCheck | None = await session.scalar(query.where(Assignment.id == assignment_id, *open_call))
    return found


def name_of(city: City, audience: Audience, code: str) -> str:
    if audience not in (Audience.OFFICE, Audience.UNIT):
        return ROLES[Role(audience)]
    known = city.offices.get(code) if audience is Audience.OFFICE else city.units.get(code)
    return known.name if known else code
