"""The screen pop: the caller and what is known, before anybody says hello. Reads only."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.calls import orders_of
from access.visibility.rules import actor_of, may_know, redactor_for, redactor_of_order
from core.errors import NotFound
from core.numbers.phone import number_key
from core.numbers.shown import number_type, number_words
from core.privacy.redaction import Citizen, Redactor, keys_of, make_redactor, mask_name
from core.texts.search import mask_phone
from dispatch.callbacks.queue import open_requests_of
from dispatch.citizens.redaction import citizens_of, stays_unnamed
from dispatch.intake.caller_history import (
    count_of_number,
    count_steps,
    dispositions_of,
    name_of,
    orders_mentioning,
    orders_of_number,
    orders_of_numbers,
)
from dispatch.intake.duplicates import MatterToCompare, find_duplicates, find_nearby
from dispatch.intake.models import ProposalState
from dispatch.intake.proposals import proposals_of
from dispatch.kinds import Disposition
from dispatch.orders.drafts import find_order_in_hand
from dispatch.orders.families.further_matters import in_hand_since
from dispatch.orders.labels import DISPOSITIONS
from dispatch.orders.models import Order
from dispatch.orders.step_fields import is_empty
from dispatch.policy import Policy
from dispatch.steps.permission import obstacle
from dispatch.steps.take import find_order, history
from dispatch.workflow import FINAL, State, Step, steps_open_to
from telephony.blocking.block_list import find_open, state_of
from telephony.blocking.models import Block
from telephony.calls.callers import caller_record
from telephony.calls.models import Call
from telephony.labels import BLOCK_STATES
from web.desk.known_orders import known_order, merged_into
from web.desk.pop_schemas import BlockSummary, KnownOrder, OpenRequest, PopAnswer, SimilarQuery
from web.desk.read_out import progress_words

EARLIER_SHOWN = 6
MAYBE_SHOWN = 3


async def load_pop(session: AsyncSession, me: Me, policy: Policy, linkedid: str, at: dt.datetime) -> PopAnswer:
    """Raises NotFound. Works from the first ring on: while there is no draft the number alone speaks."""
    call = await get_incoming(session, linkedid)
    draft = await find_order_in_hand(session, linkedid)
    # By all its orders: a part that was split off may have a citizen who stays unnamed where the first has not.
    confidential = any(stays_unnamed(order) for order, _ in (await orders_of(session, [linkedid]))[linkedid])
    hidden = draft is not None and not may_know(me, confidential=confidential)
    known = not hidden and (linkedid in me.known.calls or (draft is not None and draft.id in me.known.orders))
    number = "" if hidden else _number_of(call, draft)
    secret = confidential and not known
    record = await caller_record(session, number, besides=linkedid, at=at)
    mine = await _orders_of_caller(session, me, number, draft)
    begun = {draft.id} if draft else set()
    last = next((order for order in mine if order.place_town), None)
    nearby = await find_nearby(
        session, policy.city, policy.desk, _near(draft, last), besides=begun | {one.id for one in mine}, at=at
    )
    finds_secret = may_know(me, confidential=True)
    maybe = await orders_mentioning(session, number, limit=MAYBE_SHOWN, secret=finds_secret)
    block = await find_open(session, number, at)
    shown = mine[:EARLIER_SHOWN]
    dispositions = await dispositions_of(session, [order.id for order in shown])
    merged = await merged_into(session, [*shown, *([draft] if draft else [])])
    open_steps = steps_open_to(draft.state, me.role) if draft else []
    mine_too = [*mine, *([draft] if draft else [])]
    return PopAnswer(
        linkedid=linkedid,
        live=call.ended_at is None,
        answered=call.answered_at is not None,
        number=_shown(number, known=known, secret=secret),
        number_type=number_type(number) if number and not secret else "",
        hidden=hidden or secret,
        name=_name(mine, known=known) if known or not secret else "",
        calls_today=record.today,
        calls_7_days=record.week,
        calls_30_days=record.month,
        abandoned_30_days=record.abandoned,
        last_call_at=record.last_at,
        often=record.month + 1 >= policy.desk.often,
        earlier=await with_progress(
            session,
            me,
            policy,
            shown if linkedid in me.known.calls else [],
            [known_order(order, policy, at, disposition=dispositions.get(order.id), merged=merged) for order in shown],
            at,
        ),
        earlier_count=len(mine)
        if len(mine) < _MOST_EARLIER
        else await count_of_number(session, number, secret=finds_secret),
        open_requests=[
            OpenRequest(id=wanted.id, order=wanted.order.number, asked_at=wanted.asked_at)
            for wanted in await open_requests_of(session, number)
            if may_know(me, confidential=stays_unnamed(wanted.order))
        ],
        nearby=[known_order(one.order, policy, at, why=one.why, others=mine_too) for one in nearby],
        maybe=[known_order(order, policy, at, why=["诉求中提到这个号码"]) for order in maybe],
        order=draft.number if draft else None,
        order_state=draft.state if draft else None,
        thrown_out=await _thrown_out(session, draft, merged),
        dispositions=await _dispositions(session, linkedid),
        can_dispose=draft is not None and draft.state is State.DRAFT and Step.INVALIDATE in open_steps,
        can_take_back=draft is not None and obstacle(draft, Step.TAKE_BACK, actor_of(me), policy, at) is None,
        block=(await block_summaries(session, me, [block], at))[0] if block else None,
        can_block=block is None and bool(number_key(number)),
        block_days=policy.desk.block_days,
    )


async def _dispositions(session: AsyncSession, linkedid: str) -> dict[Disposition, str]:
    """A silent call has no further matter, and the first matter is no further one."""
    of_further = (Disposition.NOTHING_FURTHER, Disposition.ASKED_PROGRESS)
    further = await in_hand_since(session, linkedid) is not None
    of_call = [one for one in Disposition if one is not Disposition.NOTHING_FURTHER]
    return {one: DISPOSITIONS[one] for one in (of_further if further else of_call)}


async def with_progress(
    session: AsyncSession, me: Me, policy: Policy, orders: Sequence[Order], cards: Sequence[KnownOrder], at: dt.datetime
) -> list[KnownOrder]:
    """The cards of these orders, with the progress and the requests of their citizen, who is on the line with `me`."""
    counts = await count_steps(session, [order.id for order in orders], Step.URGE, Step.TELL_PROGRESS)
    of_number = {order.number: order for order in orders}
    return [
        card
        if (order := of_number.get(card.number)) is None
        else card.model_copy(
            update={
                "progress": progress_words(order, policy.city, redactor_of_order(order).text(order.public_answer), at),
                "urged": counts[order.id, Step.URGE],
                "progress_told": counts[order.id, Step.TELL_PROGRESS],
                "can_urge": obstacle(order, Step.URGE, actor_of(me), policy, at) is None,
                "can_supplement": obstacle(order, Step.SUPPLEMENT, actor_of(me), policy, at) is None,
            }
        )
        for card in cards
    ]


async def get_callers_order(session: AsyncSession, me: Me, linkedid: str, number: str) -> Order:
    """An order of the citizen who is on the line with `me`, or was until just now. Raises NotFound for a call that is
    not theirs, and for anybody else's order: neither is disclosed.
    """
    call, order = await get_incoming(session, linkedid), await find_order(session, number.strip().upper())
    key = number_key(call.caller_number)
    secret = order is not None and not may_know(me, confidential=stays_unnamed(order))
    if order is None or secret or linkedid not in me.known.calls or not key or key not in order.phone_keys:
        raise NotFound("没有这张工单，或者它不是来电人的。")
    return order


async def load_similar(
    session: AsyncSession, policy: Policy, linkedid: str, query: SimilarQuery, at: dt.datetime
) -> list[KnownOrder]:
    """Orders that may be the matter in hand. Raises NotFound."""
    await get_incoming(session, linkedid)
    draft = await find_order_in_hand(session, linkedid)
    if draft is not None and draft.state is not State.DRAFT:
        return []
    said = {name: getattr(draft, name) if draft else None for name in SimilarQuery.model_fields}
    if draft is not None:
        said |= await _proposed(session, policy, draft.id, [name for name, value in said.items() if is_empty(value)])
    said |= query.model_dump(exclude_none=True)
    text = "\n".join(part for part in (said["title"], said["matter"]) if part)
    matter = MatterToCompare(said["subject"], said["place_town"], said["place"] or "", text)
    found = await find_duplicates(
        session, policy.city, policy.desk, matter, besides={draft.id} if draft else set(), at=at
    )
    return [
        known_order(
            one.order,
            policy,
            at,
            why=one.why,
            can_join=one.can_join and draft is not None,
            likely=one.likely and draft is not None,
            others=[draft] if draft else [],
        )
        for one in found
    ]


async def _proposed(session: AsyncSession, policy: Policy, order_id: int, empty: Collection[str]) -> dict[str, str]:
    """What was heard for fields in which nobody has put anything. Of codes only what is sure: a wrong subject or town
    would hide the same matter."""
    sure = policy.hearing.sure_from
    return {
        row.field: row.value
        for row in await proposals_of(session, order_id)
        if row.field in empty
        and row.state is ProposalState.OPEN
        and (row.confidence >= sure or row.field not in ("subject", "place_town"))
    }


async def get_incoming(session: AsyncSession, linkedid: str) -> Call:
    """Raises NotFound."""
    call = await session.get(Call, linkedid)
    if call is None:
        raise NotFound("没有这通电话。")
    return call


async def block_summaries(
    session: AsyncSession, me: Me, blocks: Sequence[Block], at: dt.datetime
) -> list[BlockSummary]:
    """Of a number whose citizen wishes to stay unnamed in any order nothing at all is shown to a person who may not
    know.
    """
    owners = await orders_of_numbers(session, [block.number for block in blocks])
    linked = await orders_of(session, [block.linkedid for block in blocks if block.linkedid])
    summaries = []
    for block in blocks:
        of_call = [order for order, _ in linked[block.linkedid or ""]]
        summaries.append(_block_summary(me, block, owners[number_key(block.number)], of_call, at))
    return summaries


def _block_summary(
    me: Me, block: Block, owners: Sequence[Order], of_call: Sequence[Order], at: dt.datetime
) -> BlockSummary:
    """`owners`: of its number; `of_call`: the orders of the call in which it was proposed, whose number may be another
    by now."""
    state = state_of(block, at)
    known = block.linkedid in me.known.calls or any(order.id in me.known.orders for order in owners)
    about = [*owners, *of_call]
    secret = any(stays_unnamed(order) for order in about)
    if secret:
        known = known and may_know(me, confidential=True)
    stranger = not may_know(me, confidential=True)
    typed = stranger and block.linkedid is None
    # What one has typed oneself is shown as it was typed: redacted, it would reveal whose number that is.
    mine = typed and block.proposed_by_id == me.account_id
    decided = stranger and block.decided_by_id == me.account_id
    redactor = _of_typed(owners, block) if typed else redactor_for(me, about, [] if known else [block.number])
    return BlockSummary(
        id=block.id,
        number=_shown(block.number, known=known or mine, secret=secret and not typed),
        state=state,
        state_name=BLOCK_STATES[state],
        reason=block.reason if mine else redactor.text(block.reason),
        days=block.days,
        proposed_at=block.proposed_at,
        proposed_by=block.proposed_by,
        approved_at=block.approved_at,
        approved_by=block.approved_by,
        expires_at=block.expires_at,
        ended_at=block.lifted_at or block.refused_at,
        ended_by=block.lifted_by or block.refused_by,
        decision=block.decision if decided else redactor.text(block.decision),
        linkedid=block.linkedid,
    )


def _of_typed(owners: Sequence[Order], block: Block) -> Redactor:
    """For what somebody typed about a number by hand: to the others it is masked as every number is, whoever's."""
    his = [citizen for order in owners for citizen in citizens_of(order).values()]
    others = [
        replace(one, numbers=frozenset(number for number in one.numbers if block.number_key not in keys_of(number)))
        for one in his
    ]
    return make_redactor([*others, Citizen(numbers=frozenset([block.number]))])


_MOST_EARLIER = 30


async def _orders_of_caller(session: AsyncSession, me: Me, number: str, draft: Order | None) -> list[Order]:
    """An order whose citizen is confidential for `me` must not be found by the number either."""
    secret = may_know(me, confidential=True)
    found = await orders_of_number(session, number, limit=_MOST_EARLIER + 1, secret=secret)
    return [order for order in found if draft is None or order.id != draft.id][:_MOST_EARLIER]


def _number_of(call: Call, draft: Order | None) -> str:
    return call.caller_number or (draft.citizen_phone if draft else "")


def _shown(number: str, *, known: bool, secret: bool) -> str:
    if known:
        return number_words(number)
    return "" if secret else mask_phone(number)


def _name(mine: Sequence[Order], *, known: bool) -> str:
    name = name_of(mine)
    return name if known else mask_name(name)


def _near(draft: Order | None, last: Order | None) -> MatterToCompare:
    """Where and what: as the draft says; as long as it says nothing, where the caller's last matter was."""
    if draft is not None and (draft.place_town or draft.subject):
        return MatterToCompare(draft.subject, draft.place_town, draft.place, f"{draft.title}\n{draft.matter}")
    return MatterToCompare(None, last.place_town, last.place) if last else MatterToCompare()


async def _thrown_out(session: AsyncSession, draft: Order | None, merged: dict[int, Order]) -> str:
    if draft is None or draft.state not in FINAL - {State.CLOSED}:
        return ""
    if draft.state is State.MERGED and (into := merged.get(draft.merged_into_id or 0)):
        return f"已并入 {into.number}：{redactor_of_order(into).text(into.title)}"
    disposition = (await dispositions_of(session, [draft.id])).get(draft.id)
    how = "没有新的诉求" if disposition and Disposition(disposition).in_good_faith else "已作无效处理"
    reason = (await history(session, draft.id))[-1].reason
    return f"{how}：{redactor_of_order(draft).text(reason)}"
