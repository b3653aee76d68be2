"""回复、结果认定、退回重办: the reply's row and its marks; the coordinator approves it or sends it back."""

import asyncio
from dataclasses import asdict
from typing import Any

from core.errors import BadInput
from dispatch.assignments.assign import withdraw
from dispatch.clock import deadlines
from dispatch.clock.custody import change_turn
from dispatch.clock.models import Turn
from dispatch.kinds import Kind
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.models import Reply
from dispatch.steps.context import Taking, move_limit
from dispatch.steps.life.follow_up import latest_reply, plan_follow_up
from dispatch.steps.notify import notify, notify_followers, notify_lead
from dispatch.steps.requests.extensions import extension_lapsed
from dispatch.steps.requests.returns import return_lapsed
from dispatch.steps.requests.supervision_orders import urge_answered_by_reply
from dispatch.steps.spec import StepSpec
from dispatch.supervision.evasive import mark_reply
from dispatch.workflow import Step


async def replied(taking: Taking) -> None:
    given, actor = taking.given, taking.actor
    _check_filled(taking)
    marks = await _marks(taking)
    taking.order.public_answer, taking.order.answer_author = given["public_answer"], actor.author
    taking.order.replied_at = taking.at
    # The answer reached the citizen; sending it back asks for another answer, not for another first call.
    taking.order.contact_due_at = None
    taking.session.add(
        Reply(
            order_id=taking.order.id,
            at=taking.at,
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
    values: dict[str, Any] = {"replied_at": taking.at} | ({"marked": Turn.marked + 1} if marks else {})
    await change_turn(taking.session, taking.order.id, **values)
    await return_lapsed(taking)
    await extension_lapsed(taking)
    await urge_answered_by_reply(taking)
    await withdraw(taking.session, taking.order.id, at=taking.at, keep=())


async def sent_back(taking: Taking) -> None:
    """An office that answered in time and has to do it again gets at least the city's days for it; one that was late
    stays late.
    """
    order, policy = taking.order, taking.policy
    latest = await latest_reply(taking.session, taking.order.id)
    values: dict[str, Any] = {"replied_at": None, "sent_back": Turn.sent_back + 1}
    if latest is not None and latest.marks:
        values["marked_sent_back"] = Turn.marked_sent_back + 1
    await change_turn(taking.session, order.id, **values)
    if order.replied_at is None or order.finish_due_at is None or order.replied_at > order.finish_due_at:
        return
    again = deadlines.end_of_working_day(taking.at, policy.times.rework_days, policy.times, policy.city.calendar)
    if again > order.finish_due_at:
        before = order.finish_due_at
        await move_limit(taking, again)
        taking.count("finish_due_at", taking.at, policy.times.rework_days, not_before=before)


async def approved(taking: Taking) -> None:
    """History says which marks the coordinator overruled; when the citizen is asked it does not say."""
    await plan_follow_up(taking)
    latest = await latest_reply(taking.session, taking.order.id)
    if latest is not None and latest.marks:
        taking.details["overruled_marks"] = [
            {name: mark[name] for name in ("kind", "text", "reason")} for mark in latest.marks
        ]


def _check_filled(taking: Taking) -> None:
    """Raises BadInput where blanks of the template were left."""
    template = taking.policy.replies.get(taking.order.kind or Kind.OTHER)
    if template is None:
        return
    left = {name: template.blanks_left(taking.given[name]) for name in ("done", "public_answer")}
    if any(left.values()):
        raise BadInput(
            fields={name: f"模板里还没有填写：{'、'.join(blanks)}。" for name, blanks in left.items() if blanks}
        )


async def _marks(taking: Taking) -> list[dict[str, Any]]:
    policy, order, given = taking.policy, taking.order, taking.given
    if policy.evasive is None:
        return []
    subject = policy.city.subjects.get(order.subject or "")
    # In a thread: the patterns are the city's, and whoever has a link may send a reply as long as the form allows.
    found = await asyncio.to_thread(
        mark_reply,
        policy.evasive,
        f"{order.title}\n{order.matter}",
        given["done"],
        given["public_answer"],
        kind=order.kind or Kind.OTHER,
        subject_words=subject.words if subject else (),
    )
    return [asdict(mark) for mark in found]


async def _notify_office(taking: Taking) -> None:
    await notify_lead(taking, Template.SENT_BACK)


async def _notify_citizens(taking: Taking) -> None:
    await notify(taking, Audience.CITIZEN, Template.ORDER_FINISHED)
    await notify_followers(taking, Template.JOINED_FINISHED)


SPECS = (
    StepSpec(step=Step.REPLY, label="回复", takes=frozenset({"found_true", "solved"}), by_link=True, effect=replied),
    StepSpec(step=Step.REVIEW, label="开始认定"),
    StepSpec(step=Step.SEND_BACK, label="退回重办", effect=sent_back, notify=_notify_office),
    StepSpec(step=Step.APPROVE, label="认定通过", effect=approved, notify=_notify_citizens),
)
