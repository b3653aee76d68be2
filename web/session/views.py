"""Signing in and out: the page for people, the same for programs."""

import asyncio
import datetime as dt
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import structlog
from aiohttp import web
from yarl import URL

from access.accounts import devices
from access.accounts.log_models import Reason
from access.accounts.manage import tidy_name
from access.accounts.models import Account
from access.accounts.roles import EVERYBODY, HANDS
from access.accounts.sessions import Me, Where, find_account, lasts_of, sign_in, sign_out
from access.accounts.throttle import Refused, SignInLimits, Try
from core import clock
from core.database import transaction
from core.errors import BadInput, TooManyTries
from dispatch.workflow import Role
from recordings.archive.listening_log import mask_address
from telephony.agents.models import Agent
from telephony.agents.state import AgentState
from web.desk.agent_views import leave
from web.http.answers.pages import page
from web.http.answers.sent_before import written_in
from web.http.requests.addresses import address_of, network_of, over_https
from web.http.requests.reading import cleaned
from web.http.requests.refusals import note_refusal
from web.http.routes import COOKIE, TOKEN, Route, body_of, context_of, me_of, read, signed_in
from web.http.schemas import Done, MeAnswer, SessionAnswer, SignIn
from web.labels import lasted

log = structlog.get_logger()

LIMITS = web.AppKey("sign_in_limits", SignInLimits)
DOOR = web.AppKey("door", asyncio.Semaphore)
"""How many tries use the database at a time, so that a flood of them leaves connections to signed-in people."""
AT_THE_DOOR = 4
_DEVICE = web.RequestKey("device", devices.Device)
_LONGEST_NEXT = 2000
_SENT = "sent."
"""Before the names of fields that another form sent."""
_PART = r"[A-Za-z0-9_~!$&'()*+,;=:@%-][A-Za-z0-9._~!$&'()*+,;=:@%-]*"
_PAGE_OF_OURS = re.compile(rf"/(?:{_PART}(?:/{_PART})*/?)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?")
r"""A path whose parts are neither empty nor begin with a dot, and a query; only characters that no browser reads in a
way of its own (the WHATWG URL standard drops tabs and line ends, takes `\` for `/` and `//` for a host).
"""


async def home(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(first_page(me_of(request).role))


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    next_page = request.query.get("next", "")
    if signed_in(request):
        raise web.HTTPSeeOther(next_page if safe_path(next_page) else first_page(me_of(request).role))
    return _page(request, next_page)


async def submit_sign_in(request: web.Request) -> web.StreamResponse:
    posted = await request.post()
    # What was sent when the session had ended goes along (web.http.answers.errors).
    sent = [(name.removeprefix(_SENT), str(text)) for name, text in posted.items() if name.startswith(_SENT)]
    form = {name: str(value) for name, value in posted.items() if not name.startswith(_SENT)}
    next_page, sent_to = form.pop("next", ""), form.pop("sent_to", "")
    unsent = written_in(sent_to, sent) if safe_path(sent_to) else []
    carried = {"sent_to": sent_to, "sent": sent, "unsent": unsent}
    try:
        me, token, _ = await _sign_in(request, read(SignIn, form))
    except BadInput as error:
        status = 429 if isinstance(error, TooManyTries) else 422
        return _page(request, next_page, form.get("name", ""), error, status, carried)
    if unsent:
        back = next_page if safe_path(next_page) else first_page(me.role)
        answer = page(request, "session/send_again.html", {"who": me, "next": back, **carried})
        set_cookies(request, answer, token)
        return answer
    # As it was checked: nothing parses and rewrites it on the way out.
    leads_to = URL(next_page, encoded=True) if safe_path(next_page) else first_page(me.role)
    response = web.HTTPSeeOther(leads_to)
    set_cookies(request, response, token)
    raise response


async def sign_in_here(request: web.Request) -> web.StreamResponse:
    """Again, over the page whose session ended: the page stays as it is, with all that was typed in it."""
    me, token, _ = await _sign_in(request, body_of(request, SignIn))
    response = web.Response(body=me_answer(me).model_dump_json().encode(), content_type="application/json")
    set_cookies(request, response, token)
    return response


def set_cookies(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """What the browser keeps of a sign-in: the session, and that this account has used it."""
    app_context = context_of(request)
    kept = [(COOKIE, token, app_context.settings.web.session_longest_hours * 3600)]
    if device := request.get(_DEVICE):
        kept.append((devices.COOKIE, devices.write_device(app_context.settings, device), devices.KEPT_SECONDS))
    for name, value, seconds in kept:
        response.set_cookie(
            name, value, max_age=seconds, httponly=True, samesite="Lax", secure=over_https(request), path="/"
        )


async def submit_sign_out(request: web.Request) -> web.StreamResponse:
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
        must_change_password=me.must_change_password,
    )


def first_page(role: Role) -> str:
    if role is Role.UNIT:
        return "/crew"
    return "/inbox" if role in HANDS else "/desk" if role is Role.AGENT else "/orders"


def safe_path(path: str) -> bool:
    """Whether it is a page of ours: a sign-in link must not lead to another site."""
    return len(path) <= _LONGEST_NEXT and _PAGE_OF_OURS.fullmatch(path) is not None


async def _sign_in(request: web.Request, form: SignIn) -> tuple[Me, str, dt.datetime]:
    app_context, limits, at = context_of(request), request.app[LIMITS], clock.now()
    async with request.app[DOOR]:
        account = await find_account(app_context.sessions, form.name)
    device = devices.read_device(app_context.settings, request.cookies.get(devices.COOKIE, "")) or devices.new_device()
    known = account is not None and account.id in device.accounts
    one = Try(tidy_name(form.name), network_of(address_of(request)), device.name if known else "")
    if refused := limits.wait(one, at):
        wait, limit = refused
        many = f"登录尝试过多，已放慢：登录名 {one.name[:20]}，来自 {one.network}。"
        incident = many if limit is not Refused.NAME or limits.guessed(one, at) else ""
        await _note(request, Reason(limit), name=one.name, known=account is not None, incident=incident)
        raise TooManyTries(f"尝试次数过多，请{lasted(wait.total_seconds())}后再试。忘记密码请联系系统管理员。")
    limits.began(one, at)
    where = Where(cleaned(request.headers.get("User-Agent", "")), mask_address(address_of(request)))
    lasts = lasts_of(app_context.settings.web)
    try:
        me, token = await sign_in(app_context.sessions, account, form.password, where, at=at, lasts=lasts, known=known)
    except TooManyTries:
        limits.unchecked(one, at)
        await _note(request, Reason.TOO_MANY_AT_ONCE, name=one.name, known=account is not None)
        raise
    except BadInput:
        incident = (
            f"登录名 {one.name[:20]} 被多次猜密码，最近一次来自 {one.network}。" if limits.guessed(one, at) else ""
        )
        await _note(request, _why(account), name=one.name, known=account is not None, incident=incident)
        raise
    limits.succeeded(one, at)
    request[_DEVICE] = device.with_account(me.account_id)
    log.info("signed_in", account=me.name, role=me.role)
    return me, token, lasts.until(at, at + lasts.longest)


async def _note(request: web.Request, why: Reason, *, name: str, known: bool, incident: str = "") -> None:
    async with request.app[DOOR]:
        await note_refusal(request, why, name=name, known=known, incident=incident)


def _why(account: Account | None) -> Reason:
    """For the log only: the answer is the same each time."""
    if account is None:
        return Reason.UNKNOWN_NAME
    return Reason.CLOSED_ACCOUNT if account.disabled_at else Reason.WRONG_PASSWORD


async def _end(request: web.Request) -> None:
    """An agent leaves the desk with it, at either telephone: an agent who has signed out is not called any more. A call
    in progress continues.
    """
    me = me_of(request)
    async with transaction(context_of(request).sessions) as session:
        agent = await session.get(Agent, me.extension) if me.extension else None
        if agent is not None and agent.state is not AgentState.OFFLINE:
            await leave(session, agent.extension)
        await sign_out(session, request[TOKEN])


def _page(
    request: web.Request,
    next_page: str,
    name: str = "",
    error: BadInput | None = None,
    status: int = 200,
    carried: Mapping[str, Any] = MappingProxyType({}),
) -> web.StreamResponse:
    context = {"next": next_page, "name": name, "error": error, "unsent": (), **carried}
    return page(request, "session/sign_in.html", context, status=status)


ROUTES = [
    Route("GET", "/", "home", home, EVERYBODY),
    Route("GET", "/sign-in", "sign_in", show_sign_in, None),
    Route("POST", "/sign-in", "submit_sign_in", submit_sign_in, None),
    Route("POST", "/sign-out", "sign_out", submit_sign_out, EVERYBODY, before_password=True),
    Route(
        "POST", "/api/session", "open_session", open_session, None,
        says="登录，取得令牌", body=SignIn, answer=SessionAnswer, status=201,
    ),
    Route(
        "POST", "/api/session/here", "sign_in_here", sign_in_here, None,
        says="在打开着的页面上重新登录：令牌在 cookie 里", body=SignIn, answer=MeAnswer,
    ),
    Route(
        "DELETE", "/api/session", "close_session", close_session, EVERYBODY,
        says="退出登录", answer=Done, before_password=True,
    ),
    Route(
        "GET", "/api/me", "get_me", get_me, EVERYBODY, says="我是谁", answer=MeAnswer, before_password=True,
    ),
]  # fmt: skip
