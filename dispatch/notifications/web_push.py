"""Web Push (RFC 8030, 8188, 8291, 8292): a browser is notified though its page is closed, encrypted for it alone. The
installation's own key (VAPID) is made at the first start and kept under `var`; with another key every browser would
have to subscribe again.
"""

import json
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, cast

import aiohttp
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode

from dispatch.notifications.fitting import fitted, utf8_bytes
from dispatch.notifications.push_services import PublicOnly, Straight, is_own, wrong_endpoint
from dispatch.notifications.web_push_models import WebPushSubscription

if TYPE_CHECKING:
    from pywebpush import WebPushException

log = structlog.get_logger()

ANSWER_SECONDS = 15
_GONE, _LATER = (404, 410), (408, 425, 429)
_SHOWN = 200
_TITLE_BYTES, _BODY_BYTES = 600, 2_400
KEPT_SECONDS = 4 * 3600
"""How long the push service keeps it for a phone that is switched off."""


class PushOutcome(StrEnum):
    SENT = "sent"
    GONE = "gone"
    """This browser will never be there again: forget it."""
    REFUSED = "refused"
    """As it is, it will be refused again: our contact, our key or the address is not liked."""
    FAILED = "failed"
    """It did not work this time; a later attempt may."""


@dataclass(frozen=True)
class PushResult:
    outcome: PushOutcome
    why: str = ""
    """What the push service said against it, for people; short."""


@dataclass(frozen=True)
class PushMessage:
    """What the service worker shows."""

    title: str
    body: str
    tag: str
    """A later message with the same tag takes the place of the earlier."""


def load_vapid(file: Path) -> Vapid02:
    """The installation's key, made where there is none; of two processes that make one at once, the first wins."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Vapid02()
        made.generate_keys()
        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
                stream.write(made.private_pem())
                stream.flush()
                os.fsync(stream.fileno())
            os.link(part, file)
        except FileExistsError:
            log.info("vapid_key_made_by_another")
        finally:
            part.unlink(missing_ok=True)
    return Vapid02.from_pem(file.read_bytes())


def public_key(vapid: Vapid02) -> str:
    """As a browser's `applicationServerKey` wants it: the point, uncompressed, base64url."""
    return str(b64urlencode(vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)))


async def send_push(
    vapid: Vapid02, contact: str, services: Collection[str], subscription: WebPushSubscription, message: PushMessage
) -> PushResult:
    """`contact`: whom a push service may ask about us, `mailto:…` or `https://…`. `services`: push_services."""
    # With requests and all that it needs: a process that sends nothing starts without them.
    from pywebpush import WebPushException, webpush_async

    if why := wrong_endpoint(subscription.endpoint, services):
        log.warning("web_push_not_allowed", subscription=subscription.id)
        return PushResult(PushOutcome.REFUSED, why)
    browser: dict[str, str | bytes | dict[str, str | bytes]] = {
        "endpoint": subscription.endpoint,
        "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
    }
    resolver = None if is_own(subscription.endpoint, services) else PublicOnly()
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=resolver)) as client:
            await webpush_async(
                browser,
                json.dumps(asdict(_fitted(message)), ensure_ascii=False),
                vapid_private_key=vapid,
                vapid_claims={"sub": contact},
                ttl=KEPT_SECONDS,
                headers={"Urgency": "high", "Topic": message.tag},
                timeout=ANSWER_SECONDS,
                aiohttp_session=cast(aiohttp.ClientSession, Straight(client)),
            )
    except WebPushException as error:
        status = getattr(error.response, "status", None)
        why = f"推送服务拒绝（{status}）：{_said(error)}"
        log.warning("web_push_refused", subscription=subscription.id, status=status, why=why)
        if status in _GONE:
            return PushResult(PushOutcome.GONE, why)
        lasting = status is not None and 300 <= status < 500 and status not in _LATER
        return PushResult(PushOutcome.REFUSED if lasting else PushOutcome.FAILED, why)
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
        log.warning("web_push_failed", subscription=subscription.id, reason=type(error).__name__)
        return PushResult(PushOutcome.FAILED, f"连接不上推送服务：{type(error).__name__}")
    return PushResult(PushOutcome.SENT)


def _said(error: "WebPushException") -> str:
    """One line: pywebpush puts the service's answer into its own words."""
    answer = str(error.message if hasattr(error, "message") else error)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in answer).split())[:_SHOWN]


def _fitted(message: PushMessage) -> PushMessage:
    """A push service need not take more than 4,096 bytes, encrypted (RFC 8030, 7.2; RFC 8291, 4)."""
    title = fitted(message.title, _TITLE_BYTES, utf8_bytes, hint="…")
    return PushMessage(title, fitted(message.body, _BODY_BYTES, utf8_bytes, hint="…"), message.tag)
