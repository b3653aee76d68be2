"""Reachability checks on request, and what they found; shown on /contacts and /units."""

from collections.abc import Callable

from aiohttp import web

from access.accounts.roles import CHIEFS, OVERSEERS
from core import clock
from core.database import transaction
from dispatch.notifications.rules import Audience
from dispatch.reachability.checks import Target, begin_now, load_targets
from dispatch.reachability.rounds import see_alarms
from web.http.routes import Route, context_of, id_in, me_of
from web.http.schemas import Done
from web.notifications.reachability import ReachabilityBegun, ReachabilityListAnswer, reachability_list


async def api_reachability(request: web.Request) -> ReachabilityListAnswer:
    async with context_of(request).sessions() as session:
        return await reachability_list(session, context_of(request).policy, clock.now())


async def api_check_contact(request: web.Request) -> ReachabilityBegun:
    contact_id = id_in(request)
    return await _begin(request, lambda one: one.contact is not None and one.contact.id == contact_id)


async def api_check_unit(request: web.Request) -> ReachabilityBegun:
    """Everything by which the crew is reached."""
    code = request.match_info["code"]
    return await _begin(request, lambda one: (one.audience, one.code) == (Audience.UNIT, code))


async def submit_check_contact(request: web.Request) -> web.StreamResponse:
    await api_check_contact(request)
    raise web.HTTPSeeOther("/contacts")


async def submit_check_unit(request: web.Request) -> web.StreamResponse:
    await api_check_unit(request)
    raise web.HTTPSeeOther("/units")


async def api_see(request: web.Request) -> Done:
    async with transaction(context_of(request).sessions) as session:
        await see_alarms(session, by=me_of(request).display_name, at=clock.now())
    return Done()


async def submit_see(request: web.Request) -> web.StreamResponse:
    await api_see(request)
    raise web.HTTPSeeOther("/contacts")


async def _begin(request: web.Request, wanted: Callable[[Target], bool]) -> ReachabilityBegun:
    app_context = context_of(request)
    async with transaction(app_context.sessions) as session:
        targets = [target for target in await load_targets(session, app_context.city) if wanted(target)]
        by = me_of(request).display_name
        return ReachabilityBegun(
            begun=await begin_now(
                session, app_context.city, app_context.policy.notifications, targets, by=by, at=clock.now()
            )
        )


ROUTES = [
    Route("POST", r"/contacts/{id:\d+}/check", "submit_check_contact", submit_check_contact, OVERSEERS),
    Route("POST", "/units/{code}/check", "submit_check_unit", submit_check_unit, OVERSEERS),
    Route("POST", "/contacts/alarms/seen", "submit_reachability_alarms_seen", submit_see, OVERSEERS),
    Route(
        "GET", "/api/reachability", "get_reachability", api_reachability, CHIEFS,
        says="承办单位和{crew}的联系方式是否通畅，不通的在前", answer=ReachabilityListAnswer,
    ),
    Route(
        "POST", r"/api/contacts/{id:\d+}/check", "check_contact", api_check_contact, OVERSEERS,
        says="现在测试一个联系方式", answer=ReachabilityBegun,
    ),
    Route(
        "POST", "/api/units/{code}/check", "check_unit", api_check_unit, OVERSEERS,
        says="现在测试一支{crew}的电话、推送和联系方式", answer=ReachabilityBegun,
    ),
    Route(
        "POST", "/api/reachability/alarms/seen", "see_reachability_alarms", api_see, OVERSEERS,
        says="知悉联络测试不通的告警", answer=Done,
    ),
]  # fmt: skip
