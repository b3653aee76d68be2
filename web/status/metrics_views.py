"""/metrics for a Prometheus server: only from this machine, or with the token of the settings."""

import hmac
import ipaddress

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from core import clock
from core.errors import NotAllowed
from web.http.routes import Route, bearer_of, context_of
from web.status.metrics import collect

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


async def metrics(request: web.Request) -> web.StreamResponse:
    if not may_read(request, context_of(request).settings.web.metrics_token):
        raise NotAllowed("只能在本机读取，或使用设置中的令牌（HOTLINE_WEB__METRICS_TOKEN）。")
    async with context_of(request).sessions() as session:
        body = await collect(session, clock.now())
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def may_read(request: web.Request, token: str) -> bool:
    """Whether it asks from this machine and not through a proxy on it, or brings the token."""
    brought = bearer_of(request) or ""
    if token and hmac.compare_digest(brought.encode(), token.encode()):
        return True
    if any(name in request.headers for name in FORWARDED):
        return False
    # A page on this machine's browser reaches us too, by a name of its own that leads here (DNS rebinding).
    asked = request.url.host or ""
    return _is_loopback(request.remote) and (asked == "localhost" or _is_loopback(asked))


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


ROUTES = [Route("GET", "/metrics", "metrics", metrics, None)]
