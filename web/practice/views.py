"""Practice mode (练习): a new agent takes made-up calls at their own desk and sees what the form should have held."""

from aiohttp import web

from core import clock
from core.database import transaction
from core.errors import BadInput, Conflict
from dispatch.workflow import Role
from web.desk.draft_form import ProposalsAnswer
from web.http.answers.pages import page
from web.http.answers.rejection import NOTHING_WRONG, Rejection, rejection_of
from web.http.routes import Route, context_of, id_in, me_of
from web.http.schemas import Done
from web.practice.presenter import (
    ask_to_ring,
    begin_run,
    form_fields,
    get_run,
    hand_in,
    judged_fields,
    load_runs,
    not_registered,
    trainees,
)
from web.practice.speech import proposals_for, said_so_far

PRACTISE = frozenset({Role.AGENT, Role.SUPERVISOR})
"""Agents themselves; supervisors for any of them."""
_RUN = "/practice/{id:[0-9]+}"


async def show_practice(request: web.Request) -> web.StreamResponse:
    return await _overview(request)


async def submit_begin(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    me, app_context = me_of(request), context_of(request)
    try:
        async with transaction(app_context.sessions) as session:
            code, extension = str(sent.get("script", "")), str(sent.get("extension", ""))
            run = await begin_run(session, app_context.policy, me, code, extension)
    except (BadInput, Conflict) as error:
        return await _overview(request, rejection_of(error))
    raise web.HTTPSeeOther(f"/desk?practice={run.id}" if me.role is Role.AGENT else "/practice")


async def api_ring(request: web.Request) -> Done:
    async with transaction(context_of(request).sessions) as session:
        await ask_to_ring(session, me_of(request), id_in(request))
    return Done()


async def _overview(request: web.Request, refused: Rejection = NOTHING_WRONG) -> web.StreamResponse:
    me, app_context = me_of(request), context_of(request)
    async with app_context.sessions() as session:
        context = {
            "scripts": sorted(app_context.policy.practice.values(), key=lambda script: script.level),
            "runs": await load_runs(session, app_context.policy, me),
            "trainees": [] if me.role is Role.AGENT else await trainees(session),
            "wrong": refused.sentence,
        }
    return page(request, "practice/practice.html", context, status=refused.status)


async def show_caller(request: web.Request) -> web.StreamResponse:
    """The desk's left panel."""
    return await _of_run(request, "practice/practice_caller.html")


async def show_form(request: web.Request) -> web.StreamResponse:
    """The desk's middle panel: the form, and once it was handed in the comparison."""
    return await _of_run(request, "practice/practice_form.html")


async def show_words(request: web.Request) -> web.StreamResponse:
    """The desk's right panel: what the citizen has said so far."""
    async with context_of(request).sessions() as session:
        run = await get_run(session, me_of(request), id_in(request))
        script = context_of(request).policy.practice.get(run.script)
        said = await said_so_far(session, script, run) if script else []
    return page(request, "practice/practice_words.html", {"run": run, "said": said})


async def api_proposals(request: web.Request) -> ProposalsAnswer:
    async with context_of(request).sessions() as session:
        run = await get_run(session, me_of(request), id_in(request))
        proposals = await proposals_for(session, context_of(request).policy, run)
    return ProposalsAnswer(linkedid=run.linkedid, order="", version=0, proposals=proposals)


async def submit_form(request: web.Request) -> web.StreamResponse:
    sent = {name: str(value) for name, value in (await request.post()).items()}
    async with transaction(context_of(request).sessions) as session:
        hand_in(await get_run(session, me_of(request), id_in(request)), sent, clock.now())
    return await _of_run(request, "practice/practice_form.html")


async def show_run(request: web.Request) -> web.StreamResponse:
    return await _of_run(request, "practice/practice_run.html")


async def _of_run(request: web.Request, template: str) -> web.StreamResponse:
    policy = context_of(request).policy
    async with context_of(request).sessions() as session:
        run = await get_run(session, me_of(request), id_in(request))
    script = policy.practice.get(run.script)
    context = {
        "run": run,
        "script": script,
        "fields": form_fields(policy.city, script) if script else (),
        "judged": judged_fields(policy, run),
        "not_registered": not_registered(run),
    }
    return page(request, template, context)


ROUTES = [
    Route("GET", "/practice", "practice", show_practice, PRACTISE),
    Route("POST", "/practice", "begin_practice", submit_begin, PRACTISE),
    Route("GET", _RUN, "practice_run", show_run, PRACTISE),
    Route("GET", _RUN + "/caller", "practice_caller", show_caller, PRACTISE),
    Route("GET", _RUN + "/words", "practice_words", show_words, PRACTISE),
    Route("GET", _RUN + "/form", "practice_form", show_form, PRACTISE),
    Route("POST", _RUN + "/form", "submit_practice", submit_form, PRACTISE),
    Route(
        "GET", "/api" + _RUN + "/proposals", "list_practice_proposals", api_proposals, PRACTISE,
        says="练习：从已经说过的话里听出的各项，不保存", answer=ProposalsAnswer,
    ),
    Route(
        "POST", "/api" + _RUN + "/ring", "ring_practice", api_ring, PRACTISE,
        says="练习：坐席台的电话已经接通，请打过来", answer=Done, status=202,
    ),
]  # fmt: skip
