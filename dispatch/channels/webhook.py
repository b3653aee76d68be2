"""A notification as JSON to another system's address, signed so that it can verify that we sent it."""

import hashlib
import hmac
import json
from dataclasses import dataclass

from yarl import URL

from dispatch.channels.http import post_json
from dispatch.channels.port import Letter, Unasked
from dispatch.notifications.rules import Delivery


@dataclass(frozen=True)
class Webhook(Unasked):
    hosts: frozenset[str]
    """Addresses elsewhere are refused: whoever may enter a contact must not reach our own network with it."""
    seconds: float

    async def send(self, letter: Letter) -> Delivery:
        # Read once, by whom it is sent with: what another reader takes for the host says nothing.
        try:
            url = URL(letter.address)
        except ValueError:
            return Delivery(False, "这个地址不是一个网址", lasting=True)
        if url.scheme not in ("http", "https") or url.user is not None or (url.host or "") not in self.hosts:
            return Delivery(False, "这个地址不在允许的主机之列", lasting=True)
        body = {"id": letter.id, "order": letter.order, "title": letter.title, "text": letter.text}
        headers = {"X-Hotline-Signature": f"sha256={sign(letter.secret, body)}"} if letter.secret else None
        return await post_json(url, body, seconds=self.seconds, headers=headers)


def sign(secret: str, body: object) -> str:
    """HMAC-SHA-256, hexadecimal, over the very bytes that are posted."""
    return hmac.new(secret.encode(), json.dumps(body, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()
