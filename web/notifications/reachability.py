"""Reachability checks as screens and programs read them: the status of each contact, and what to correct."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notifications.rules import Audience
from dispatch.policy import Policy
from dispatch.reachability.checks import Target, load_pasts, load_targets, name_of
from dispatch.reachability.labels import STANDINGS
from dispatch.reachability.rounds import open_alarms, what
from dispatch.reachability.rules import PastChecks, Reachability, ReachabilityMeans, ReachabilityResult, mend, status_of
from web.http.schemas import Message
from web.notifications.presenter import masked_address

_WORST_FIRST = list(Reachability)


class ReachabilityAnswer(Message):
    subject: str
    contact_id: int | None
    """None: the crew's telephone or its phones' push."""
    audience: Audience
    code: str
    to: str
    """Its owner, for people."""
    means: ReachabilityMeans
    what: str
    """短信, 值班电话 …"""
    address: str
    status: Reachability
    status_name: str
    checking: bool
    checked_at: dt.datetime | None
    result: ReachabilityResult | None
    """Of the latest check that says anything."""
    said: str
    reached_at: dt.datetime | None
    """The last time, whatever came afterwards."""
    mend: str
    """What to look after; empty: nothing."""
    alarm: bool
    """It failed, and nobody has seen that yet."""


class ReachabilityListAnswer(Message):
    targets: list[ReachabilityAnswer]
    """The worst first."""
    unlisted_offices: list[str]
    """Names of those that have no contact at all."""
    unlisted_units: list[str]
    """Names of the crews that have none beside their telephone."""
    scheduled: bool
    """False: the city's data are a sample, whose numbers nobody checks unasked."""


class ReachabilityBegun(Message):
    begun: int


async def reachability_list(session: AsyncSession, policy: Policy, at: dt.datetime) -> ReachabilityListAnswer:
    targets, pasts = await load_targets(session, policy.city), await load_pasts(session)
    alarms = {alarm.subject for alarm in await open_alarms(session)}
    answers = [
        _answer(policy, target, pasts.get(target.subject, PastChecks()), at, alarm=target.subject in alarms)
        for target in targets
    ]
    listed = {(one.audience, one.code) for one in targets if one.checkable and one.means is not ReachabilityMeans.PHONE}
    return ReachabilityListAnswer(
        targets=sorted(answers, key=_urgency),
        unlisted_offices=[
            one.name for one in policy.city.offices.values() if (Audience.OFFICE, one.code) not in listed
        ],
        unlisted_units=[one.name for one in policy.city.units.values() if (Audience.UNIT, one.code) not in listed],
        scheduled=not policy.city.sample,
    )


def by_unit(answers: Sequence[ReachabilityAnswer]) -> dict[str, list[ReachabilityAnswer]]:
    found: dict[str, list[ReachabilityAnswer]] = {}
    for one in answers:
        if one.audience is Audience.UNIT:
            found.setdefault(one.code, []).append(one)
    return found


def _answer(policy: Policy, target: Target, past: PastChecks, at: dt.datetime, *, alarm: bool) -> ReachabilityAnswer:
    plan = policy.reachability.plans.get((target.audience, target.means))
    status = status_of(plan, past, at) if target.checkable else Reachability.MISSING
    contact = target.contact
    return ReachabilityAnswer(
        subject=target.subject,
        contact_id=contact.id if contact else None,
        audience=target.audience,
        code=target.code,
        to=name_of(policy.city, target.audience, target.code),
        means=target.means,
        what=what(target),
        address=masked_address(contact.channel, contact.address) if contact else "",
        status=status,
        status_name=STANDINGS[status],
        checking=past.checking,
        checked_at=past.checked_at,
        result=past.result,
        said=past.said.rstrip("。"),
        reached_at=past.reached_at,
        mend=mend(target.means, target.channel, past.result),
        alarm=alarm,
    )


def _urgency(one: ReachabilityAnswer) -> tuple[int, str, str, str]:
    return _WORST_FIRST.index(one.status), one.audience, one.code, one.subject
