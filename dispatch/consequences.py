"""What a step brings with it on the order: times, replies, who is told; and which step the system takes next.

Called by dispatch.orders with the step's fields already checked and written; the state changes there.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadInput
from dispatch import deadlines
from dispatch.actors import Actor
from dispatch.evasive import mark_reply
from dispatch.kinds import Kind
from dispatch.models import CoOffice, Order, PushPurpose, RecipientKind, Reply
from dispatch.pushes import Recipient, acknowledge_all_of, withdraw
from dispatch.routing import assess_urgency, find_town, route
from dispatch.rules import City
from dispatch.workflow import FINAL, Role, State, Step


@dataclass
class Taking:
    """One step while it is being taken."""

    session: AsyncSession
    city: City
    order: Order
    step: Step
    actor: Actor
    at: dt.datetime
    given: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    """What the history row says beside the fields."""
    pushes: list[Recipient] = field(default_factory=list)
    """Before whom the order is laid when all steps are taken."""
    sure: bool = False
    """The rules know where a registered order goes."""

    def set_co_offices(self, codes: Sequence[str]) -> dict[str, Any]:
        """Make these the co-offices (or add them, in that step). Returns the change for the history."""
        order = self.order
        before = {co.office_code: co for co in order.co_offices}
        wanted = [*before, *codes] if self.step is Step.ADD_CO_OFFICES else codes
        after = [code for code in dict.fromkeys(wanted) if code != order.lead_office_code]
        if set(after) == set(before):
            return {}
        order.co_offices = [before.get(code) or CoOffice(office_code=code, added_at=self.at) for code in after]
        return {"co_office_codes": {"from": sorted(before), "to": sorted(after)}}


def following(taken: Taking) -> tuple[Step, Mapping[str, Any]] | None:
    """What the system does by itself after a step."""
    match taken.step:
        case Step.ANSWER:
            return Step.CLOSE, {"reason": "当场答复，直接办结。"}
        case Step.REGISTER if taken.sure:
            return Step.DISPATCH, {"reason": "按规则自动派单。"}
        case Step.RECORD_FOLLOW_UP if taken.given["citizen_solved"]:
            return Step.CLOSE, {"reason": "回访：来电人认为已经解决。"}
        case Step.RECORD_FOLLOW_UP:
            return Step.REOPEN, {"reason": "回访：来电人认为没有解决。"}
        case _:
            return None


async def _filled_in(taking: Taking) -> None:
    order, changed = taking.order, taking.details.get("changes", {})
    if order.limits_from_at is not None and changed.keys() & {"kind", "urgency"}:
        _set_limits(taking, order.limits_from_at)
    if order.state is State.REGISTERED and changed.keys() & {"subject", "place_town", "place"}:
        # What was proposed for the old matter goes; what the person chose in this very step stays.
        order.lead_office_code = taking.given.get("lead_office_code")
        order.unit_code = taking.given.get("unit_code")
        if "co_office_codes" not in taking.given:
            order.co_offices = []
        _propose_route(taking)


async def _registered(taking: Taking) -> None:
    order = taking.order
    if order.kind is None or not order.subject:
        return  # The table's `needs` complain.
    order.registered_at = taking.at
    assessed = assess_urgency(taking.city, f"{order.title}\n{order.matter}")
    if assessed.urgency.rank > order.urgency.rank:
        order.urgency = assessed.urgency
        taking.details["urgency"] = {"to": assessed.urgency, "why": list(assessed.why)}
    _set_limits(taking, order.received_at)
    _propose_route(taking)


def _propose_route(taking: Taking) -> None:
    """Fill in whoever was not chosen by hand."""
    order = taking.order
    order.place_town = order.place_town or find_town(taking.city, order.place)
    found = route(taking.city, subject=order.subject, place_town=order.place_town, place=order.place)
    by_hand = order.lead_office_code is not None
    order.lead_office_code = order.lead_office_code or found.lead_office_code
    order.unit_code = order.unit_code or found.unit_code
    if not order.co_offices:
        taking.set_co_offices(found.co_office_codes)
    taking.sure = by_hand or found.sure
    why = ["主办单位由登记人选定。"] if by_hand else list(found.why)
    taking.details["route"] = {
        "lead_office_code": order.lead_office_code,
        "unit_code": order.unit_code,
        "co_office_codes": [co.office_code for co in order.co_offices],
        "sure": taking.sure,
        "why": why,
    }


def _set_limits(taking: Taking, since: dt.datetime) -> None:
    order, city = taking.order, taking.city
    limits = deadlines.due(order.kind or Kind.OTHER, order.urgency, since, city.times, city.calendar)
    order.limits_from_at = since
    order.accept_due_at = limits.accept_at
    order.finish_expected_at = limits.expected_at
    order.finish_due_at = order.promised_at or limits.finish_at


async def _dispatched(taking: Taking) -> None:
    order = taking.order
    if order.lead_office_code is None or order.kind is None:
        return  # The table's `needs` complain.
    if order.registered_at is None:
        # Thrown out as a draft, or answered on the spot, and then reopened.
        order.registered_at = taking.at
    if order.limits_from_at is None:
        _set_limits(taking, taking.at)
    taking.set_co_offices([co.office_code for co in order.co_offices])  # the new lead office is none of them
    order.accepted_at = None
    everybody = [Recipient(RecipientKind.OFFICE, order.lead_office_code, PushPurpose.LEAD)]
    everybody += [Recipient(RecipientKind.OFFICE, co.office_code, PushPurpose.ASSIST) for co in order.co_offices]
    if order.unit_code is not None:
        everybody.append(Recipient(RecipientKind.UNIT, order.unit_code, PushPurpose.CREW))
    # A first or renewed dispatch tells everybody; a change of the lead only those whom it concerns.
    keep = everybody if taking.step is Step.REDISPATCH else ()
    await withdraw(taking.session, order.id, at=taking.at, keep=keep)
    taking.pushes.extend(everybody)


async def _co_offices_added(taking: Taking) -> None:
    added = taking.details.get("changes", {}).get("co_office_codes")
    if added is None:
        wrong = "这些单位已经在办理这张工单。"
        raise BadInput(wrong, fields={"co_office_codes": wrong})
    new = sorted(set(added["to"]) - set(added["from"]))
    taking.pushes.extend(Recipient(RecipientKind.OFFICE, code, PushPurpose.ASSIST) for code in new)


async def _accepted(taking: Taking) -> None:
    taking.order.accepted_at = taking.at
    actor = taking.actor
    mine = (
        (RecipientKind.UNIT, actor.unit_code) if actor.role is Role.UNIT else (RecipientKind.OFFICE, actor.office_code)
    )
    await acknowledge_all_of(taking.session, taking.order.id, *mine, by=actor.name, at=taking.at)


async def _replied(taking: Taking) -> None:
    given, actor = taking.given, taking.actor
    taking.order.public_answer = given["public_answer"]
    taking.order.replied_at = taking.at
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
            marks=_marks(taking),
        )
    )
    await withdraw(taking.session, taking.order.id, at=taking.at, keep=())


def _marks(taking: Taking) -> list[dict[str, Any]]:
    city, order, given = taking.city, taking.order, taking.given
    if city.evasive is None:
        return []
    subject = city.subjects.get(order.subject or "")
    found = mark_reply(
        city.evasive,
        f"{order.title}\n{order.matter}",
        given["done"],
        given["public_answer"],
        kind=order.kind or Kind.OTHER,
        subject_words=subject.words if subject else (),
    )
    return [asdict(mark) for mark in found]


async def _approved(taking: Taking) -> None:
    """History says which marks the coordinator overruled."""
    latest = await _latest_reply(taking)
    if latest is not None and latest.marks:
        taking.details["overruled_marks"] = [
            {name: mark[name] for name in ("kind", "text", "reason")} for mark in latest.marks
        ]


async def _latest_reply(taking: Taking) -> Reply | None:
    return await taking.session.scalar(
        select(Reply).where(Reply.order_id == taking.order.id).order_by(Reply.id.desc()).limit(1)
    )


async def _answered(taking: Taking) -> None:
    taking.order.public_answer = taking.given["public_answer"]


async def _followed_up(taking: Taking) -> None:
    latest = await _latest_reply(taking)
    if latest is not None:
        for answer in ("citizen_answered", "citizen_solved", "citizen_satisfied"):
            setattr(latest, answer, taking.given[answer])
        latest.followed_up_at = taking.at


async def _ended(taking: Taking) -> None:
    taking.order.closed_at = taking.at
    await withdraw(taking.session, taking.order.id, at=taking.at, keep=())


async def _merged(taking: Taking) -> None:
    number = taking.given["merged_into"]
    into = await taking.session.scalar(select(Order).where(Order.number == number))
    wrong = None
    if into is None:
        wrong = f"没有工单{number}。"
    elif into.id == taking.order.id:
        wrong = "不能并入自己。"
    elif into.state in FINAL:
        wrong = f"工单{number}已经办结，不能并入。"
    if into is None or wrong is not None:
        raise BadInput(wrong or "", fields={"merged_into": wrong or ""})
    taking.order.merged_into_id = into.id
    await _ended(taking)


async def _reopened(taking: Taking) -> None:
    order = taking.order
    order.closed_at = order.promised_at = order.accepted_at = order.merged_into_id = None
    if order.kind is not None:
        # A new round of handling, with limits of its own; those of the first are in the history.
        _set_limits(taking, taking.at)


async def _suspended(taking: Taking) -> None:
    _check_promise(taking)
    taking.order.promised_at = taking.given["promised_at"]
    taking.details["limit_before"] = taking.order.finish_due_at and taking.order.finish_due_at.isoformat()
    taking.order.finish_due_at = taking.order.promised_at


async def _extension_asked(taking: Taking) -> None:
    _check_promise(taking)


def _check_promise(taking: Taking) -> None:
    deadlines.check_promise(
        taking.given["promised_at"],
        received_at=taking.order.received_at,
        at=taking.at,
        rules=taking.city.times,
        calendar=taking.city.calendar,
    )


CONSEQUENCES: Mapping[Step, Callable[[Taking], Awaitable[None]]] = {
    Step.FILL_IN: _filled_in,
    Step.ANSWER: _answered,
    Step.REGISTER: _registered,
    Step.DISPATCH: _dispatched,
    Step.REDISPATCH: _dispatched,
    Step.ADD_CO_OFFICES: _co_offices_added,
    Step.ACCEPT: _accepted,
    Step.REPLY: _replied,
    Step.APPROVE: _approved,
    Step.RECORD_FOLLOW_UP: _followed_up,
    Step.CLOSE: _ended,
    Step.INVALIDATE: _ended,
    Step.MERGE: _merged,
    Step.REOPEN: _reopened,
    Step.SUSPEND: _suspended,
    Step.ASK_EXTENSION: _extension_asked,
}
