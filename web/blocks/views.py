"""The block list: numbers, reasons, until when; approved, refused and lifted by the supervisor."""

from aiohttp import web

from access.visibility.reporter_guesses import Written, queue_guess_check_in
from core import clock
from core.database import transaction
from core.errors import BadInput, Conflict
from core.instants import Whole
from dispatch.workflow import Role
from telephony.blocking.block_list import BlockState, approve, lift, list_blocks, propose, refuse
from web.desk.pop import block_summaries
from web.desk.pop_schemas import BlocksAnswer, BlockSummary, DecideProposal
from web.http.answers.pages import page
from web.http.answers.rejection import NOTHING_WRONG, Rejection, rejection_of
from web.http.routes import Route, body_of, context_of, id_in, me_of, read
from web.http.schemas import Line, Message

READS = frozenset({Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR})
DECIDES = frozenset({Role.SUPERVISOR})
DECISIONS = ("approve", "refuse", "lift")


class BlockRequest(Message):
    """A number that a supervisor enters by hand."""

    number: Line
    reason: Line
    days: Whole | None = None


async def api_blocks(request: web.Request) -> BlocksAnswer:
    at = clock.now()
    async with context_of(request).sessions() as session:
        rows = await list_blocks(session)
        return BlocksAnswer(blocks=await block_summaries(session, me_of(request), rows, at))


async def show_blocks(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def submit_decision(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    try:
        await _decide(request, str(sent.get("why", "")))
    except (BadInput, Conflict) as error:
        return await _page(request, rejection_of(error))
    raise web.HTTPSeeOther("/blocks")


async def api_decide(request: web.Request) -> BlockSummary:
    return await _decide(request, body_of(request, DecideProposal).why)


async def submit_block(request: web.Request) -> web.StreamResponse:
    sent = {name: str(value) for name, value in (await request.post()).items() if value}
    try:
        await _block(request, read(BlockRequest, sent))
    except (BadInput, Conflict) as error:
        return await _page(request, rejection_of(error), sent)
    raise web.HTTPSeeOther("/blocks")


async def api_block(request: web.Request) -> BlockSummary:
    return await _block(request, body_of(request, BlockRequest))


async def _block(request: web.Request, wanted: BlockRequest) -> BlockSummary:
    """A person who may approve need not propose first."""
    me, rules, at = me_of(request), context_of(request).policy.desk, clock.now()
    async with transaction(context_of(request).sessions) as session:
        block = await propose(
            session,
            number=wanted.number,
            reason=wanted.reason,
            days=rules.block_days if wanted.days is None else wanted.days,
            longest_days=rules.block_longest_days,
            account_id=me.account_id,
            by=me.display_name,
            at=at,
        )
        await approve(session, block.id, by=me.display_name, at=at)
        await queue_guess_check_in(session, Written.BLOCK, block.id)
        return (await block_summaries(session, me, [block], at))[0]


async def _decide(request: web.Request, why: str) -> BlockSummary:
    me, at, block_id = me_of(request), clock.now(), id_in(request)
    decision = request.path.rsplit("/", 1)[1]
    async with transaction(context_of(request).sessions) as session:
        if decision == "approve":
            block = await approve(session, block_id, by=me.display_name, at=at)
        else:
            handler = refuse if decision == "refuse" else lift
            block = await handler(session, block_id, account_id=me.account_id, by=me.display_name, why=why, at=at)
            await queue_guess_check_in(session, Written.BLOCK, block.id)
        return (await block_summaries(session, me, [block], at))[0]


async def _page(
    request: web.Request, refused: Rejection = NOTHING_WRONG, typed: dict[str, str] | None = None
) -> web.StreamResponse:
    blocks = (await api_blocks(request)).blocks
    context = {
        "waiting": [block for block in blocks if block.state is BlockState.PROPOSED],
        "in_force": [block for block in blocks if block.state is BlockState.IN_FORCE],
        "over": [block for block in blocks if block.state not in (BlockState.PROPOSED, BlockState.IN_FORCE)],
        "decides": me_of(request).role in DECIDES,
        "refused": refused.sentence,
        "typed": typed or {},
        "rules": context_of(request).policy.desk,
    }
    return page(request, "blocks/blocks.html", context, status=refused.status)


_DECISION = "/{decision:" + "|".join(DECISIONS) + "}"
ROUTES = [
    Route("GET", "/blocks", "blocks", show_blocks, READS),
    Route("POST", "/blocks", "submit_block", submit_block, DECIDES),
    Route("POST", r"/blocks/{id:\d+}" + _DECISION, "submit_block_decision", submit_decision, DECIDES),
    Route("GET", "/api/blocks", "list_blocks", api_blocks, READS, says="屏蔽名单", answer=BlocksAnswer),
    Route(
        "POST", "/api/blocks", "block_number", api_block, DECIDES,
        says="屏蔽一个号码", body=BlockRequest, answer=BlockSummary, status=201,
    ),
    *(
        Route(
            "POST", r"/api/blocks/{id:\d+}/" + decision, f"{decision}_block", api_decide, DECIDES,
            says=says, body=DecideProposal, answer=BlockSummary,
        )
        for decision, says in (("approve", "批准屏蔽"), ("refuse", "不批准屏蔽"), ("lift", "提前解除屏蔽"))
    ),
]  # fmt: skip
