"""退单: an office asks that another lead; the coordinator decides, the second time the supervisor; the ruling is kept.

A redispatch grants it (dispatch.steps.life.dispatching), a step of its own declines it, it lapses when the order is
answered or ends. What was decided is a precedent for such matters. Rows: dispatch.orders.request_models; when a
decision is late: dispatch.clock.timers; in whose queue it waits: dispatch.orders.work_queues.

The clock never stops for it: limits, warnings and the office's duties stay as they are until another has accepted.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.city_words import city_words
from core.clock import day_and_minute, in_city
from core.errors import BadInput
from dispatch.citizens.redaction import holds_a_secret, redactor_of
from dispatch.city.records import City
from dispatch.clock import deadlines
from dispatch.clock.rules import working_days
from dispatch.clock.timers import DueItem, DueKind
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.actors import Actor
from dispatch.orders.families.family import may_name_confidential
from dispatch.orders.models import Order
from dispatch.orders.request_models import Precedent, Return, Verdict
from dispatch.policy import Policy
from dispatch.routing.route import ProposedRoute
from dispatch.steps.context import StepContext
from dispatch.steps.notify import notify, shown
from dispatch.steps.spec import DueSpec, OrderFacts, StepSpec
from dispatch.workflow import Role, Step

RETURNS = 2
"""The second return is the last: the supervisor's ruling stands."""
SHOWN = 3
"""The latest precedents of a matter."""
AT_THE_ORDER = "见该工单"
"""Instead of what was written about an order with a confidential reporter, where other orders quote it."""
_QUOTED = re.compile(r"（([^（）；]+)；理由：")
PRECEDENT = "先例："
"""So begins each of them among the reasons for a route: words that were written about another order."""


async def return_asked(context: StepContext) -> None:
    """Raises BadInput where the office suggests itself."""
    order, given, policy = context.order, context.given, context.policy
    assert order.lead_office_code is not None
    if given["suggested_office_code"] == order.lead_office_code:
        wrong = "建议承办单位不能是本单位。"
        raise BadInput(wrong, fields={"suggested_office_code": wrong})
    order.return_count += 1
    second = order.return_count >= RETURNS
    order.return_before = Role.SUPERVISOR if second else Role.COORDINATOR
    if second:
        context.count("return_due_at", context.at, working_days(policy.times.ruling_days))
    else:
        order.return_due_at = context.at + dt.timedelta(minutes=policy.times.return_decision_minutes)
    assert order.return_due_at is not None
    context.session.add(
        Return(
            order_id=order.id,
            nth=order.return_count,
            office_code=order.lead_office_code,
            at=context.at,
            by=context.actor.name,
            reason_code=given["reason_code"],
            reason=given["reason"],
            boundary=given["boundary"],
            suggested_office_code=given["suggested_office_code"],
            before=order.return_before,
            due_at=order.return_due_at,
        )
    )
    context.details["decides"] = {"role": order.return_before, "due_at": order.return_due_at.isoformat()}


async def return_declined(context: StepContext) -> None:
    await _decide(context, Verdict.DECLINED)


async def return_granted(context: StepContext, office_before: str | None) -> None:
    """A redispatch while a return is open grants it. Raises BadInput when it gives the order to the same office."""
    if context.order.return_before is None:
        return
    if office_before == context.order.lead_office_code:
        wrong = "同意退单须另选主办单位；不同意的，请办理“不同意退单”。"
        raise BadInput(wrong, fields={"lead_office_code": wrong})
    await _decide(context, Verdict.GRANTED)


async def return_lapsed(context: StepContext) -> None:
    """The order was answered or ended before anybody decided."""
    if context.order.return_before is not None:
        values = {"verdict": Verdict.LAPSED, "decided_at": context.at}
        await context.session.execute(update(Return).where(_open(context.order)).values(**values))
        context.order.return_before = context.order.return_due_at = None


async def return_moved(context: StepContext) -> None:
    """Its limit was recounted."""
    await context.session.execute(update(Return).where(_open(context.order)).values(due_at=context.order.return_due_at))


async def find_precedents(session: AsyncSession, subject: str | None, place_town: str | None) -> Sequence[Precedent]:
    """Rulings on such matters in this town, latest first."""
    if subject is None:
        return ()
    query = (
        select(Precedent)
        .where(Precedent.subject == subject, Precedent.place_town.is_not_distinct_from(place_town))
        .order_by(Precedent.id.desc())
        .limit(SHOWN)
    )
    return (await session.scalars(query)).all()


def with_precedents(found: ProposedRoute, precedents: Sequence[Precedent], city: City) -> ProposedRoute:
    """The proposal with what was ruled before. Where the latest ruling names another lead office than the city's
    rules do, the route is uncertain and the coordinator has to check."""
    if not precedents:
        return found
    agrees = precedents[0].lead_office_code == found.lead_office_code
    return replace(found, sure=found.sure and agrees, why=(*found.why, *_told(precedents, city)))


def _told(precedents: Iterable[Precedent], city: City) -> Iterable[str]:
    for ruled in precedents:
        day = f"{(local := in_city(ruled.at)).year}年{local.month}月{local.day}日"
        asked, lead = (_name(city, code) for code in (ruled.asked_office_code, ruled.lead_office_code))
        who = "督查员裁定" if ruled.ruled_by is Role.SUPERVISOR else f"{city_words().coordinator}决定"
        outcome = f"{asked}退单未获同意，仍由其主办" if ruled.asked_office_code == ruled.lead_office_code else (
            f"{asked}退单后改由{lead}主办"
        )  # fmt: skip
        yield f"{PRECEDENT}{day}{who}，{outcome}（{ruled.order_number}；理由：{ruled.ruling}）。"


def _name(city: City, code: str) -> str:
    return city.offices[code].name if code in city.offices else code


async def _decide(context: StepContext, verdict: Verdict) -> None:
    order = context.order
    asked = await context.session.scalar(select(Return).where(_open(order)))
    assert asked is not None, "the order says that a return is open"
    assert order.lead_office_code is not None
    asked.verdict, asked.decided_at, asked.decided_by = verdict, context.at, context.actor.name
    asked.ruling = context.given["reason"]
    context.session.add(
        Precedent(
            return_id=asked.id,
            order_number=order.number,
            subject=order.subject or "",
            place_town=order.place_town,
            asked_office_code=asked.office_code,
            lead_office_code=order.lead_office_code,
            boundary=_for_others(order, asked.boundary),
            ruling=_for_others(order, context.given["reason"]),
            ruled_by=context.actor.role,
            at=context.at,
        )
    )
    context.details["return"] = {"nth": asked.nth, "office_code": asked.office_code, "verdict": verdict}
    order.return_before = order.return_due_at = None


def _for_others(order: Order, text: str) -> str:
    """Text written about this order, as other orders may quote it: read beside a list of names, a covered quotation
    would confirm a guess (decision 0029)."""
    return AT_THE_ORDER if holds_a_secret(order) else redactor_of([order]).text(text)


async def hide_rulings(session: AsyncSession, family_id: int) -> None:
    """Other orders no longer quote what was written about the orders of this family, which has a confidential reporter
    now."""
    theirs = select(Order.number).where(Order.family_id == family_id)
    hidden = update(Precedent).where(Precedent.order_number.in_(theirs), Precedent.ruling != AT_THE_ORDER)
    await session.execute(hidden.values(ruling=AT_THE_ORDER, boundary=AT_THE_ORDER))


async def without_hidden_rulings(session: AsyncSession, routes: Collection[str]) -> dict[str, str]:
    """Reasons for a route, each as it may be read now: one that was stored before the quoted order had a confidential
    reporter does not quote it any more."""
    quoted = {why: found for why in routes if why.startswith(PRECEDENT) and (found := _QUOTED.search(why))}
    if not quoted:
        return {}
    numbers = {found[1] for found in quoted.values()}
    of_secret = select(Order.number).where(Order.number.in_(numbers), may_name_confidential(Order.id))
    secret = set(await session.scalars(of_secret))
    return {why: f"{why[: found.end()]}{AT_THE_ORDER}）。" for why, found in quoted.items() if found[1] in secret}


def _open(order: Order) -> ColumnElement[bool]:
    return (Return.order_id == order.id) & Return.verdict.is_(None)


def _days_have_passed(order: Order, policy: Policy, at: dt.datetime) -> str | None:
    """An office may ask within some working days."""
    times, since = policy.times, order.dispatched_at or order.received_at
    until = deadlines.end_of_working_day(since, times.return_days, times, policy.city.calendar)
    if at <= until:
        return None
    return f"退单须在派单后{times.return_days}个工作日内申请，{day_and_minute(until)}已经截止。"


def _may_be_asked(order: OrderFacts, _: Actor) -> str | None:
    if order.return_before is not None:
        return "上一次退单申请还没有决定。"
    if order.return_count >= RETURNS:
        return "督查员已经裁定过这张工单的主办单位，不能再申请退单。"
    return None


def whose_decision(order: OrderFacts, actor: Actor) -> str | None:
    """An open return has one decider, who also is the only one to redispatch; without one it is the coordinator."""
    if actor.role is (order.return_before or Role.COORDINATOR):
        return None
    if actor.role is Role.SUPERVISOR:
        return f"督查员只裁定第二次退单，其他改派和退单由{city_words().coordinator}决定。"
    return "第二次退单由督查员裁定。"


def _may_be_declined(order: OrderFacts, actor: Actor) -> str | None:
    return "没有待决定的退单申请。" if order.return_before is None else whose_decision(order, actor)


async def _notify_decider(context: StepContext) -> None:
    second = context.order.return_before is Role.SUPERVISOR
    audience = Audience.SUPERVISOR if second else Audience.COORDINATOR
    await notify(context, audience, Template.RETURN_ASKED, due=shown(context.order.return_due_at))


def _undecided(_: DueItem) -> Sequence[tuple[Audience, Template]]:
    return [(Audience.COORDINATOR, Template.UNDECIDED), (Audience.SUPERVISOR, Template.UNDECIDED)]


def _unruled(_: DueItem) -> Sequence[tuple[Audience, Template]]:
    return [(Audience.SUPERVISOR, Template.UNDECIDED)]


SPECS = (
    StepSpec(
        step=Step.ASK_RETURN,
        label="申请退单",
        guard=_may_be_asked,
        too_late=_days_have_passed,
        effect=return_asked,
        notify=_notify_decider,
        acknowledges=False,
    ),
    StepSpec(step=Step.DECLINE_RETURN, label="不同意退单", guard=_may_be_declined, effect=return_declined),
)


DUE = (
    DueSpec(kinds=(DueKind.RETURN_UNDECIDED,), undone="退单申请还没有决定", notifies=_undecided),
    DueSpec(kinds=(DueKind.RULING_OVERDUE,), undone="第二次退单还没有裁定", notifies=_unruled),
)
