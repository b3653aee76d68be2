"""Web Push (RFC 8030, 8188, 8291, 8292): a browser is told though its page is closed, encrypted for it alone.

The house's own key (VAPID) is made at the first start and kept under `var`; with another key every browser would have
to subscribe again.
"""

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import aiohttp
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode
from pywebpush import WebPushException, webpush_async

from dispatch.web_push_models import WebPushSubscription

log = structlog.get_logger()

ANSWER_SECONDS = 15
KEPT_SECONDS = 4 * 3600
"""So long does the push service keep it for a phone that is switched off."""


class Told(StrEnum):
    SENT = "sent"
    GONE = "gone"
    """This browser will never be there again: forget it."""
    FAILED = "failed"


@dataclass(frozen=True)
class Message:
    """What the service worker shows."""

    title: str
    body: str
    tag: str
    """A later message with the same tag takes the place of the earlier."""


def load_vapid(file: Path) -> Vapid02:
    """The house's key, made where there is none; of two processes that make one at once, the first one's counts."""
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


async def tell(
    client: aiohttp.ClientSession, vapid: Vapid02, contact: str, subscription: WebPushSubscription, message: Message
) -> Told:
    """`contact`: whom a push service may ask about us, `mailto:…` or `https://…`."""
    browser: dict[str, str | bytes | dict[str, str | bytes]] = {
        "endpoint": subscription.endpoint,
        "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
    }
    try:
        await webpush_async(
            browser,
            json.dumps(asdict(message), ensure_ascii=False),
            vapid_private_key=vapid,
            vapid_claims={"sub": contact},
            ttl=KEPT_SECONDS,
            headers={"Urgency": "high", "Topic": message.tag},
            timeout=ANSWER_SECONDS,
            aiohttp_session=client,
        )
    except WebPushException as error:
        status = getattr(error.response, "status", None)
        log.warning("web_push_refused", subscription=subscription.id, status=status)
        return Told.GONE if status in (404, 410) else Told.FAILED
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        log.warning("web_push_failed", subscription=subscription.id, reason=type(error).__name__)
        return Told.FAILED
    return Told.SENT
