"""Errors as people and programs see them: the one place that knows both our errors and HTTP."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

import structlog
from aiohttp import web
from sqlalchemy.exc import DataError, OperationalError, TimeoutError
from yarl import URL

from access.visibility.disclosures import TooManyDisclosures
from core.errors import (
    BadInput,
    ConfigurationError,
    Conflict,
    HotlineError,
    NoRoom,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooManyTries,
    Unavailable,
)
from web.http.answers.pages import page
from web.http.answers.sent_before import written_in
from web.http.requests.reading import check_address
from web.http.routes import SENT
from web.http.schemas import Problem

log = structlog.get_logger()

STATUS: dict[type[HotlineError], HTTPStatus] = {
    TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    TooManyDisclosures: HTTPStatus.TOO_MANY_REQUESTS,
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    NoRoom: HTTPStatus.INSUFFICIENT_STORAGE,
    ConfigurationError: HTTPStatus.SERVICE_UNAVAILABLE,
}

TITLES: dict[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "请求有误",
    HTTPStatus.UNAUTHORIZED: "请先登录",
    HTTPStatus.FORBIDDEN: "没有权限",
    HTTPStatus.NOT_FOUND: "没有找到",
    HTTPStatus.METHOD_NOT_ALLOWED: "不支持这种请求",
    HTTPStatus.REQUEST_TIMEOUT: "等得太久",
    HTTPStatus.CONFLICT: "内容已变",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "内容过大",
    HTTPStatus.UNPROCESSABLE_ENTITY: "填写有误",
    HTTPStatus.TOO_MANY_REQUESTS: "尝试过多",
    HTTPStatus.INTERNAL_SERVER_ERROR: "系统出错了",
    HTTPStatus.SERVICE_UNAVAILABLE: "系统暂时不可用",
    HTTPStatus.INSUFFICIENT_STORAGE: "存储空间不够",
}

_AWAY = "系统的一部分暂时不可用，请稍后再试；紧急事项请用电话联系。"
_FAILED = "系统内部出错，已记录。请稍后再试；若一再出现，请告诉系统管理员。"


def problem_of(error: Exception) -> Problem:
    """What to say about `error`; unexpected errors hide their details."""
    if isinstance(error, HotlineError):
        status = _status_of(error)
        # Messages of these two classes are for the operator's log, in English.
        message = _AWAY if isinstance(error, Unavailable | ConfigurationError) else error.message
        fields = error.fields if isinstance(error, BadInput) else {}
        # Where nobody changed anything, the matter itself stands against it.
        obstacle = isinstance(error, Conflict) and message != Conflict().message
        return _problem(status, error.slug, message, fields, "现在不能办理" if obstacle else "")
    if isinstance(error, web.HTTPException):
        status = HTTPStatus(error.status)
        return _problem(status, status.phrase.lower().replace(" ", "_"), f"{TITLES.get(status, status.phrase)}。", {})
    if isinstance(error, DataError):
        # What no check foresaw and the database cannot hold: the sender's, and ours to find (it is logged).
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, BadInput.slug, BadInput().message, {})
    if isinstance(error, OperationalError | TimeoutError):
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, Unavailable.slug, _AWAY, {})
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", _FAILED, {})


@web.middleware
async def notify_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        check_address(request)
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except Exception as error:
        if isinstance(error, ConnectionError) and _is_gone(request):
            # Nobody reads the answer: a page was left while its socket opened or its file was on the way.
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        problem = problem_of(error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(error, DataError):
            log.error("request_failed", path=_shown_path(request), slug=problem.slug, exc_info=error)
        return _answer(request, problem)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _answer(request: web.Request, problem: Problem) -> web.StreamResponse:
    if request.path.startswith(("/api/", "/ws/")) or request.path in ("/healthz", "/readyz"):
        return web.Response(
            body=problem.model_dump_json().encode(), content_type="application/problem+json", status=problem.status
        )
    if "HX-Request" in request.headers:
        # A part of a page: the page itself asks for the sign-in, and goes nowhere (web/browser/session.ts).
        return web.Response(text=problem.detail, status=problem.status)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        if words := written_in(request.path, request.get(SENT, [])):
            # A browser without our program, or before it had come: nothing of the text may be lost on the way.
            context = {"next": _back_to(request), "name": "", "error": None, "unsent": words}
            context |= {"sent_to": request.path, "sent": request[SENT]}
            return page(request, "session/sign_in.html", context, status=problem.status)
        to_sign_in = f"/sign-in?next={quote(_back_to(request))}"
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": to_sign_in})
    return page(request, "http/error.html", {"problem": problem, "back": _way_back(request)}, status=problem.status)


def _way_back(request: web.Request) -> tuple[str, str]:
    """Address and words of the button that leads on: to the page that one came from, so that no order is lost."""
    if request.method == "GET" and request.query_string:
        return request.path, "清除筛选条件"
    came_from = _came_from(request)
    # Only a path: another site's address is never repeated.
    if came_from.host == request.url.host and came_from.path not in ("/", "/sign-in", request.path):
        return came_from.path_qs, "返回刚才的页面"
    return "/", "返回首页"


def _back_to(request: web.Request) -> str:
    """The page where the user was: of a form that was sent, the page that it stood on (its origin was checked)."""
    if request.method == "GET":
        return request.path_qs
    return _came_from(request).raw_path_qs


def _came_from(request: web.Request) -> URL:
    """The page that the browser names; the first one where it names none, or nothing that is an address."""
    try:
        return URL(request.headers.get("Referer") or "/")
    except ValueError:
        return URL("/")


def _shown_path(request: web.Request) -> str:
    """As the log may know it: a reader of the log must not get hold of anybody's link."""
    token = request.match_info.get("token")
    return request.path.replace(token, "…") if token else request.path


def _status_of(error: HotlineError) -> HTTPStatus:
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)


def _problem(status: HTTPStatus, slug: str, message: str, fields: dict[str, str], title: str = "") -> Problem:
    title = title or TITLES.get(status, status.phrase)
    return Problem(status=status, title=title, slug=slug, detail=message, fields=fields)
