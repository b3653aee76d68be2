"""A page: a template with what it was given, and what the frame around every page needs."""

import base64
import hmac
from collections.abc import Mapping
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from access.accounts.roles import ADMINISTRATORS, CHIEFS, DESK, HALL, HANDS, OVERSEERS
from core import clock
from core.links import link_key
from web.http.answers.headers import style_nonce
from web.http.answers.navigation import menu_of
from web.http.answers.success import forget_success, success_of
from web.http.open_routes import BY_NAME, permits
from web.http.routes import SINCE, context_of, me_of, signed_in


def page(request: web.Request, template: str, context: Mapping[str, Any], *, status: int = 200) -> web.Response:
    # Not aiohttp-jinja2's context processors: they keep things in the request under a plain string, which aiohttp
    # 3.14 warns about.
    response = aiohttp_jinja2.render_template(
        template, request, {**_frame(request), "status": status, **context}, status=status
    )
    if "HX-Request" not in request.headers:
        forget_success(request, response)
    return response


def part_or_page(request: web.Request, part: str, whole: str, context: Mapping[str, Any]) -> web.Response:
    """htmx asks for the piece that changes; a browser for the page around it."""
    return page(request, part if "HX-Request" in request.headers else whole, context)


def _unsent_text_key(secret: bytes, account_id: int) -> str:
    """What a browser keeps of unsent texts is encrypted with: base64 of 32 bytes, one for each account."""
    return base64.b64encode(hmac.digest(secret, f"unsent-text-{account_id}".encode(), "sha256")).decode()


def _frame(request: web.Request) -> dict[str, Any]:
    me = me_of(request) if signed_in(request) else None
    menu = menu_of(request.config_dict[BY_NAME], me.role, request.path) if me else []
    return {
        "me": me,
        "in_hall": me is not None and me.role in HALL,
        "has_inbox": me is not None and me.role in HANDS,
        "oversees": me is not None and me.role in OVERSEERS,
        "watches_over": me is not None and me.role in CHIEFS,
        "takes_calls": me is not None and me.role in DESK,
        "operates": me is not None and me.role in ADMINISTRATORS,
        "may": permits(request),
        "menu": menu,
        "counts_in_menu": any(link.counted for _, links in menu for link in links),
        "nonce": style_nonce(request),
        "unsent_text_key": _unsent_text_key(link_key(context_of(request).settings), me.account_id) if me else "",
        "path": request.path,
        "drawn_smaller_bytes": context_of(request).settings.attachments.drawn_smaller_bytes,
        "just_done": success_of(request),
        "now": clock.now(),
        "since": request.get(SINCE, ""),
    }
