"""Tests of reachability as screens and programs read them: the status of each contact, and what to correct."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notifications.rules import Audience
from dispatch.policy import Policy
from dispatch.reachability.checks import Target, load_pasts, load_targets, name_of
from dispatch.reachability.labels import STANDINGS
from dispatch.reachability.rounds import open_alarms, what
from dispatch.reachability.rules import Past, ReachMeans, ReachResult, Standing, mend, standing
from web.http.schemas import Message
from web.notifications.presenter import masked_address

_WORST_FIRST = list(Standing)


class ReachAnswer(Message):
    subject: str
    contact_id: int | None
    """None: the crew's telephone or its phones' push."""
    audience: Audience
    code: str
    to: str
    """Its owner, for people."""
    means: ReachMeans
    what: str
    """短信, 值班电话 …"""
    address: str
    standing: Standing
    standing_name: str
    testing: bool
    tested_at: dt.datetime | None
    result: ReachResult | None
    """Of the latest test that says anything."""
    said: str
    reached_at: dt.datetime | None
    """The last time, whatever came afterwards."""
    mend: str
    """What to look after; empty: nothing."""
    alarm: bool
    """It failed, and nobody has seen that yet."""


class ReachListAnswer(Message):
    targets: list[ReachAnswer]
    """The worst first."""
    unlisted_offices: list[str]
    """Names of those that have no contact at all."""
    unlisted_units: list[str]
    """Names of the crews that have none beside their telephone."""
    scheduled: bool
    """False: the city's data are a sample, whose numbers nobody tests unasked."""


class ReachBegun(Message):
    begun: int


async def reach_list(session: AsyncSession, policy: Policy, at: dt.datetime) -> ReachListAnswer:
    targets, pasts = await load_targets(session, policy.city), await load_pasts(session)
    alarms = {alarm.subject for alarm in await open_alarms(session)}
    answers = [
        _answer(policy, target, pasts.get(target.subject, Past()), at, alarm=target.subject in alarms)
        for target in targets
    ]
    listed = {(one.audience, one.code) for one in targets if one.testable and one.means is not ReachMeans.PHONE}
    return ReachListAnswer(
        targets=sorted(answers, key=_urgency),
        unlisted_offices=[
            one.name for one in policy.city.offices.values() if (Audience.OFFICE, one.code) not in listed
        ],
        unlisted_units=[one.name for one in policy.city.units.values() if (Audience.UNIT, one.code) not in listed],
        scheduled=not policy.city.sample,
    )


def by_unit(answers: Sequence[ReachAnswer]) -> dict[str, list[ReachAnswer]]:
    found: dict[str, list[ReachAnswer]] = {}
    for one in answers:
        if one.audience is Audience.UNIT:
            found.setdefault(one.code, []).append(one)
    return found


def _answer(policy: Policy, target: Target, past: Past, at: dt.datetime, *, alarm: bool) -> ReachAnswer:
    plan = policy.reach.plans.get((target.audience, target.means))
    stands = standing(plan, past, at) if target.testable else Standing.MISSING
    contact = target.contact
    return ReachAnswer(
        subject=target.subject,
        contact_id=contact.id if contact else None,
        audience=target.audience,
        code=target.code,
        to=name_of(policy.city, target.audience, target.code),
        means=target.means,
        what=what(target),
        address=masked_address(contact.channel, contact.address) if contact else "",
        standing=stands,
        standing_name=STANDINGS[stands],
        testing=past.testing,
        tested_at=past.tested_at,
        result=past.result,
        said=past.said.rstrip("。"),
        reached_at=past.reached_at,
        mend=mend(target.means, target.channel, past.result),
        alarm=alarm,
    )


def _urgency(one: ReachAnswer) -> tuple[int, str, str, str]:
    return _WORST_FIRST.index(one.standing), one.audience, one.code, one.subject
