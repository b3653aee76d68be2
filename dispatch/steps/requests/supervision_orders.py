"""督办: the supervisor asks the office that leads an order; an answer is due. One is open at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from core.errors import BadInput
from dispatch.clock import counting
from dispatch.clock.timers import DueItem, DueKind
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.request_models import Urge, UrgeMark
from dispatch.steps.context import Taking, is_with_office
from dispatch.steps.notify import notify_lead, shown
from dispatch.steps.spec import DueSpec, OrderFacts, StepSpec
from dispatch.steps.warnings import to_whom_it_is_due
from dispatch.workflow import Role, Step


async def urged(taking: Taking) -> None:
    """A new one takes the place of an open one, and is red like one on an order that is late. The due instant
    is the given one or the city's own. Raises BadInput for one that is past."""
    order, policy = taking.order, taking.policy
    given = taking.given.get("due_at")
    if given is not None and given <= taking.at:
        wrong = "督办答复时限必须晚于现在。"
        raise BadInput(wrong, fields={"due_at": wrong})
    earlier = await taking.session.scalar(select(func.count()).where(Urge.order_id == order.id)) or 0
    late = order.finish_due_at is not None and taking.at > order.finish_due_at
    mark = UrgeMark.RED if earlier or late else UrgeMark.YELLOW
    await _close(taking, replaced_at=taking.at)
    if given is None:
        taking.count("urge_due_at", taking.at, policy.times.urge_days)
    else:
        counting.set_by_hand(order, "urge_due_at", given)
    due_at = order.urge_due_at
    assert due_at is not None
    taking.session.add(
        Urge(
            order_id=order.id,
            office_code=order.lead_office_code if is_with_office(order) else None,
            at=taking.at,
            by=taking.actor.name,
            text=taking.given["reason"],
            mark=mark,
            due_at=due_at,
        )
    )
    taking.details["urge"] = {"mark": mark, "due_at": due_at.isoformat()}
    taking.tell_lead()


async def urge_answered(taking: Taking) -> None:
    await _answer(taking, taking.given["note"])


async def urge_answered_by_reply(taking: Taking) -> None:
    """A reply to the order also answers the supervision order."""
    if taking.order.urge_due_at is not None:
        await _answer(taking, taking.given["done"])


async def urge_moved(taking: Taking) -> None:
    """Its limit was recounted."""
    await taking.session.execute(update(Urge).where(_open(taking)).values(due_at=taking.order.urge_due_at))


async def urge_dropped(taking: Taking) -> None:
    """The order ended, or went to another office."""
    if taking.order.urge_due_at is not None:
        await _close(taking, replaced_at=taking.at)


async def _answer(taking: Taking, text: str) -> None:
    await _close(taking, answered_at=taking.at, answer=text, answered_by=taking.actor.name)


async def _close(taking: Taking, **values: Any) -> None:
    await taking.session.execute(update(Urge).where(_open(taking)).values(**values))
    taking.order.urge_due_at = None


def _open(taking: Taking) -> ColumnElement[bool]:
    return (Urge.order_id == taking.order.id) & Urge.answered_at.is_(None) & Urge.replaced_at.is_(None)


def _is_open(order: OrderFacts, _: Role) -> str | None:
    return "没有待答复的督办。" if order.urge_due_at is None else None


async def _notify_office(taking: Taking) -> None:
    await notify_lead(taking, Template.URGED, due=shown(taking.order.urge_due_at))


def _unanswered(due_item: DueItem) -> Sequence[tuple[Audience, Template]]:
    return [(to_whom_it_is_due(due_item), Template.UNDECIDED), (Audience.SUPERVISOR, Template.UNDECIDED)]


SPECS = (
    StepSpec(step=Step.URGE, label="督办", takes=frozenset({"due_at"}), effect=urged, notify=_notify_office),
    StepSpec(step=Step.ANSWER_URGE, label="答复督办", by_link=True, guard=_is_open, effect=urge_answered),
)


DUE = (DueSpec(kinds=(DueKind.URGE_UNANSWERED,), undone="督办还没有答复", notifies=_unanswered),)
