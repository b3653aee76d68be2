"""SMS through the city's gateway, whose request is described by settings: address, headers, JSON, what success is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dispatch.channels.http import Success, post_json
from dispatch.channels.port import Letter
from dispatch.notice_rules import Delivery


@dataclass(frozen=True)
class SmsGateway:
    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    """`{id}`, `{to}` and `{text}` in its strings are filled in."""
    success: Success
    seconds: float

    async def send(self, letter: Letter) -> Delivery:
        body = fill(self.body, {"{id}": letter.id, "{to}": letter.address, "{text}": letter.text})
        return await post_json(self.url, body, seconds=self.seconds, success=self.success, headers=self.headers)


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
