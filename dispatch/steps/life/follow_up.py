"""回访: planned with the approval, at a random moment; the answer kept; what nobody needs any more ended.

Called by the steps of an order, in their transaction. Asking is dispatch.jobs.ask_citizens's part.
"""

import random
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from dispatch.clock.custody import change_period
from dispatch.follow_up.models import CitizenAnswer, FollowUp
from dispatch.follow_up.rules import FollowUpState, pick_ask_at
from dispatch.orders.models import Reply
from dispatch.steps.context import StepContext, SystemStep
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step

_chance = random.SystemRandom()


async def plan_follow_up(context: StepContext) -> None:
    """Neither the step's history nor anything else that an office reads says when."""
    await end_follow_up(context)
    context.session.add(
        FollowUp(
            order_id=context.order.id,
            planned_at=context.at,
            finished_at=context.order.replied_at,
            due_at=pick_ask_at(context.policy.follow_up, context.at, _chance.random()),
            state=FollowUpState.PLANNED,
        )
    )


async def followed_up(context: StepContext) -> None:
    """The citizen's three answers: on the reply, in the office's custody, and as a row of their own."""
    answers = {name: context.given[name] for name in ("citizen_answered", "citizen_solved", "citizen_satisfied")}
    latest = await latest_reply(context.session, context.order.id)
    if latest is not None:
        for name, answer in answers.items():
            setattr(latest, name, answer)
        latest.followed_up_at = context.at
    await change_period(context.session, context.order.id, **answers)
    await _keep_answer(context)


async def latest_reply(session: AsyncSession, order_id: int) -> Reply | None:
    return await session.scalar(select(Reply).where(Reply.order_id == order_id).order_by(Reply.id.desc()).limit(1))


async def _keep_answer(context: StepContext) -> None:
    given, actor = context.given, context.actor
    round_id = await end_follow_up(context, FollowUpState.DONE)
    context.session.add(
        CitizenAnswer(
            order_id=context.order.id,
            follow_up_id=round_id,
            at=context.at,
            by_role=actor.role,
            by_name=actor.name,
            answered=given["citizen_answered"],
            solved=given["citizen_solved"],
            satisfied=given["citizen_satisfied"],
            said=given.get("reason") or "",
        )
    )


async def end_follow_up(context: StepContext, how: FollowUpState = FollowUpState.VOID) -> int | None:
    """The order's open round, if it has one; returns its id."""
    ended = {"state": how, "ended_at": context.at, "due_at": None}
    mine = FollowUp.order_id == context.order.id, FollowUp.ended_at.is_(None)
    found: int | None = await context.session.scalar(
        update(FollowUp).where(*mine).values(**ended).returning(FollowUp.id)
    )
    return found


async def rounds_of(session: AsyncSession, order_id: int) -> Sequence[FollowUp]:
    """Oldest first."""
    return (await session.scalars(select(FollowUp).where(FollowUp.order_id == order_id).order_by(FollowUp.id))).all()


async def answers_of(session: AsyncSession, order_id: int) -> Sequence[CitizenAnswer]:
    """The first is the first answer, the last the final one."""
    return (
        await session.scalars(
            select(CitizenAnswer).where(CitizenAnswer.order_id == order_id).order_by(CitizenAnswer.id)
        )
    ).all()


async def to_call(session: AsyncSession, limit: int) -> Sequence[FollowUp]:
    """Those whom a person is to call, who waits longest first; with their `order`."""
    query = select(FollowUp).where(FollowUp.state == FollowUpState.TO_CALL).options(selectinload(FollowUp.order))
    return (await session.scalars(query.order_by(FollowUp.id).limit(limit))).all()


def _close_or_reopen(taken: StepContext) -> SystemStep:
    if taken.given["citizen_solved"]:
        return SystemStep(Step.CLOSE, {"reason": "回访：诉求人认为已经解决。"})
    return SystemStep(Step.REOPEN, {"reason": "回访：诉求人认为没有解决。"})


SPECS = (StepSpec(step=Step.RECORD_FOLLOW_UP, label="记录回访", effect=followed_up, then=_close_or_reopen),)
