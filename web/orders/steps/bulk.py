"""One step on many orders, each in a transaction of its own, each with its own result: done, or why not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from access.visibility.rules import redactor_of_order
from core.database import transaction
from core.errors import BadInput, HotlineError
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.routing.office_evidence import load_proposals
from dispatch.routing.office_proposal import sure_office
from dispatch.routing.route import route
from dispatch.steps.labels import STEPS
from dispatch.workflow import TRANSITIONS, Role, Step
from web.http.answers.rejection import rejection_of
from web.http.context import AppContext
from web.orders.steps.step_forms import proposal_words
from web.orders.steps.step_views import STEP_VIEWS
from web.orders.steps.submit import take_on

MOST = 200


@dataclass(frozen=True)
class BulkOutcome:
    number: str
    title: str
    done: bool
    words: str
    """What happened, or why it did not."""
    asks: bool = False
    """It is done where a person says yes to it nevertheless."""


class NoCrew(BadInput):
    """An office is proposed with enough certainty, but no crew where one has to drive there."""


def bulk_steps(role: Role) -> list[tuple[Step, str]]:
    """What `role` may do with many at once; each order's own table still decides."""
    taken = {step for steps in TRANSITIONS.values() for step, way in steps.items() if role in way.roles}
    return [
        (step, view.many_words or STEPS[step])
        for step, view in STEP_VIEWS.items()
        if view.of_many is not None and step in taken
    ]


def asked_of_many(steps: Iterable[Step]) -> frozenset[str]:
    """The fields that these steps ask once for all orders."""
    return frozenset(name for step in steps for name in STEP_VIEWS[step].of_many or ())


async def take_many(
    app_context: AppContext,
    me: Me,
    numbers: Sequence[str],
    step: Step,
    fields: dict[str, Any],
    *,
    despite: bool = False,
) -> list[BulkOutcome]:
    """In the order in which they were chosen; the same one once. `despite`: somebody has read that no crew drives to
    these, and dispatches to the offices alone."""
    return [await _take(app_context, me, number, step, fields, despite) for number in dict.fromkeys(numbers)]


async def _take(
    app_context: AppContext, me: Me, number: str, step: Step, fields: dict[str, Any], despite: bool
) -> BulkOutcome:
    title = ""
    try:
        async with transaction(app_context.sessions) as session:
            order = await get_visible_order(session, me, number)
            title = redactor_of_order(order).text(order.title)
            if STEP_VIEWS[step].proposed:
                office = await _proposed_office(session, app_context.policy, order, despite=despite)
                fields = {**fields, "lead_office_code": office}
            await take_on(session, app_context.policy, me, order, step, fields)
    except HotlineError as error:
        return BulkOutcome(number, title, False, rejection_of(error).sentence, asks=isinstance(error, NoCrew))
    return BulkOutcome(number, title, True, f"已{STEPS[step]}")


async def _proposed_office(session: AsyncSession, policy: Policy, order: Order, *, despite: bool) -> str:
    """Raises BadInput where nobody is proposed with enough certainty, NoCrew where only the crew is missing."""
    proposals = (await load_proposals(session, policy.city, policy.dispatch, [order]))[order.number]
    if (sure := sure_office(policy.dispatch, proposals)) is not None:
        if (why := _no_crew(policy, order)) and not despite:
            raise NoCrew(why)
        return sure.code
    least = int(policy.dispatch.sure_from * 100)
    likely = "、".join(proposal_words(one, policy.city) for one in proposals) or "没有建议的单位"
    raise BadInput(f"没有把握达到{least}%的建议，请逐张派单：{likely}。")


def _no_crew(policy: Policy, order: Order) -> str:
    """Why nobody would drive to it, dispatched to an office alone; empty: a crew does, or none has to."""
    if order.unit_code is not None:
        return ""
    found = route(policy.city, policy.asking, subject=order.subject, place_town=order.place_town, place=order.place)
    return found.no_crew
