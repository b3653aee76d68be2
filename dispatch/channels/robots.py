"""The group robots of WeCom, DingTalk and Feishu: a text into the group whose robot has the address's key.

Their answers say 200 also when they refuse (wrong key, keyword missing, too many a minute): the body decides.
Payloads: developer.work.weixin.qq.com/document/path/91770; open.dingtalk.com and open.feishu.cn, 自定义机器人.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote

from core.clock import Clock
from dispatch.channels.http import Success, post_json
from dispatch.channels.port import Letter
from dispatch.notice_rules import Delivery


@dataclass(frozen=True)
class WeCom:
    url: str
    seconds: float

    async def send(self, letter: Letter) -> Delivery:
        body = {"msgtype": "text", "text": {"content": _words(letter)}}
        url = f"{self.url}?key={quote(letter.address)}"
        return await post_json(url, body, seconds=self.seconds, success=Success("errcode", "0"))


@dataclass(frozen=True)
class DingTalk:
    url: str
    seconds: float
    clock: Clock

    async def send(self, letter: Letter) -> Delivery:
        body = {"msgtype": "text", "text": {"content": _words(letter)}}
        url = f"{self.url}?access_token={quote(letter.address)}"
        if letter.secret:
            stamp = str(int(self.clock().timestamp() * 1000))
            signed = _hmac(letter.secret.encode(), f"{stamp}\n{letter.secret}".encode())
            url += f"&timestamp={stamp}&sign={quote(signed, safe='')}"
        return await post_json(url, body, seconds=self.seconds, success=Success("errcode", "0"))


@dataclass(frozen=True)
class Feishu:
    url: str
    seconds: float
    clock: Clock

    async def send(self, letter: Letter) -> Delivery:
        body: dict[str, object] = {"msg_type": "text", "content": {"text": _words(letter)}}
        if letter.secret:
            stamp = str(int(self.clock().timestamp()))
            # Here, unlike at DingTalk, stamp and secret are the key and nothing is signed with it.
            body |= {"timestamp": stamp, "sign": _hmac(f"{stamp}\n{letter.secret}".encode(), b"")}
        url = f"{self.url.rstrip('/')}/{quote(letter.address)}"
        return await post_json(url, body, seconds=self.seconds, success=Success("code", "0"))


def _words(letter: Letter) -> str:
    return f"{letter.title}\n{letter.text}"


def _hmac(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
