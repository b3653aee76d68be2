"""What takes two people: asking, the list for those who decide, and the decision."""

from aiohttp import web

from access.visibility.orders import get_visible_order
from access.visibility.reporter_guesses import Written, queue_guess_check_in
from access.visibility.rules import actor_of
from core import clock
from core.database import transaction
from core.errors import Conflict, HotlineError
from dispatch.approvals.models import Decision
from dispatch.approvals.secrecy import LIFT_SECRECY
from dispatch.approvals.step_for_two import approvals_of, ask, decide, is_open
from dispatch.orders.models import Order
from web.approvals.presenter import (
    ASKS,
    DECIDES,
    RULES,
    ApprovalAnswer,
    ApprovalRequest,
    ApprovalsAnswer,
    DecisionRequest,
    approval_answers,
    list_approvals,
)
from web.http.answers.pages import page, part_or_page
from web.http.answers.rejection import NOTHING_WRONG, Rejection, rejection_of
from web.http.routes import Route, body_of, context_of, id_in, me_of, read

DECISIONS = {
    "approve": Decision.APPROVED,
    "refuse": Decision.REFUSED,
    "withdraw": Decision.WITHDRAWN,
}


async def api_approvals(request: web.Request) -> ApprovalsAnswer:
    async with context_of(request).sessions() as session:
        return await list_approvals(session, me_of(request), clock.now())


async def show_approvals(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def api_decide(request: web.Request) -> ApprovalAnswer:
    return await _decide(request, body_of(request, DecisionRequest).note)


async def submit_decision(request: web.Request) -> web.StreamResponse:
    try:
        await _decide(request, read(DecisionRequest, {"note": str((await request.post()).get("note", ""))}).note)
    except HotlineError as error:
        return await _page(request, rejection_of(error))
    raise web.HTTPSeeOther("/approvals")


async def api_ask_lift(request: web.Request) -> ApprovalAnswer:
    return await _ask_lift(request, body_of(request, ApprovalRequest).reason)


async def submit_ask_lift(request: web.Request) -> web.StreamResponse:
    await _ask_lift(request, read(ApprovalRequest, {"reason": str((await request.post()).get("reason", ""))}).reason)
    raise web.HTTPSeeOther(f"/orders/{request.match_info['number']}")


async def show_secrecy(request: web.Request) -> web.StreamResponse:
    """On a confidential order: what was asked about its secrecy, and the form for asking."""
    me, at = me_of(request), clock.now()
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        rows = await approvals_of(session, LIFT_SECRECY.kind, order.number)
        context = {
            "order": order,
            "approvals": await approval_answers(session, me, rows, at),
            "may_ask": me.role in ASKS and order.confidential and not any(is_open(row, at) for row in rows),
        }
    return page(request, "disclosures/order_secrecy.html", context)


async def _decide(request: web.Request, note: str) -> ApprovalAnswer:
    app_context, me, at = context_of(request), me_of(request), clock.now()
    decision = DECISIONS[request.match_info.get("decision") or request.path.rsplit("/", 1)[1]]
    async with transaction(app_context.sessions) as session:
        row = await decide(session, app_context.policy, RULES, id_in(request), decision, actor_of(me), note=note, at=at)
        await queue_guess_check_in(session, Written.DECISION, row.id)
        (answer,) = await approval_answers(session, me, [row], at)
    return answer


async def _ask_lift(request: web.Request, reason: str) -> ApprovalAnswer:
    me, at = me_of(request), clock.now()
    async with transaction(context_of(request).sessions) as session:
        order: Order = await get_visible_order(session, me, request.match_info["number"])
        if not order.confidential:
            raise Conflict("这张工单没有标明“要求保密”。")
        row = await ask(session, LIFT_SECRECY, actor_of(me), order.number, reason=reason, at=at)
        (answer,) = await approval_answers(session, me, [row], at)
    return answer


async def _page(request: web.Request, refused: Rejection = NOTHING_WRONG) -> web.StreamResponse:
    answer = await api_approvals(request)
    context = {
        "waiting": [one for one in answer.approvals if one.may_decide],
        "mine": [one for one in answer.approvals if one.may_withdraw],
        "others": [one for one in answer.approvals if not one.may_decide and not one.may_withdraw],
        "refused": refused.sentence,
    }
    if refused is not NOTHING_WRONG:
        return page(request, "approvals/approvals.html", context, status=refused.status)
    return part_or_page(request, "approvals/approvals_list.html", "approvals/approvals.html", context)


_DECISION = "/{decision:" + "|".join(DECISIONS) + "}"
ROUTES = [
    Route("GET", "/approvals", "approvals", show_approvals, DECIDES | ASKS),
    Route("POST", r"/approvals/{id:\d+}" + _DECISION, "submit_approval_decision", submit_decision, DECIDES | ASKS),
    Route("GET", "/orders/{number}/secrecy", "order_secrecy", show_secrecy, DECIDES | ASKS),
    Route("POST", "/orders/{number}/lift-secrecy", "submit_ask_lift_secrecy", submit_ask_lift, ASKS),
    Route(
        "GET", "/api/approvals", "list_approvals", api_approvals, DECIDES | ASKS,
        says="须由另一人决定的申请，新的在前", answer=ApprovalsAnswer,
    ),
    Route(
        "POST", "/api/orders/{number}/lift-secrecy", "ask_lift_secrecy", api_ask_lift, ASKS,
        says="申请解除一张工单的举报人保密（由另一人批准）", body=ApprovalRequest, answer=ApprovalAnswer, status=201,
    ),
    *(
        Route(
            "POST", r"/api/approvals/{id:\d+}/" + decision, f"{decision}_approval", api_decide, roles,
            says=says, body=DecisionRequest, answer=ApprovalAnswer,
        )
        for decision, says, roles in (
            ("approve", "批准申请", DECIDES),
            ("refuse", "不批准申请", DECIDES),
            ("withdraw", "撤回自己的申请", DECIDES | ASKS),
        )
    ),
]  # fmt: skip
