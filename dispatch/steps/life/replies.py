"""回复、结果认定、退回重办: the reply's row and its marks; the coordinator approves it or sends it back."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from core.errors import BadInput
from dispatch.assignments.assign import withdraw
from dispatch.citizens.redaction import redactor_of
from dispatch.clock import deadlines
from dispatch.clock.custody import change_period
from dispatch.clock.models import CustodyPeriod
from dispatch.clock.rules import working_days
from dispatch.kinds import Kind
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.models import Order, Reply
from dispatch.policy import Policy
from dispatch.steps.context import StepContext, move_limit
from dispatch.steps.life.follow_up import latest_reply, plan_follow_up
from dispatch.steps.notify import notify, notify_followers, notify_lead
from dispatch.steps.requests.extensions import extension_lapsed
from dispatch.steps.requests.returns import return_lapsed
from dispatch.steps.requests.supervision_orders import supervision_order_answered_by_reply
from dispatch.steps.spec import StepSpec
from dispatch.supervision.evasive import Mark, mark_reply
from dispatch.workflow import Step

REPLY_TEXTS = ("done", "public_answer")


async def replied(context: StepContext) -> None:
    given, actor = context.given, context.actor
    _check_filled(context)
    marks = await _marks(context)
    context.order.public_answer, context.order.answer_author = given["public_answer"], actor.author
    context.order.replied_at = context.at
    # The answer reached the citizen; sending it back asks for another answer, not for another first call.
    context.order.contact_due_at = None
    context.session.add(
        Reply(
            order_id=context.order.id,
            at=context.at,
            office_code=actor.office_code,
            unit_code=actor.unit_code,
            actor_id=actor.account_id,
            actor_name=actor.name,
            done=given["done"],
            public_answer=given["public_answer"],
            found_true=given.get("found_true"),
            solved=given.get("solved"),
            marks=marks,
        )
    )
    values: dict[str, Any] = {"replied_at": context.at} | ({"marked": CustodyPeriod.marked + 1} if marks else {})
    await change_period(context.session, context.order.id, **values)
    await return_lapsed(context)
    await extension_lapsed(context)
    await supervision_order_answered_by_reply(context)
    await withdraw(context.session, context.order.id, at=context.at, keep=())


async def sent_back(context: StepContext) -> None:
    """An office that answered in time and has to do it again gets at least the city's days for it; one that was late
    stays late.
    """
    order, policy = context.order, context.policy
    latest = await latest_reply(context.session, context.order.id)
    values: dict[str, Any] = {"replied_at": None, "sent_back": CustodyPeriod.sent_back + 1}
    if latest is not None and latest.marks:
        values["marked_sent_back"] = CustodyPeriod.marked_sent_back + 1
    await change_period(context.session, order.id, **values)
    if order.replied_at is None or order.finish_due_at is None or order.replied_at > order.finish_due_at:
        return
    again = deadlines.end_of_working_day(context.at, policy.times.rework_days, policy.times, policy.city.calendar)
    if again > order.finish_due_at:
        before = order.finish_due_at
        await move_limit(context, again)
        context.count("finish_due_at", context.at, working_days(policy.times.rework_days), not_before=before)


async def approved(context: StepContext) -> None:
    """History says which marks the coordinator overruled; when the citizen is asked it does not say."""
    await plan_follow_up(context)
    latest = await latest_reply(context.session, context.order.id)
    if latest is not None and latest.marks:
        context.details["overruled_marks"] = [
            {name: mark[name] for name in ("kind", "text", "reason")} for mark in latest.marks
        ]


def _check_filled(context: StepContext) -> None:
    """Raises BadInput where blanks of the template were left."""
    texts = {name: context.given[name] for name in REPLY_TEXTS}
    if left := unfilled(context.policy, context.order, texts):
        raise BadInput(fields=left)


def unfilled(policy: Policy, order: Order, texts: Mapping[str, str]) -> dict[str, str]:
    """Field → which blanks of the template still stand in it, in Chinese; mostly none."""
    template = policy.replies.get(order.kind or Kind.OTHER)
    left = {name: template.blanks_left(text) for name, text in texts.items()} if template else {}
    return {name: f"模板里还没有填写：{'、'.join(blanks)}。" for name, blanks in left.items() if blanks}


async def _marks(context: StepContext) -> list[dict[str, Any]]:
    given = context.given
    order = context.order
    found = await marks_of(context.policy, order, given["done"], given["public_answer"])
    return [asdict(mark) for mark in found]


async def marks_of(policy: Policy, order: Order, done: str, public_answer: str) -> Sequence[Mark]:
    """What the city's rules mark in a reply to the order, sent or still being written. The matter is read as anybody
    may read it: which words stand under its cover is not to be found out by trying replies, or rules."""
    if policy.evasive is None:
        return ()
    subject = policy.city.subjects.get(order.subject or "")
    # In a thread: the patterns are the city's, and whoever has a link may send a reply as long as the form allows.
    return await asyncio.to_thread(
        mark_reply,
        policy.evasive,
        redactor_of([order]).without(f"{order.title}\n{order.matter}"),
        done,
        public_answer,
        kind=order.kind or Kind.OTHER,
        subject_words=subject.words if subject else (),
    )


async def _notify_office(context: StepContext) -> None:
    await notify_lead(context, Template.SENT_BACK)


async def _notify_citizens(context: StepContext) -> None:
    await notify(context, Audience.CITIZEN, Template.ORDER_FINISHED)
    await notify_followers(context, Template.JOINED_FINISHED)


SPECS = (
    StepSpec(step=Step.REPLY, label="回复", takes=frozenset({"found_true", "solved"}), by_link=True, effect=replied),
    StepSpec(step=Step.REVIEW, label="开始认定"),
    StepSpec(step=Step.SEND_BACK, label="退回重办", effect=sent_back, notify=_notify_office),
    StepSpec(step=Step.APPROVE, label="认定通过", effect=approved, notify=_notify_citizens),
)
