"""Where a request comes from: against other sites' pages that would act in our user's name (CSRF).

A browser sends `Origin` with every unsafe request and every WebSocket handshake, and no page can forge it. A
program has neither cookie nor Origin, and needs none.
"""

from aiohttp import web

from core.errors import NotAllowed


def check_origin(request: web.Request, public_url: str) -> None:
    """Raises NotAllowed unless our own page, or a program without a cookie, asks."""
    origin = request.headers.get("Origin")
    if origin is None and "Authorization" not in request.headers and request.cookies:
        raise NotAllowed("请求没有说明来源（Origin），已拒绝。")
    if origin is not None and not ours(origin, public_url or f"{request.scheme}://{request.host}"):
        raise NotAllowed("请求来自其他网站，已拒绝。")


def ours(origin: str, address: str) -> bool:
    """Whether `origin` is the scheme, host and port of `address`; both as a browser writes them."""
    return origin.rstrip("/").lower() == address.rstrip("/").lower()
