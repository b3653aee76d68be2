"""The screen pop of a call, and what is done from it with one click: throw out, join, take back, propose a block."""

from typing import Any

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from access.visibility.rules import actor_of
from core import clock
from core.database import transaction
from core.errors import Conflict
from dispatch.callbacks.queue import open_requests_of, settle
from dispatch.citizens.redaction import stays_unnamed
from dispatch.orders.drafts import find_order_in_hand
from dispatch.orders.labels import DISPOSITIONS
from dispatch.workflow import Role, State, Step
from telephony.blocking.block_list import propose
from web.desk.pop import get_callers_order, get_incoming, load_pop, load_similar
from web.desk.pop_schemas import (
    AboutOrder,
    Dispose,
    Join,
    PopAnswer,
    ProposeBlock,
    SettleOpenRequest,
    SimilarAnswer,
    SimilarQuery,
    Supplement,
)
from web.http.answers.pages import page
from web.http.answers.rejection import NOTHING_WRONG, REJECTED, Rejection, rejection_of
from web.http.routes import Route, body_of, context_of, me_of, query_of, read
from web.http.schemas import Done
from web.orders.steps.submit import SAME_MATTER, take_on

KNOWS_CALLERS = frozenset({Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR})
TAKES_CALLS = frozenset({Role.AGENT, Role.COORDINATOR})


async def show_pop(request: web.Request) -> web.StreamResponse:
    return await _fragment(request)


async def api_pop(request: web.Request) -> PopAnswer:
    async with context_of(request).sessions() as session:
        return await load_pop(
            session, me_of(request), context_of(request).policy, request.match_info["linkedid"], clock.now()
        )


async def show_similar(request: web.Request) -> web.StreamResponse:
    found = await api_similar(request)
    return page(request, "desk/desk_similar.html", {"found": found.orders, "linkedid": request.match_info["linkedid"]})


async def api_similar(request: web.Request) -> SimilarAnswer:
    query, linkedid = query_of(request, SimilarQuery), request.match_info["linkedid"]
    async with context_of(request).sessions() as session:
        return SimilarAnswer(
            orders=await load_similar(session, context_of(request).policy, linkedid, query, clock.now())
        )


# ── actions ──────────────────────────────────────────────────────────────────────────────────────────────────


async def _dispose(session: AsyncSession, request: web.Request, wanted: Dispose) -> None:
    words = DISPOSITIONS[wanted.disposition]
    reason = f"{words}：{wanted.note.strip()}" if wanted.note.strip() else words
    await _step(session, request, Step.INVALIDATE, {"disposition": wanted.disposition, "reason": reason})


async def _join(session: AsyncSession, request: web.Request, wanted: Join) -> None:
    reason = wanted.reason.strip() or SAME_MATTER
    await _step(session, request, Step.MERGE, {"merged_into": wanted.into.strip().upper(), "reason": reason})


async def _take_back(session: AsyncSession, request: web.Request, wanted: BaseModel) -> None:
    await _step(session, request, Step.TAKE_BACK, {})


async def _tell_progress(session: AsyncSession, request: web.Request, wanted: AboutOrder) -> None:
    await _again(session, request, wanted, Step.TELL_PROGRESS, {})


async def _urge(session: AsyncSession, request: web.Request, wanted: AboutOrder) -> None:
    await _again(session, request, wanted, Step.URGE, {})


async def _supplement(session: AsyncSession, request: web.Request, wanted: Supplement) -> None:
    await _again(session, request, wanted, Step.SUPPLEMENT, {"addition": wanted.addition})


async def _again(
    session: AsyncSession, request: web.Request, wanted: AboutOrder, step: Step, fields: dict[str, Any]
) -> None:
    """A step on an earlier order of the citizen who is on the line."""
    me, linkedid = me_of(request), request.match_info["linkedid"]
    policy, order = context_of(request).policy, await get_callers_order(session, me, linkedid, wanted.number)
    await take_on(session, policy, me, order, step, fields)
    mine = await find_order_in_hand(session, linkedid)
    if stays_unnamed(order) and mine is not None and not mine.confidential:
        # The caller is the one that wishes to stay unnamed on the order: the step's hour leads to this call.
        if mine.state is State.DRAFT:
            await take_on(session, policy, me, mine, Step.FILL_IN, {"confidential": True})
        else:
            reason = f"来电人问起的工单{order.number}要求保密"
            await take_on(session, policy, me, mine, Step.PROMISE_SECRECY, {"reason": reason})


async def _settle_request(session: AsyncSession, request: web.Request, wanted: SettleOpenRequest) -> None:
    call = await get_incoming(session, request.match_info["linkedid"])
    if wanted.id not in [one.id for one in await open_requests_of(session, call.caller_number)]:
        raise Conflict("这个回电刚刚已经办结。")
    await settle(session, wanted.id, actor_of(me_of(request)), "来电人再次来电，已经答复", at=clock.now())


async def _propose_block(session: AsyncSession, request: web.Request, wanted: ProposeBlock) -> None:
    me, rules = me_of(request), context_of(request).policy.desk
    call = await get_incoming(session, request.match_info["linkedid"])
    await propose(
        session,
        number=call.caller_number,
        reason=wanted.reason,
        days=rules.block_days if wanted.days is None else wanted.days,
        longest_days=rules.block_longest_days,
        account_id=me.account_id,
        by=me.display_name,
        at=clock.now(),
        linkedid=call.linkedid,
    )


async def _step(session: AsyncSession, request: web.Request, step: Step, fields: dict[str, Any]) -> None:
    draft = await find_order_in_hand(session, request.match_info["linkedid"])
    if draft is None:
        raise Conflict("电话还没有接通，没有可以处理的工单。接通后会自动建单。")
    if step is not Step.TAKE_BACK and draft.state is not State.DRAFT:
        raise Conflict("这通电话的工单已经登记或处理过，请打开工单办理。")
    await take_on(session, context_of(request).policy, me_of(request), draft, step, fields)


COMMANDS: dict[str, tuple[Any, type[BaseModel]]] = {
    "disposition": (_dispose, Dispose),
    "join": (_join, Join),
    "take-back": (_take_back, Done),
    "block": (_propose_block, ProposeBlock),
    "tell-progress": (_tell_progress, AboutOrder),
    "urge": (_urge, AboutOrder),
    "supplement": (_supplement, Supplement),
    "settle-request": (_settle_request, SettleOpenRequest),
}
"""Path's last part → what it does, and what it takes."""


async def submit_command(request: web.Request) -> web.StreamResponse:
    """From the fragment's own buttons: done or refused, the pop comes back as it now is."""
    command, shape = COMMANDS[request.match_info["command"]]
    sent = {name: str(value) for name, value in (await request.post()).items() if name in shape.model_fields and value}
    try:
        wanted = read(shape, sent)
        async with transaction(context_of(request).sessions) as session:
            await command(session, request, wanted)
    except REJECTED as error:
        return await _fragment(request, rejection_of(error))
    return await _fragment(request)


async def api_command(request: web.Request) -> PopAnswer:
    name = request.path.rsplit("/", 1)[1]
    command, shape = COMMANDS[name]
    wanted = Done() if shape is Done else body_of(request, shape)
    async with transaction(context_of(request).sessions) as session:
        await command(session, request, wanted)
    return await api_pop(request)


async def _fragment(request: web.Request, rejected: Rejection = NOTHING_WRONG) -> web.StreamResponse:
    context = {
        "pop": await api_pop(request),
        "block_longest_days": context_of(request).policy.desk.block_longest_days,
        "refused": rejected.sentence,
        "at": clock.now(),
    }
    return page(request, "desk/desk_pop.html", context, status=rejected.status)


_CALL = "/desk/calls/{linkedid}"
_API = "/api/calls/{linkedid}"
ROUTES = [
    Route("GET", f"{_CALL}/pop", "desk_pop", show_pop, KNOWS_CALLERS),
    Route("GET", f"{_CALL}/similar", "desk_similar", show_similar, TAKES_CALLS, query=SimilarQuery),
    Route("POST", _CALL + "/{command:" + "|".join(COMMANDS) + "}", "desk_command", submit_command, TAKES_CALLS),
    Route(
        "GET", f"{_API}/pop", "get_pop", api_pop, KNOWS_CALLERS,
        says="来电弹屏：号码、来过几次、以前和附近的工单", answer=PopAnswer,
    ),
    Route(
        "GET", f"{_API}/similar", "get_similar", api_similar, TAKES_CALLS,
        says="可能是同一件事的工单", query=SimilarQuery, answer=SimilarAnswer,
    ),
    Route(
        "POST", f"{_API}/disposition", "dispose_call", api_command, TAKES_CALLS,
        says="无声、打错、骚扰、辱骂电话：草稿作无效处理", body=Dispose, answer=PopAnswer,
    ),
    Route(
        "POST", f"{_API}/join", "join_order", api_command, TAKES_CALLS,
        says="并入同一件事的工单，诉求人成为关注人", body=Join, answer=PopAnswer,
    ),
    Route(
        "POST", f"{_API}/take-back", "take_back_draft", api_command, TAKES_CALLS,
        says="撤回：草稿恢复待登记", answer=PopAnswer,
    ),
    Route(
        "POST", f"{_API}/block", "propose_block", api_command, TAKES_CALLS,
        says="建议屏蔽这个号码", body=ProposeBlock, answer=PopAnswer,
    ),
    Route(
        "POST", f"{_API}/tell-progress", "tell_progress", api_command, TAKES_CALLS,
        says="来电人问起以前的工单：已答复进度", body=AboutOrder, answer=PopAnswer,
    ),
    Route(
        "POST", f"{_API}/urge", "urge_order", api_command, TAKES_CALLS,
        says="来电人催办以前的工单", body=AboutOrder, answer=PopAnswer,
    ),
    Route(
        "POST", f"{_API}/supplement", "supplement_order", api_command, TAKES_CALLS,
        says="来电人补充以前的工单", body=Supplement, answer=PopAnswer,
    ),
    Route(
        "POST", f"{_API}/settle-request", "settle_request_of_call", api_command, TAKES_CALLS,
        says="来电人就是要求回电的人，不用再回电", body=SettleOpenRequest, answer=PopAnswer,
    ),
]  # fmt: skip
