"""What takes two people: one asks and says why, another with the right role decides, and only then it happens.

A kind of request is a `Rule`; its effect runs in the transaction that stores the approval, so that neither is ever
there without the other. Nobody decides their own request. A request that is not decided in time lapses.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.errors import Conflict, NotAllowed, NotFound
from core.texts.reasons import real_reason
from dispatch.approvals.models import Approval, ApprovalDecision, Decision
from dispatch.city.records import City
from dispatch.orders.actors import Actor
from dispatch.orders.labels import ROLES
from dispatch.policy import Policy
from dispatch.workflow import Role

TOPIC = "approval"
SHOWN = 100


@dataclass(frozen=True)
class Granted:
    """A request in the moment of its approval."""

    session: AsyncSession
    policy: Policy
    approval: Approval
    decider: Actor
    at: dt.datetime

    @property
    def city(self) -> City:
        return self.policy.city


@dataclass(frozen=True)
class Rule:
    """One kind of thing that takes two."""

    kind: str
    name: str
    """In Chinese, as people read it."""
    asks: frozenset[Role]
    decides: frozenset[Role]
    lasts: dt.timedelta
    """How long a request can be approved."""
    effect: Callable[[Granted], Awaitable[None]]
    """What the approval does. Raises what stands against it; then nothing is stored."""


async def ask(
    session: AsyncSession,
    rule: Rule,
    actor: Actor,
    subject: str,
    *,
    reason: str,
    at: dt.datetime,
) -> Approval:
    """Raises NotAllowed for the wrong role, BadInput for no real reason, Conflict where the same is asked already."""
    if actor.account_id is None or actor.role not in rule.asks:
        raise NotAllowed(f"“{rule.name}”由{_names(rule.asks)}申请。")
    tidy = real_reason(reason)
    # When two people ask at the same moment, the second gets an answer that names the first request.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{rule.kind} {subject}", 0))))
    if (known := await find_open(session, rule.kind, subject, at)) is not None:
        raise Conflict(f"{known.asker_name}已经申请过，正等待另一人决定。", approval=known.id)
    row = Approval(
        kind=rule.kind,
        subject=subject,
        reason=tidy,
        asked_at=at,
        expires_at=at + rule.lasts,
        asker_id=actor.account_id,
        asker_name=actor.name,
        asker_role=actor.role,
        decided=None,
    )
    session.add(row)
    await session.flush()
    await bus.publish(session, TOPIC, row.id)
    return row


async def decide(
    session: AsyncSession,
    policy: Policy,
    rules: Collection[Rule],
    approval_id: int,
    decision: Decision,
    actor: Actor,
    *,
    note: str,
    at: dt.datetime,
) -> Approval:
    """Store the decision; approved, its effect in the same transaction. Raises NotFound, NotAllowed, Conflict (decided
    or lapsed already), BadInput (refused without a reason), and what the effect raises."""
    row = await session.get(Approval, approval_id)
    rule = next((rule for rule in rules if row is not None and rule.kind == row.kind), None)
    if row is None or rule is None or actor.account_id is None:
        raise NotFound("没有这个申请。")
    if (obstacle := why_not(rule, row, decision, actor)) is not None:
        raise NotAllowed(obstacle)
    if not is_open(row, at):
        raise Conflict(_over(row))
    row.decided = ApprovalDecision(
        decision=decision,
        note=real_reason(note, field="note") if decision is Decision.REFUSED else note.strip(),
        at=at,
        decider_id=actor.account_id,
        decider_name=actor.name,
        decider_role=actor.role,
    )
    try:
        # The decision's key is the request's: of two who decide at once the second fails here.
        await session.flush()
    except IntegrityError as error:
        raise Conflict("刚刚已有人作出决定，这里显示的是结果。") from error
    if decision is Decision.APPROVED:
        await rule.effect(Granted(session, policy, row, actor, at))
    await bus.publish(session, TOPIC, row.id)
    return row


def why_not(rule: Rule, row: Approval, decision: Decision, actor: Actor) -> str | None:
    """Why the actor may not decide so; None: the actor may. Pure."""
    own = row.asker_id == actor.account_id
    if decision is Decision.WITHDRAWN:
        return None if own else "只有申请人自己能撤回。"
    if own:
        return "自己的申请须由另一个人决定。"
    if actor.role not in rule.decides:
        return f"“{rule.name}”由{_names(rule.decides)}决定。"
    return None


def is_open(row: Approval, at: dt.datetime) -> bool:
    return row.decided is None and row.expires_at > at


async def find_open(session: AsyncSession, kind: str, subject: str, at: dt.datetime) -> Approval | None:
    query = select(Approval).where(Approval.kind == kind, Approval.subject == subject, Approval.expires_at > at)
    return next((row for row in await session.scalars(query) if is_open(row, at)), None)


async def approvals_of(session: AsyncSession, kind: str, subject: str) -> Sequence[Approval]:
    """Latest first."""
    query = select(Approval).where(Approval.kind == kind, Approval.subject == subject).order_by(Approval.id.desc())
    return (await session.scalars(query)).all()


async def open_approvals(session: AsyncSession, at: dt.datetime) -> Sequence[Approval]:
    """Of all kinds, oldest first."""
    undecided = ~select(ApprovalDecision.approval_id).where(ApprovalDecision.approval_id == Approval.id).exists()
    query = select(Approval).where(Approval.expires_at > at, undecided).order_by(Approval.id).limit(SHOWN)
    return (await session.scalars(query)).all()


async def latest_approvals(session: AsyncSession) -> Sequence[Approval]:
    """Of all kinds, latest first."""
    return (await session.scalars(select(Approval).order_by(Approval.id.desc()).limit(SHOWN))).all()


def for_decider(rules: Collection[Rule], rows: Sequence[Approval], actor: Actor) -> list[Approval]:
    """Those of `rows` that wait for the actor's decision. Pure."""
    by_kind = {rule.kind: rule for rule in rules}
    return [
        row for row in rows if (rule := by_kind.get(row.kind)) and why_not(rule, row, Decision.APPROVED, actor) is None
    ]


def _over(row: Approval) -> str:
    if row.decided is None:
        return "这个申请已经过期，请重新申请。"
    return f"这个申请已由{row.decided.decider_name}处理过了。"


def _names(roles: frozenset[Role]) -> str:
    return "、".join(ROLES[role] for role in Role if role in roles)
