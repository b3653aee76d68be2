"""The group robots of WeCom, DingTalk and Feishu: a text into the group whose robot has the address's key.

Their answers say 200 also when they refuse (wrong key, keyword missing, too many a minute): the body decides.
Payloads, lengths and paces: developer.work.weixin.qq.com/document/path/91770 (text of at most 2,048 bytes, 20 a
minute), open.dingtalk.com 自定义机器人接入 (body of at most 20,000 bytes, 20 a minute, else nothing for ten minutes),
open.feishu.cn 自定义机器人 (body of at most 20 KB, 100 a minute and 5 a second).
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from urllib.parse import quote

from core.clock import Clock
from dispatch.channels.http import RobotPace, Success, post_json
from dispatch.channels.port import Letter, Unasked
from dispatch.notifications.fitting import fitted, utf8_bytes
from dispatch.notifications.rules import Delivery

WECOM_BYTES = 2_048
_BODY_BYTES = 18_000
"""Of the text alone; the rest is for what stands around it."""
_ERRCODE = Success("errcode", "0")
_WECOM_PACE = RobotPace("errcode", frozenset({"45009", "45033"}))
_DINGTALK_PACE = RobotPace("errcode", frozenset({"130101", "410100", "90018", "90030"}), pause_seconds=600)
_FEISHU_PACE = RobotPace("code", frozenset({"9499", "11232", "11233", "11247", "230020", "99991400"}))


@dataclass(frozen=True)
class WeCom(Unasked):
    url: str
    seconds: float

    async def send(self, letter: Letter) -> Delivery:
        body = {"msgtype": "text", "text": {"content": _words(letter, WECOM_BYTES)}}
        url = f"{self.url}?key={quote(letter.address)}"
        return await post_json(url, body, seconds=self.seconds, success=_ERRCODE, pace=_WECOM_PACE)


@dataclass(frozen=True)
class DingTalk(Unasked):
    url: str
    seconds: float
    clock: Clock

    async def send(self, letter: Letter) -> Delivery:
        body = {"msgtype": "text", "text": {"content": _words(letter, _BODY_BYTES)}}
        url = f"{self.url}?access_token={quote(letter.address)}"
        if letter.secret:
            stamp = str(int(self.clock().timestamp() * 1000))
            signed = _hmac(letter.secret.encode(), f"{stamp}\n{letter.secret}".encode())
            url += f"&timestamp={stamp}&sign={quote(signed, safe='')}"
        return await post_json(url, body, seconds=self.seconds, success=_ERRCODE, pace=_DINGTALK_PACE)


@dataclass(frozen=True)
class Feishu(Unasked):
    url: str
    seconds: float
    clock: Clock

    async def send(self, letter: Letter) -> Delivery:
        body: dict[str, object] = {"msg_type": "text", "content": {"text": _words(letter, _BODY_BYTES)}}
        if letter.secret:
            stamp = str(int(self.clock().timestamp()))
            # Here, unlike at DingTalk, stamp and secret are the key and nothing is signed with it.
            body |= {"timestamp": stamp, "sign": _hmac(f"{stamp}\n{letter.secret}".encode(), b"")}
        url = f"{self.url.rstrip('/')}/{quote(letter.address)}"
        return await post_json(url, body, seconds=self.seconds, success=Success("code", "0"), pace=_FEISHU_PACE)


def _words(letter: Letter, most: int) -> str:
    """JSON writes a line break, a quotation mark with two characters, a control character with six; they are counted
    so.
    """
    return fitted(f"{letter.title}\n{letter.text}", most, _json_bytes)


def _json_bytes(text: str) -> int:
    return utf8_bytes(json.dumps(text, ensure_ascii=False)) - len('""')


def _hmac(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
