"""回访: the citizen's own page behind a link, who is to be called, and what an order's citizens said."""

from typing import Any

from aiohttp import web

from access.calls.command_requests import CallRequest, ask_call_out
from access.visibility.orders import get_visible_order
from core import clock
from core.database import transaction
from core.errors import BadInput, Conflict, HotlineError, NotAllowed, NotFound
from core.links import link_key, read_link
from dispatch.jobs.ask_citizens import LINK_PATH, answer_by_link, get_round
from dispatch.orders.models import Order
from dispatch.workflow import Role
from web.calls.dialling import chosen_number, pbx_of, refusals_reported
from web.follow_up.presenter import (
    Answers,
    OrderFollowUpAnswer,
    ToCallsAnswer,
    asked_about,
    order_follow_up,
    to_calls,
)
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, read
from web.http.sockets.listeners import listener_of

READS = frozenset({Role.COORDINATOR, Role.SUPERVISOR})
CALLS = frozenset({Role.COORDINATOR})
_QUESTIONS = (
    ("citizen_answered", "有没有给您答复？", "有", "没有"),
    ("citizen_solved", "事情解决了吗？", "解决了", "没有解决"),
    ("citizen_satisfied", "您满意吗？", "满意", "不满意"),
)
_LONGEST = 500


async def show_link(request: web.Request) -> web.StreamResponse:
    """Looking at it uses nothing up: telephones open links by themselves to show what is behind."""
    try:
        about = _read(request)
        async with context_of(request).sessions() as session:
            _, order = await get_round(session, about)
    except (NotAllowed, Conflict, NotFound) as error:
        return _over(request, error)
    return _form(request, order)


async def submit_link(request: web.Request) -> web.StreamResponse:
    sent = {name: str(value) for name, value in (await request.post()).items()}
    app_context = context_of(request)
    try:
        about = _read(request)
        async with app_context.sessions() as session:
            _, order = await get_round(session, about)
        if wrong := _wrong(sent):
            return _form(request, order, sent, wrong)
        answers = read(Answers, {**{name: sent[name] == "yes" for name, *_ in _QUESTIONS}, "reason": sent["said"]})
        async with transaction(app_context.sessions) as session:
            await answer_by_link(session, app_context.policy, about, answers.model_dump(), at=clock.now())
    except (NotAllowed, Conflict, NotFound) as error:
        return _over(request, error, said=sent.get("said", "").strip())
    except BadInput as error:
        return _form(request, order, sent, {"said": "".join(error.fields.values()) or error.message})
    sentence = "谢谢您的评价。" if answers.citizen_solved else "谢谢您。这件事将重新办理，有结果会再告诉您。"
    return _page(request, {"sentence": sentence, "good": True})


def _read(request: web.Request) -> int:
    return read_link(link_key(context_of(request).settings), LINK_PATH, request.match_info["token"], clock.now())


def _wrong(sent: dict[str, str]) -> dict[str, str]:
    """Field → what is missing. The words may be left out, not the answers."""
    wrong = {name: "请选一项。" for name, *_ in _QUESTIONS if sent.get(name) not in ("yes", "no")}
    sent.setdefault("said", "")
    if len(sent["said"]) > _LONGEST:
        wrong["said"] = f"最多{_LONGEST}个字。"
    return wrong


def _over(request: web.Request, error: HotlineError, *, said: str = "") -> web.StreamResponse:
    line = context_of(request).settings.pbx.line_number
    sentence = f"{error.message}如果事情没有解决，请拨打{line}，说出工单号就可以。"
    return _page(request, {"sentence": sentence, "good": False, "said": said}, status=410)


def _form(
    request: web.Request, order: Order, sent: dict[str, str] | None = None, wrong: dict[str, str] | None = None
) -> web.StreamResponse:
    context = {
        "order": asked_about(order),
        "questions": _QUESTIONS,
        "sent": sent or {},
        "wrong": wrong or {},
        "longest": _LONGEST,
    }
    return _page(request, context | {"sentence": ""}, status=422 if wrong else 200)


def _page(request: web.Request, context: dict[str, Any], *, status: int = 200) -> web.StreamResponse:
    return page(request, "follow_up/follow_up_link.html", context, status=status)


async def api_to_call(request: web.Request) -> ToCallsAnswer:
    async with context_of(request).sessions() as session:
        return await to_calls(session, me_of(request))


async def show_to_call(request: web.Request) -> web.StreamResponse:
    context = {"answer": await api_to_call(request), "calls": me_of(request).role in CALLS}
    return page(request, "follow_up/follow_ups.html", context)


async def submit_call(request: web.Request) -> web.StreamResponse:
    """Rings the coordinator's telephone, then the citizen's; recorded on the order, where the answer is entered."""
    me, number = me_of(request), request.match_info["number"]
    wanted = CallRequest(to="citizen", which=await chosen_number(request), reason="电话回访办理结果")
    async with refusals_reported(request), transaction(context_of(request).sessions) as session:
        order = await get_visible_order(session, me, number)
        await ask_call_out(session, me, order, wanted, listener_of(request), place=request.path, pbx=pbx_of(request))
    raise web.HTTPSeeOther(f"/orders/{number}#record_follow_up")


async def api_order_follow_up(request: web.Request) -> OrderFollowUpAnswer:
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        return await order_follow_up(session, me_of(request), order)


async def show_order_follow_up(request: web.Request) -> web.StreamResponse:
    return page(request, "orders/order_follow_up.html", {"follow_up": await api_order_follow_up(request)})


ROUTES = [
    Route("GET", "/follow-up/{token}", "follow_up_link", show_link, None),
    Route("POST", "/follow-up/{token}", "submit_follow_up_link", submit_link, None),
    Route("GET", "/follow-ups", "follow_ups", show_to_call, READS),
    Route("POST", "/follow-ups/{number}/call", "submit_follow_up_call", submit_call, CALLS),
    Route(
        "GET", "/api/follow-ups", "list_follow_ups", api_to_call, READS,
        says="等人打电话回访的工单", answer=ToCallsAnswer,
    ),
    Route("GET", "/orders/{number}/follow-up", "order_follow_up", show_order_follow_up, READS),
    Route(
        "GET", "/api/orders/{number}/follow-up", "get_follow_up", api_order_follow_up, READS,
        says="一张工单的回访：时间、首次和最终评价、其间单位与诉求人的通话", answer=OrderFollowUpAnswer,
    ),
]  # fmt: skip
