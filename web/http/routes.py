"""What a route declares: the roles that may use it, what it takes and gives. Handlers hold none of this.

A handler is handed only requests that its route allows, with `ME`, query and body already read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from access.accounts.log_models import Reason
from access.accounts.sessions import Find, Me, find_me, lasts_of, recognise
from access.visibility.disclosures import find_who_asks
from core import clock
from core.errors import BadInput, NotAllowed, NotFound, NotSignedIn, Unavailable
from core.tasks import within
from dispatch.workflow import Role
from web.http.answers.complaints import complaint
from web.http.answers.success import note_success
from web.http.context import APP_CONTEXT, AppContext
from web.http.requests.lately import LATELY
from web.http.requests.origin import check_origin
from web.http.requests.reading import read_form, read_json
from web.http.requests.refusals import note_refusal
from web.http.sockets.socket_quota import SOCKET_PLACES

Handler = Callable[[web.Request], Awaitable[web.StreamResponse | BaseModel]]
Model = TypeVar("Model", bound=BaseModel)

COOKIE = "hotline_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_DIGITS_OF_AN_ID = 19
RECOGNISED_SECONDS = 4.0
PASSWORD_PAGE = "/password"  # noqa: S105 - a page

TOKEN = web.RequestKey("token", str)
SINCE = web.RequestKey("since", str)
"""The bus's mark when the request came: what a page reads is at least as new."""
SENT = web.RequestKey("sent", list[tuple[str, str]])
"""Fields of a form that nobody who is signed in has sent."""
_ME = web.RequestKey("me", Me)
_QUERY = web.RequestKey("query", BaseModel)
_BODY = web.RequestKey("body", BaseModel)


class MustChangePassword(NotAllowed):
    """密码是管理员重设的，请先改成自己的密码。"""

    slug = "password_must_change"


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    name: str
    handler: Handler
    roles: frozenset[Role] | None
    """None: nobody need sign in."""
    says: str = ""
    """One line for the API's description."""
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    """JSON, read and checked before the handler; forms of pages are read by their handlers."""
    answer: type[BaseModel] | None = None
    status: int = 200
    may_fail: frozenset[int] = frozenset()
    """HTTP statuses that its kind of route does not have anyway (web.http.answers.openapi)."""
    socket: bool = False
    """A WebSocket: its handshake is a GET that must come from our own pages."""
    before_password: bool = False
    """Open to somebody who must choose a new password first."""
    citizens: bool = True
    """Whether a citizen can be in its answer; else nobody looks up whom the asker may see (`Me.known` is empty)."""

    largest_body_bytes: int | None = None
    """Of what somebody with one of its roles may send; None: as the whole program has it (web.app)."""

    streams: bool = False
    """Its form brings a file larger than other bodies may be; its handler reads it piece by piece."""
    without_database: bool = False
    """Read when the database is away, too, by somebody who was recognised minutes ago (web.http.requests.lately). It
    shows no citizen and changes nothing."""

    @property
    def takes_form(self) -> bool:
        """A page's form; the API takes JSON or a file."""
        return self.method not in SAFE_METHODS and not self.is_api

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")


def guarded(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The route's handler behind its declared checks."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request[SINCE] = context_of(request).bus.mark
        if route.method not in SAFE_METHODS or route.socket:
            check_origin(request, context_of(request).settings.web.public_url)
        await _recognise(request, route)
        if route.takes_form and not route.streams and route.roles is not None and not signed_in(request):
            await _save_sent(request)
        await _check_role(request, route)
        _check_password(request, route)
        if route.query:
            request[_QUERY] = read(route.query, {name: value for name, value in request.query.items() if value})
        if route.largest_body_bytes:
            request._client_max_size = route.largest_body_bytes  # aiohttp has no public way for one route alone.
        if route.takes_form and not route.streams:
            await read_form(request)
        if route.body:
            request[_BODY] = read(route.body, await read_json(request))
        if route.socket:
            with request.app[SOCKET_PLACES].take(me_of(request).account_id):
                return await _answer_of(request, route)
        return await _answer_of(request, route)

    return handle


async def _save_sent(request: web.Request) -> None:
    """What a form says whose sender is signed in no more: the sign-in page carries it on. No form of ours sends what
    cannot be read."""
    with suppress(BadInput, web.HTTPException):
        await read_form(request)
        sent = await request.post()
        request[SENT] = [(name, text) for name, text in sent.items() if isinstance(text, str)]


async def _answer_of(request: web.Request, route: Route) -> web.StreamResponse:
    try:
        answer = await route.handler(request)
    except web.HTTPSeeOther as leads_on:
        if route.takes_form:
            note_success(request, route.name, leads_on)
        raise
    if isinstance(answer, BaseModel):
        return web.Response(
            body=answer.model_dump_json().encode(), content_type="application/json", status=route.status
        )
    return answer


def read(model: type[Model], data: Mapping[str, Any]) -> Model:
    """The message in `data`. Raises BadInput that says in Chinese what is wrong with each field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = {".".join(map(str, e["loc"])): complaint(e["type"], e.get("ctx", {})) for e in error.errors()}
        raise BadInput(fields=fields) from error


def context_of(request: web.Request) -> AppContext:
    return request.config_dict[APP_CONTEXT]


def signed_in(request: web.Request) -> bool:
    return _ME in request


def me_of(request: web.Request) -> Me:
    """The signed-in person; only behind a route that names roles."""
    return request[_ME]


def query_of(request: web.Request, model: type[Model]) -> Model:
    query = request[_QUERY]
    assert isinstance(query, model)
    return query


def body_of(request: web.Request, model: type[Model]) -> Model:
    body = request[_BODY]
    assert isinstance(body, model)
    return body


def bearer_of(request: web.Request) -> str | None:
    """The token that came with the request: a program's header, else the browser's cookie."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE)


async def _recognise(request: web.Request, route: Route) -> None:
    if token := bearer_of(request):
        request[TOKEN] = token
        find: Find = find_who_asks if route.citizens else find_me
        me = await (_recognise_anyway(request, token, find) if route.without_database else _ask(request, token, find))
        if me is not None:
            request[_ME] = me


async def _ask(request: web.Request, token: str, find: Find) -> Me | None:
    app_context = context_of(request)
    return await recognise(app_context.sessions, token, clock.now(), lasts_of(app_context.settings.web), find)


async def _recognise_anyway(request: web.Request, token: str, find: Find) -> Me | None:
    """Where the database does not answer: the person of minutes ago. Raises Unavailable for anybody else."""
    now, lately = asyncio.get_running_loop().time(), request.config_dict[LATELY]
    try:
        me = await within(RECOGNISED_SECONDS, _ask(request, token, find))
    except (SQLAlchemyError, OSError) as error:
        me = lately.find(token, now)
        if me is None:
            raise Unavailable from error
        return me
    lately.note(token, me, now)
    return me


async def _check_role(request: web.Request, route: Route) -> None:
    if route.roles is None:
        return
    if not signed_in(request):
        raise NotSignedIn()
    me = me_of(request)
    if me.role not in route.roles:
        await note_refusal(request, Reason.NOT_ALLOWED, name=me.name, known=True)
        raise NotAllowed("您的账号不能使用这个功能。")


def _check_password(request: web.Request, route: Route) -> None:
    """Whoever signed in with a password that somebody else made must choose a new one before anything else."""
    if route.roles is None or route.before_password or not me_of(request).must_change_password:
        return
    if route.is_api or route.socket or request.method not in SAFE_METHODS or "HX-Request" in request.headers:
        raise MustChangePassword()
    raise web.HTTPSeeOther(PASSWORD_PAGE)


def id_in(request: web.Request, name: str = "id") -> int:
    """The row's id in the address. Raises NotFound for one that no row can have."""
    digits = request.match_info[name].lstrip("0")
    if len(digits) > _DIGITS_OF_AN_ID or int(digits or 0) >= 2**63:
        raise NotFound()
    return int(digits or 0)
