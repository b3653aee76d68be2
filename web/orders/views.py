"""Work orders: the list, one order, and the steps that are taken on it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiMapping
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import EVERYBODY
from access.accounts.sessions import Me
from access.visibility.asked_numbers import KNOWS_PHONES
from access.visibility.calls import may_hear, orders_of, redactor_of_call
from access.visibility.orders import get_visible_order
from access.visibility.rules import actor_of, kept_from, may_know
from core import clock
from core.database import transaction
from core.errors import NotAllowed, NotFound
from dispatch.assignments.assign import Sign, seen
from dispatch.orders.labels import WAITINGS
from dispatch.orders.listing import MOST_COUNTED
from dispatch.orders.models import Order
from dispatch.orders.step_fields import Fields
from dispatch.orders.unsent_texts import texts_of
from dispatch.orders.work_queues import count_waiting, may_ask_for
from dispatch.policy import Policy
from dispatch.routing.office_evidence import load_proposals
from dispatch.routing.office_proposal import OfficeProposal
from dispatch.steps.labels import STEPS
from dispatch.workflow import Step, steps_open_to
from telephony.calls.models import Call
from web.calls.presenter import recording_answer, recordings_of
from web.calls.schemas import CallSummary, RecordingAnswer
from web.http.answers.pages import page, part_or_page
from web.http.answers.rejection import REJECTED, rejection_of
from web.http.routes import Route, body_of, context_of, me_of, query_of
from web.orders.cards import decisions, dues, kind_name, pieces_of, place_words
from web.orders.lists.chips import chips_of
from web.orders.lists.found_where import find_words
from web.orders.lists.kept_list import KeptList, find_neighbours, parse_list
from web.orders.lists.listing import count_found, list_orders, sort_of
from web.orders.lists.page_links import orders_address
from web.orders.lists.rows import order_rows
from web.orders.lists.saved_filters import filters_of
from web.orders.presenter import order_answer, order_summary
from web.orders.review import review_of
from web.orders.schemas import OrderAnswer, OrdersAnswer, OrdersQuery, OrderSummary, TakeStep
from web.orders.steps.bulk import asked_of_many, bulk_steps
from web.orders.steps.open_requests import open_requests
from web.orders.steps.rejected_forms import RejectedForm, show_forms
from web.orders.steps.step_forms import step_forms
from web.orders.steps.step_views import STEP_VIEWS
from web.orders.steps.submit import Form, join_typed, step_in, take, writer_of
from web.orders.steps.unsent import with_unsent
from web.orders.timeline import timeline
from web.orders.timeline_sources import load_beside

_NUMBER = re.compile(r"[A-Z]{1,4}[0-9-]{8,24}", re.ASCII)
PARTS = ("status", "story", "assignments", "actions", "recordings", "citizen")
"""Pieces of the order's page that are fetched again by themselves."""


_LOOK_FIRST = "诉求人要求保密，说明理由查看诉求人后，才能收听。"
_CLOSED = "诉求人要求保密，这段录音不对您开放。"


@dataclass(frozen=True)
class CallToHear:
    """A call of the order with what may be heard of it."""

    call: CallSummary
    recordings: list[RecordingAnswer]
    hidden: str = ""
    """Why there may be recordings, but not for this person; empty: what there is, is shown."""


async def show_orders(request: web.Request) -> web.StreamResponse:
    query, policy, at = query_of(request, OrdersQuery), context_of(request).policy, clock.now()
    me = me_of(request)
    async with context_of(request).sessions() as session:
        found = await list_orders(session, me, query)
        rows = await order_rows(session, me, policy, found.orders, at)
        where = await find_words(session, me, found.orders, query.q)
        rows = [replace(row, found=where.get(row.card.order.number)) for row in rows]
        count = await count_found(session, me, query)
        waiting = await count_waiting(session, me.role, at=at)
        kept = await filters_of(session, me)
    here = query.model_dump(mode="json", exclude_defaults=True)
    filters = {name: value for name, value in here.items() if name not in ("after", "before")}
    context = {
        "rows": rows,
        "count": count,
        "most_counted": MOST_COUNTED,
        "waiting": waiting,
        "queues": [(one, words) for one, words in WAITINGS.items() if may_ask_for(one, me.role)],
        "query": query,
        "filters": filters,
        "chips": chips_of(filters, policy.city),
        "here": orders_address(here, None).partition("?")[2],
        "next": found.next,
        "previous": found.previous,
        "kept": kept,
        "many": (many := bulk_steps(me.role)),
        "asked_of_many": asked_of_many(step for step, _ in many),
        "finds_phones": me.role in KNOWS_PHONES,
        "sort": sort_of(query),
    }
    return part_or_page(request, "orders/orders_list.html", "orders/orders.html", context)


async def show_order(request: web.Request) -> web.StreamResponse:
    """An office that opens its order acknowledges the assignment: whoever reads it has it. A crew has to say that it
    goes."""
    me = me_of(request)
    async with transaction(context_of(request).sessions) as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        await seen(session, order.id, actor_of(me), Sign.OPENED, at=clock.now())
        return await _page(request, session, order.number, kept=parse_list(request.query.get("in", "")))


async def show_part(request: web.Request) -> web.StreamResponse:
    part, kept = request.match_info["part"], parse_list(request.query.get("in", ""))
    async with context_of(request).sessions() as session:
        return await _page(
            request, session, request.match_info["number"], template=f"orders/order_{part}.html", kept=kept
        )


async def submit_step(request: web.Request) -> web.StreamResponse:
    """A step's form. Refused: the page again, with what was typed and what is wrong."""
    number, step, sent = request.match_info["number"], step_in(request), await request.post()
    kept, of_row = parse_list(str(sent.get("in", ""))), sent.get("back") == "row"
    try:
        following = await _following(request, kept, number) if sent.get("go") == "next" else None
        if into := str(sent.get("join", "")).strip().upper():
            await join_typed(context_of(request), me_of(request), number, into, sent)
            number = into
        else:
            await take(context_of(request), me_of(request), number, step, Form(sent))
    except REJECTED as error:
        why = rejection_of(error)
        async with context_of(request).sessions() as session:
            if of_row and "HX-Request" in request.headers:
                return await _row(request, session, number, kept, sent, why.sentence)
            return await _page(request, session, number, rejected=RejectedForm(step, sent, why), kept=kept)
    if of_row and "HX-Request" in request.headers:
        async with context_of(request).sessions() as session:
            return await _row(request, session, number, kept, sent)
    if kept is not None and (of_row or sent.get("go") == "next"):
        raise web.HTTPSeeOther(kept.order(following, done=number) if following else f"{kept.address}#at-{number}")
    if kept is not None and "back" not in sent:
        raise web.HTTPSeeOther(kept.order(number))
    raise web.HTTPSeeOther(_back(str(sent.get("back", "")), number))


async def _following(request: web.Request, kept: KeptList | None, number: str) -> str | None:
    """The next order of the list, as it stands before the step is taken."""
    if kept is None:
        return None
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me_of(request), number)
        return (await find_neighbours(session, me_of(request), kept, order)).next


async def _row(
    request: web.Request,
    session: AsyncSession,
    number: str,
    kept: KeptList | None,
    sent: MultiMapping[Any],
    wrong: str = "",
) -> web.StreamResponse:
    """The order's row of the list after a step that was taken there."""
    me, policy = me_of(request), context_of(request).policy
    order = order_summary(await get_visible_order(session, me, number))
    (row,) = await order_rows(session, me, policy, [order], clock.now())
    if wrong and not row.dispatches:
        # A colleague was quicker: there is nothing to look at and to press again.
        wrong = f"没有再派：工单已经是“{order.state_name}”。"
    row = replace(row, wrong=wrong, typed=str(sent.get("lead_office_code", "")), done=not wrong)
    context = {"row": row, "here": kept.typed if kept else ""}
    return page(request, "orders/orders_row.html", context, status=422 if wrong else 200)


async def api_orders(request: web.Request) -> OrdersAnswer:
    async with context_of(request).sessions() as session:
        return await list_orders(session, me_of(request), query_of(request, OrdersQuery))


async def api_order(request: web.Request) -> OrderAnswer:
    me = me_of(request)
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        return await order_answer(session, context_of(request).policy, me, order, at=clock.now())


async def api_fill_in(request: web.Request) -> OrderAnswer:
    return await _api_take(request, Step.FILL_IN)


async def api_step(request: web.Request) -> OrderAnswer:
    return await _api_take(request, step_in(request))


async def _api_take(request: web.Request, step: Step) -> OrderAnswer:
    body = body_of(request, TakeStep)
    given = {name: getattr(body, name) for name in body.model_fields_set & Fields.model_fields.keys()}
    await take(context_of(request), me_of(request), request.match_info["number"], step, given, version=body.version)
    return await api_order(request)


async def _page(
    request: web.Request,
    session: AsyncSession,
    number: str,
    *,
    template: str = "orders/order.html",
    rejected: RejectedForm | None = None,
    kept: KeptList | None = None,
) -> web.StreamResponse:
    me, policy, at = me_of(request), context_of(request).policy, clock.now()
    order = await get_visible_order(session, me, number)
    answer = await order_answer(session, policy, me, order, at=at)
    proposals = await _proposals(session, policy, me, order, answer)
    if kept is not None:
        kept = await find_neighbours(session, me, kept, order)
    forms = step_forms(answer.open_steps, answer.model_dump(), policy, proposals)
    forms = with_unsent(
        forms, await texts_of(session, order.id, writer_of(me), at=at), rejected.step if rejected else None
    )
    shown = show_forms(forms, rejected, policy.city, lambda step: _closed(answer, step))
    context = {
        "order": answer,
        "order_id": order.id,
        "kind": kind_name(answer.kind, answer.urgency),
        "place": place_words(answer, policy.city),
        "dues": dues(answer, policy, at),
        "decisions": decisions(answer, policy, at),
        "marked": answer.replies[-1] if answer.replies and answer.replies[-1].marks else None,
        "pieces_of": pieces_of,
        "review": await review_of(policy, me, answer),
        "asked": open_requests(answer),
        "forms": shown.forms,
        "impossible": shown.impossible,
        "unsent_step": shown.step,
        "unsent": shown.unsent,
        "story": timeline(answer, policy.city, await load_beside(session, policy.city, order, me)),
        "heard": (heard := await _heard(session, me, answer)),
        "sounds": {one.call.linkedid: [row for row in one.recordings if row.audio] for one in heard},
        "at": at,
        "kept": kept,
        "in_list": f"?{urlencode({'in': kept.typed})}" if kept else "",
        "done": await _done(session, me, request.query.get("done", "")),
    }
    return page(request, template, context, status=shown.status)


async def _proposals(
    session: AsyncSession, policy: Policy, me: Me, order: Order, answer: OrderAnswer
) -> Sequence[OfficeProposal]:
    """The offices proposed in the forms that `me` has. The reasons, which name others' orders, are for dispatchers."""
    steps = steps_open_to(order.state, me.role)
    if not any(STEP_VIEWS[step].proposes for step in steps) or kept_from(me, order):
        return ()
    found = (await load_proposals(session, policy.city, policy.dispatch, [answer]))[answer.number]
    dispatches = Step.DISPATCH in steps or Step.REDISPATCH in steps
    return found if dispatches else [replace(one, why="") for one in found]


async def _done(session: AsyncSession, me: Me, number: str) -> OrderSummary | None:
    """The order that was taken on just before this one."""
    try:
        return order_summary(await get_visible_order(session, me, number)) if number else None
    except (NotFound, NotAllowed):
        return None


def _closed(order: OrderAnswer, step: Step) -> str:
    """Why the step cannot be taken now."""
    why = next((one.why for one in order.closed_steps if one.step is step), None)
    return f"{STEPS[step]}：{why}" if why else f"工单现在是“{order.state_name}”，不能{STEPS[step]}。"


async def _heard(session: AsyncSession, me: Me, order: OrderAnswer) -> list[CallToHear]:
    linkedids = [call.linkedid for call in order.calls]
    recordings, linked = await recordings_of(session, linkedids), await orders_of(session, linkedids)
    heard = []
    for call in order.calls:
        row, about = await session.get_one(Call, call.linkedid), linked[call.linkedid]
        if not await may_hear(session, me, row, about):
            heard.append(CallToHear(call, [], _LOOK_FIRST if may_know(me, confidential=True) else _CLOSED))
            continue
        redactor = await redactor_of_call(session, me, row, about)
        heard.append(CallToHear(call, [recording_answer(one, redactor) for one in recordings[call.linkedid]]))
    return heard


def _back(wanted: str, number: str) -> str:
    """Where a step that was taken from another page leads back to: the inbox, or another order's page."""
    if wanted == "inbox":
        return "/inbox"
    return f"/orders/{wanted}" if _NUMBER.fullmatch(wanted) else f"/orders/{number}"


ROUTES = [
    Route("GET", "/orders", "orders", show_orders, EVERYBODY, query=OrdersQuery),
    Route("GET", "/orders/{number}", "order", show_order, EVERYBODY),
    Route("GET", "/orders/{number}/{part:" + "|".join(PARTS) + "}", "order_part", show_part, EVERYBODY),
    Route("POST", "/orders/{number}/steps/{step}", "submit_step", submit_step, EVERYBODY),
    Route(
        "GET", "/api/orders", "list_orders", api_orders, EVERYBODY,
        says="工单列表，可查找", query=OrdersQuery, answer=OrdersAnswer,
    ),
    Route("GET", "/api/orders/{number}", "get_order", api_order, EVERYBODY, says="一张工单", answer=OrderAnswer),
    Route(
        "PATCH", "/api/orders/{number}", "fill_in_order", api_fill_in, EVERYBODY,
        says="填写工单", body=TakeStep, answer=OrderAnswer,
    ),
    Route(
        "POST", "/api/orders/{number}/steps/{step}", "take_step", api_step, EVERYBODY,
        says="办理一步", body=TakeStep, answer=OrderAnswer,
    ),
]  # fmt: skip
