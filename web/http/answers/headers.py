"""Headers that every answer carries: what a browser may load, frame, guess and keep."""

import secrets

from aiohttp import web

from web.http.context import APP_CONTEXT

HTTPS_ONLY_SECONDS = 365 * 24 * 3600
STYLE_NONCE = web.RequestKey("style_nonce", str)
"""The player draws itself in a shadow root with a style element; it gets this page's nonce."""


def style_nonce(request: web.Request) -> str:
    if STYLE_NONCE not in request:
        request[STYLE_NONCE] = secrets.token_urlsafe(12)
    return request[STYLE_NONCE]


def policy(nonce: str, *, images: str = "") -> str:
    """The Content-Security-Policy: nothing but our own files (and `images`), no inline script, no frame around us."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            f"img-src 'self' data: {images}".strip(),
            "media-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler of `on_response_prepare`."""
    headers = response.headers
    headers.pop("Server", None)
    if request.config_dict[APP_CONTEXT].settings.web.public_url.startswith("https:"):
        headers.setdefault("Strict-Transport-Security", f"max-age={HTTPS_ONLY_SECONDS}")
    headers.setdefault("Content-Security-Policy", policy(style_nonce(request)))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    # Not `no-referrer`: with it a browser sends `Origin: null` with our own forms.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)")
    # Citizens' names and voices stay out of every cache; /static sets its own.
    headers.setdefault("Cache-Control", "no-store")
