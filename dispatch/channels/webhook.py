"""A notice as JSON to another system's address, signed so that it can tell that we sent it."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from dispatch.channels.http import post_json
from dispatch.channels.port import Letter, Unasked
from dispatch.notice_rules import Delivery


@dataclass(frozen=True)
class Webhook(Unasked):
    hosts: frozenset[str]
    """Addresses elsewhere are refused: whoever may enter a contact must not reach our own network with it."""
    seconds: float

    async def send(self, letter: Letter) -> Delivery:
        if (urlsplit(letter.address).hostname or "") not in self.hosts:
            return Delivery(False, "这个地址不在允许的主机之列", lasting=True)
        body = {"id": letter.id, "order": letter.order, "title": letter.title, "text": letter.text}
        headers = {"X-Hotline-Signature": f"sha256={sign(letter.secret, body)}"} if letter.secret else None
        return await post_json(letter.address, body, seconds=self.seconds, headers=headers)


def sign(secret: str, body: object) -> str:
    """HMAC-SHA-256, hexadecimal, over the very bytes that are posted."""
    return hmac.new(secret.encode(), json.dumps(body, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()
