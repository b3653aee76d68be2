"""SMS through the city's gateway, whose request is described by settings: address, headers, JSON, what success is.

A text costs money and wakes people up: one that the gateway may have taken is not sent again. Where the gateway can be
asked what became of an id (`ask`), it is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.channels.answers import STATUS_ONLY
from dispatch.channels.http import Success, post_json
from dispatch.channels.port import Letter
from dispatch.notifications.fitting import fitted, utf16_units
from dispatch.notifications.rules import Delivery


@dataclass(frozen=True)
class Ask:
    """How the gateway is asked whether it has a text; `url` empty: it cannot be."""

    url: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    sent: Success = STATUS_ONLY
    """What its answer says where it has taken the text …"""
    absent: Success = STATUS_ONLY
    """… and where it knows nothing of it."""


@dataclass(frozen=True)
class SmsGateway:
    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    """`{id}`, `{to}` and `{text}` in its strings are filled in."""
    success: Success
    seconds: float
    longest: int = 500
    """Characters of UCS2; a longer text is shortened."""
    ask: Ask = field(default_factory=Ask)

    @property
    def once(self) -> bool:
        return True

    async def send(self, letter: Letter) -> Delivery:
        delivery = await post_json(
            self.url, self._filled(self.body, letter), seconds=self.seconds, success=self.success, headers=self.headers
        )
        return (await self.became(letter) or delivery) if delivery.unclear else delivery

    async def became(self, letter: Letter) -> Delivery | None:
        if not self.ask.url:
            return None
        body = self._filled(self.ask.body, letter)
        delivery = await post_json(
            self.ask.url, body, seconds=self.seconds, success=self.ask.sent, headers=self.headers
        )
        if delivery.ok:
            return Delivery(True, f"没有等到回应，查询到短信平台已收下：{delivery.said}")
        delivery = await post_json(
            self.ask.url, body, seconds=self.seconds, success=self.ask.absent, headers=self.headers
        )
        if delivery.ok and self.ask.absent != STATUS_ONLY:
            return Delivery(False, f"短信平台查不到这条，将再发一次：{delivery.said}")
        return None

    def _filled(self, shape: Mapping[str, Any], letter: Letter) -> Any:
        text = fitted(letter.text, self.longest, utf16_units)
        return fill(shape, {"{id}": letter.id, "{to}": letter.address, "{text}": text})


def fill(shape: Any, values: Mapping[str, str]) -> Any:
    """`shape` with the values in its strings; what a value itself holds is never looked at again."""
    if isinstance(shape, Mapping):
        return {name: fill(inner, values) for name, inner in shape.items()}
    if isinstance(shape, list):
        return [fill(inner, values) for inner in shape]
    if not isinstance(shape, str):
        return shape
    for name, value in values.items():
        before, found, after = shape.partition(name)
        if found:
            return fill(before, values) + value + fill(after, values)
    return shape
