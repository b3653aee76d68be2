"""Signing in and out: the page for people, the same for programs."""

import datetime as dt
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from core import clock
from core.database import transaction
from core.errors import BadInput
from dispatch.workflow import Role
from telephony.models import Agent, AgentPhone, AgentState
from web.accounts import tidy_name
from web.errors import TooManyTries
from web.messages import Done, MeAnswer, SessionAnswer, SignIn
from web.pages import page
from web.roles import EVERYBODY, HANDS
from web.routes import COOKIE, TOKEN, Route, body_of, house_of, me_of, read, signed_in
from web.signin import Me, sign_in, sign_out
from web.throttle import Throttle
from web.views.agents import leave
from web.words import lasted

log = structlog.get_logger()

THROTTLE = web.AppKey("throttle", Throttle)


async def home(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(first_page(me_of(request).role))


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    if signed_in(request):
        raise web.HTTPSeeOther(first_page(me_of(request).role))
    return _page(request, request.query.get("next", ""))


async def submit_sign_in(request: web.Request) -> web.StreamResponse:
    form = {name: str(value) for name, value in (await request.post()).items()}
    next_page = form.pop("next", "")
    try:
        me, token, _ = await _sign_in(request, read(SignIn, form))
    except BadInput as error:
        status = 429 if isinstance(error, TooManyTries) else 422
        return _page(request, next_page, form.get("name", ""), error, status)
    response = web.HTTPSeeOther(next_page if safe_path(next_page) else first_page(me.role))
    settings = house_of(request).settings.web
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_hours * 3600,
        httponly=True,
        samesite="Lax",
        secure=settings.public_url.startswith("https:") or request.scheme == "https",
        path="/",
    )
    raise response


async def submit_sign_out(request: web.Request) -> web.StreamResponse:
    """An agent whose telephone is this browser leaves with it: nobody shall be shown ready whom no call reaches."""
    me = me_of(request)
    async with transaction(house_of(request).sessions) as session:
        agent = await session.get(Agent, me.extension) if me.extension else None
        if agent is not None and agent.phone is AgentPhone.BROWSER and agent.state is not AgentState.OFFLINE:
            await leave(session, agent.extension)
    await _end(request)
    response = web.HTTPSeeOther("/sign-in")
    response.del_cookie(COOKIE)
    raise response


async def open_session(request: web.Request) -> SessionAnswer:
    me, token, expires_at = await _sign_in(request, body_of(request, SignIn))
    return SessionAnswer(token=token, expires_at=expires_at, me=me_answer(me))


async def close_session(request: web.Request) -> Done:
    await _end(request)
    return Done()


async def get_me(request: web.Request) -> MeAnswer:
    return me_answer(me_of(request))


def me_answer(me: Me) -> MeAnswer:
    return MeAnswer(
        name=me.name,
        display_name=me.display_name,
        role=me.role,
        extension=me.extension,
        office_code=me.office_code,
        unit_code=me.unit_code,
    )


def first_page(role: Role) -> str:
    if role is Role.UNIT:
        return "/crew"
    return "/inbox" if role in HANDS else "/desk" if role is Role.AGENT else "/orders"


def safe_path(path: str) -> bool:
    """Whether it is a page of ours: a sign-in link must not lead to another site."""
    parts = urlsplit(path)
    return path.startswith("/") and not parts.scheme and not parts.netloc and "\\" not in path


def address_of(request: web.Request) -> str:
    """The browser's address; behind a proxy of ours (`public_url` set) the one that the proxy saw."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if house_of(request).settings.web.public_url and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return request.remote or ""


async def _sign_in(request: web.Request, form: SignIn) -> tuple[Me, str, dt.datetime]:
    house, throttle, at = house_of(request), request.app[THROTTLE], clock.now()
    who = tidy_name(form.name), address_of(request)
    if wait := throttle.wait(*who, at):
        raise TooManyTries(f"尝试次数过多，请{lasted(wait.total_seconds())}后再试。")
    # Counted before it is checked, so that guesses sent side by side are all counted.
    throttle.failed(*who, at)
    hours = house.settings.web.session_hours
    async with transaction(house.sessions) as session:
        user_agent = request.headers.get("User-Agent", "")
        me, token = await sign_in(session, form.name, form.password, user_agent=user_agent, at=at, hours=hours)
    throttle.succeeded(*who)
    log.info("signed_in", account=me.name, role=me.role)
    return me, token, at + dt.timedelta(hours=hours)


async def _end(request: web.Request) -> None:
    async with transaction(house_of(request).sessions) as session:
        await sign_out(session, request[TOKEN])


def _page(
    request: web.Request, next_page: str, name: str = "", error: BadInput | None = None, status: int = 200
) -> web.StreamResponse:
    context = {"next": next_page, "name": name, "error": error}
    return page(request, "sign_in.html", context, status=status)


ROUTES = [
    Route("GET", "/", "home", home, EVERYBODY),
    Route("GET", "/sign-in", "sign_in", show_sign_in, None),
    Route("POST", "/sign-in", "submit_sign_in", submit_sign_in, None),
    Route("POST", "/sign-out", "sign_out", submit_sign_out, EVERYBODY),
    Route(
        "POST", "/api/session", "open_session", open_session, None,
        says="登录，取得令牌", body=SignIn, answer=SessionAnswer, status=201,
    ),
    Route("DELETE", "/api/session", "close_session", close_session, EVERYBODY, says="退出登录", answer=Done),
    Route("GET", "/api/me", "get_me", get_me, EVERYBODY, says="我是谁", answer=MeAnswer),
]  # fmt: skip
