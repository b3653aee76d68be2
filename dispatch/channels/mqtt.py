"""MQTT for terminals in vehicles: the address is the topic, delivered to the broker at least once (QoS 1)."""

import json
import ssl
from dataclasses import dataclass

import aiomqtt

from dispatch.channels.port import Letter, Unasked
from dispatch.notifications.fitting import fitted, utf8_bytes
from dispatch.notifications.rules import Delivery

_TEXT_BYTES = 16_000
"""Terminals in vehicles keep a packet in little memory, and brokers may limit it (MQTT 5, Maximum Packet Size)."""


@dataclass(frozen=True)
class Mqtt(Unasked):
    host: str
    port: int
    user: str
    password: str
    tls: bool
    seconds: float

    async def send(self, letter: Letter) -> Delivery:
        text = fitted(letter.text, _TEXT_BYTES, utf8_bytes)
        body = {"id": letter.id, "order": letter.order, "title": letter.title, "text": text}
        try:
            async with aiomqtt.Client(
                self.host,
                self.port,
                username=self.user or None,
                password=self.password or None,
                tls_context=ssl.create_default_context() if self.tls else None,
                timeout=self.seconds,
            ) as client:
                await client.publish(letter.address, json.dumps(body, ensure_ascii=False), qos=1)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            return Delivery(False, f"连接不上：{error or type(error).__name__}")
        return Delivery(True, "消息服务器已收到")
