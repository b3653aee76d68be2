"""What takes two people, as screens and programs read it. A new kind of request is one more `Rule` in RULES."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import actor_of, own_or_covered, redactor_of_order
from core.texts.lines import ONE_LINE
from dispatch.approvals import step_for_two as approvals
from dispatch.approvals.labels import APPROVAL_STATES
from dispatch.approvals.models import Approval, ApprovalState, Decision
from dispatch.approvals.secrecy import LIFT_SECRECY
from dispatch.approvals.step_for_two import Rule
from dispatch.orders.actors import author
from dispatch.orders.models import Order
from dispatch.workflow import Role
from web.http.schemas import Message

RULES: tuple[Rule, ...] = (LIFT_SECRECY,)
ASKS = frozenset[Role]().union(*(rule.asks for rule in RULES))
DECIDES = frozenset[Role]().union(*(rule.decides for rule in RULES))


class ApprovalAnswer(Message):
    id: int
    kind: str
    kind_name: str
    order: str
    """Number of the order that it is about; empty: of none."""
    reason: str
    asked_at: dt.datetime
    asked_by: str
    asker_role: Role
    expires_at: dt.datetime
    state: ApprovalState
    state_name: str
    decided_at: dt.datetime | None
    decided_by: str
    note: str
    may_decide: bool
    """Whether the one who asks may approve or refuse it now."""
    may_withdraw: bool


class ApprovalsAnswer(Message):
    approvals: list[ApprovalAnswer]
    waiting: int
    """How many wait for the decision of the one who asks."""


class ApprovalRequest(Message):
    reason: Annotated[str, Field(max_length=400), ONE_LINE]


class DecisionRequest(Message):
    note: Annotated[str, Field(max_length=400), ONE_LINE] = ""
    """Why; a refusal must say it."""


async def list_approvals(session: AsyncSession, me: Me, at: dt.datetime) -> ApprovalsAnswer:
    """Whoever decides nothing reads only their own requests."""
    actor, rows = actor_of(me), await approvals.latest_approvals(session)
    waiting = approvals.for_decider(RULES, await approvals.open_approvals(session, at), actor)
    kinds = {rule.kind for rule in RULES if me.role in rule.decides}
    shown = [row for row in rows if row.kind in kinds or row.asker_id == me.account_id]
    older = [row for row in waiting if row.id not in {one.id for one in rows}]
    return ApprovalsAnswer(approvals=await approval_answers(session, me, [*shown, *older], at), waiting=len(waiting))


async def count_for(session: AsyncSession, me: Me, at: dt.datetime) -> int:
    return len(approvals.for_decider(RULES, await approvals.open_approvals(session, at), actor_of(me)))


async def approval_answers(
    session: AsyncSession, me: Me, rows: Sequence[Approval], at: dt.datetime
) -> list[ApprovalAnswer]:
    """With the citizens of their orders covered in what was written."""
    numbers = {row.subject for row in rows if row.kind == LIFT_SECRECY.kind}
    found = await session.scalars(select(Order).where(Order.number.in_(numbers))) if numbers else ()
    orders = {order.number: order for order in found}
    return [_answer(me, row, orders.get(row.subject), at) for row in rows]


def _answer(me: Me, row: Approval, order: Order | None, at: dt.datetime) -> ApprovalAnswer:
    rule = next((rule for rule in RULES if rule.kind == row.kind), None)
    is_open, decided, actor = approvals.is_open(row, at), row.decided, actor_of(me)
    state = ApprovalState(decided.decision) if decided else ApprovalState.OPEN if is_open else ApprovalState.EXPIRED
    may = {
        decision: is_open and rule is not None and approvals.why_not(rule, row, decision, actor) is None
        for decision in (Decision.APPROVED, Decision.WITHDRAWN)
    }
    answer = ApprovalAnswer(
        id=row.id,
        kind=row.kind,
        kind_name=rule.name if rule else row.kind,
        order=row.subject if row.kind == LIFT_SECRECY.kind else "",
        reason=row.reason,
        asked_at=row.asked_at,
        asked_by=row.asker_name,
        asker_role=row.asker_role,
        expires_at=row.expires_at,
        state=state,
        state_name=APPROVAL_STATES[state],
        decided_at=decided.at if decided else None,
        decided_by=decided.decider_name if decided else "",
        note=decided.note if decided else "",
        may_decide=may[Decision.APPROVED],
        may_withdraw=may[Decision.WITHDRAWN],
    )
    if order is None:
        return answer
    redactor = redactor_of_order(order)
    by = author(decided.decider_role, decided.decider_id, None, None) if decided else ""
    note = own_or_covered(me, by, answer.note, redactor)
    return answer.model_copy(update={"reason": redactor.text(answer.reason), "note": note})
