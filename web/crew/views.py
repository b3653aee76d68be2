"""The crew's page on a phone: its shell, which the service worker keeps, what it shows, and what it sends."""

import structlog
from aiohttp import web
from sqlalchemy.dialects.postgresql import insert

from access.accounts.roles import CREWS
from access.accounts.sessions import USER_AGENT_LENGTH, Me
from access.visibility.reporter_guesses import queue_guess_check
from access.visibility.rules import actor_of, sees_order
from core import clock
from core.city_words import city_words
from core.database import transaction
from core.errors import BadInput, NotAllowed
from dispatch.crews.shifts import Fix, note_positions
from dispatch.jobs.crew_outbox import SentAction, take_action
from dispatch.notifications.push_services import wrong_endpoint
from dispatch.notifications.web_push import load_vapid, public_key
from dispatch.notifications.web_push_models import WebPushSubscription
from dispatch.orders.assignment_models import RecipientKind
from dispatch.steps.take import find_order
from web.crew.presenter import crew_answer
from web.crew.schemas import (
    CrewActionAnswer,
    CrewActionBody,
    CrewAnswer,
    PositionsAnswer,
    PositionsBody,
    SubscriptionBody,
)
from web.http.answers.assets import DIST, load_assets
from web.http.answers.headers import policy, style_nonce
from web.http.answers.pages import page
from web.http.requests.reading import cleaned
from web.http.routes import Route, body_of, context_of, me_of
from web.http.schemas import Done
from web.map_file import map_of

log = structlog.get_logger()

COLOUR = "#0b4a68"


async def show_crew(request: web.Request) -> web.StreamResponse:
    """The shell only: what it shows is fetched, and kept by the phone."""
    _member(request)
    answer = page(request, "crew/crew.html", {"map": await map_of(context_of(request).settings)})
    answer.headers["Content-Security-Policy"] = policy(style_nonce(request), images="blob:")
    answer.headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=(self)"
    return answer


async def worker(request: web.Request) -> web.StreamResponse:
    """The service worker, under an address that stays the same from release to release."""
    file = DIST / load_assets()["crew_worker.js"].rsplit("/", 1)[-1]
    headers = {"Content-Type": "text/javascript", "Service-Worker-Allowed": "/crew", "Cache-Control": "no-cache"}
    return web.FileResponse(file, headers=headers)


async def manifest(request: web.Request) -> web.StreamResponse:
    """What a phone needs to install the page (W3C Web Application Manifest)."""
    name = context_of(request).city.name
    icon = {"src": load_assets()["icon.svg"], "type": "image/svg+xml", "sizes": "any"}
    return web.json_response(
        {
            "id": "/crew",
            "name": f"{name}{city_words().motto}{city_words().crew}",
            "short_name": city_words().crew,
            "lang": "zh-CN",
            "start_url": "/crew",
            "scope": "/crew",
            "display": "standalone",
            "orientation": "portrait",
            "theme_color": COLOUR,
            "background_color": COLOUR,
            "icons": [icon | {"purpose": "any"}, icon | {"purpose": "maskable"}],
        },
        content_type="application/manifest+json",
    )


async def api_crew(request: web.Request) -> CrewAnswer:
    app_context, me = context_of(request), _member(request)
    key = public_key(load_vapid(app_context.settings.vapid_key_file))
    largest = app_context.settings.attachments.drawn_smaller_bytes
    async with app_context.sessions() as session:
        return await crew_answer(
            session, app_context.policy, me, web_push_key=key, largest_photo_bytes=largest, at=clock.now()
        )


async def api_action(request: web.Request) -> CrewActionAnswer:
    """Taken once under its id; a refusal is an answer, not an error: the phone need not send it again."""
    app_context, body = context_of(request), body_of(request, CrewActionBody)
    given = body.model_dump(include={"note", "done", "public_answer", "solved"}, exclude_none=True)
    sent = SentAction(body.id, body.action, body.done_at, body.order, given)
    me, at = _member(request), clock.now()
    async with transaction(app_context.sessions) as session:
        order = await find_order(session, body.order) if body.order else None
        if order is not None and sees_order(me, order):
            await queue_guess_check(session, me, order)
        action = await take_action(session, app_context.policy, actor_of(me), sent, at=at)
    log.info("crew_action", action=action.action, unit=action.unit_code, order=action.order_number, state=action.state)
    return CrewActionAnswer(state=action.state, reason=action.reason)


async def api_positions(request: web.Request) -> PositionsAnswer:
    """Stored is what was taken on shift; the rest is thrown away."""
    app_context = context_of(request)
    fixes = [Fix(**fix.model_dump()) for fix in body_of(request, PositionsBody).fixes]
    async with transaction(app_context.sessions) as session:
        crew = actor_of(_member(request))
        stored = await note_positions(session, app_context.policy.crews, crew, fixes, at=clock.now())
    return PositionsAnswer(stored=stored)


async def api_subscribe(request: web.Request) -> Done:
    """From now on this browser is notified of new orders. One that was another's is this person's now."""
    body, me = body_of(request, SubscriptionBody), _member(request)
    if why := wrong_endpoint(body.endpoint, context_of(request).settings.web.push_services):
        raise BadInput(why, fields={"endpoint": why})
    values = {
        "recipient_kind": RecipientKind.UNIT, "recipient_code": me.unit_code, "account_id": me.account_id,
        "p256dh": body.keys.p256dh, "auth": body.keys.auth,
        "user_agent": cleaned(request.headers.get("User-Agent", ""))[:USER_AGENT_LENGTH],
    }  # fmt: skip
    async with transaction(context_of(request).sessions) as session:
        statement = insert(WebPushSubscription).values(endpoint=body.endpoint, created_at=clock.now(), **values)
        await session.execute(statement.on_conflict_do_update(index_elements=["endpoint"], set_=values))
    return Done()


def _member(request: web.Request) -> Me:
    me = me_of(request)
    if me.unit_code is None:
        raise NotAllowed(f"这个账号没有指明{city_words().crew}，请联系系统管理员。")
    return me


ROUTES = [
    Route("GET", "/crew", "crew", show_crew, CREWS),
    Route("GET", "/crew/worker.js", "crew_worker", worker, CREWS),
    Route("GET", "/crew/manifest.webmanifest", "crew_manifest", manifest, CREWS),
    Route("GET", "/api/crew", "get_crew", api_crew, CREWS, says="{crew}手机页面的内容", answer=CrewAnswer),
    Route(
        "POST", "/api/crew/actions", "take_crew_action", api_action, CREWS,
        says="{crew}办一件事（同一编号只办一次）", body=CrewActionBody, answer=CrewActionAnswer,
    ),
    Route(
        "POST", "/api/crew/positions", "note_positions", api_positions, CREWS,
        says="上报上班期间的位置", body=PositionsBody, answer=PositionsAnswer,
    ),
    Route(
        "POST", "/api/crew/reminders", "subscribe_browser", api_subscribe, CREWS,
        says="关着页面也提醒新派单（Web Push）", body=SubscriptionBody, answer=Done,
    ),
]  # fmt: skip
