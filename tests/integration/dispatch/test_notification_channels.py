"""Each channel speaks its real protocol with a server on loopback, and reads the server's yes and no."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import aiomqtt
import pytest

from core import clock
from core.sections.notifications import NotificationsSettings
from dispatch.channels.mail import Mail
from dispatch.channels.mqtt import Mqtt
from dispatch.channels.port import Letter
from dispatch.channels.senders import SETTING, make_senders
from dispatch.channels.webhook import sign
from dispatch.notifications.rules import NotificationChannel
from tests.support.gateways import Gateway, broker, http_gateway, mail_server

LETTER = Letter(
    "notification-7", "key-of-robot", "快到时限", "工单“路灯不亮”的时限是17:30。", order="QF20261121-0042-2"
)
SIGNED = replace(LETTER, secret="SEC-of-robot")


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with http_gateway() as made:
        yield made


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def test_a_text_message_is_posted_in_the_gateways_own_shape(gateway: Gateway) -> None:
    settings = NotificationsSettings(
        sms_url=f"{gateway.url}/send",
        sms_headers={"Authorization": "Bearer 钥匙".encode().decode("latin-1")},
        sms_body={"mobile": "{to}", "content": "{text}", "uid": "{id}"},
        sms_success="code=0",
    )
    sms = make_senders(settings)[NotificationChannel.SMS]
    gateway.body = {"code": 0, "msg": "已提交"}
    delivery = await sms.send(replace(LETTER, address="13800000042"))
    assert delivery.ok
    assert "已提交" in delivery.said
    assert gateway.got == [{"mobile": "13800000042", "content": LETTER.text, "uid": "notification-7"}]
    gateway.body = {"code": 1013, "msg": "余额不足"}
    delivery = await sms.send(replace(LETTER, address="13800000042"))
    assert not delivery.ok
    assert "余额不足" in delivery.said
    gateway.status = 401
    assert (await sms.send(LETTER)).lasting


async def test_the_groups_robots_get_a_text_signed_as_each_of_them_wants_it(gateway: Gateway) -> None:
    settings = NotificationsSettings(
        wecom_url=f"{gateway.url}/cgi-bin/webhook/send",
        dingtalk_url=f"{gateway.url}/robot/send",
        feishu_url=f"{gateway.url}/open-apis/bot/v2/hook",
    )
    senders = make_senders(settings)
    words = f"{LETTER.title}\n{LETTER.text}"
    gateway.body = {"errcode": 0, "errmsg": "ok", "code": 0}
    for channel in (NotificationChannel.WECOM, NotificationChannel.DINGTALK, NotificationChannel.FEISHU):
        assert (await senders[channel].send(SIGNED)).ok
    wecom, dingtalk, feishu = gateway.got
    assert wecom == {"msgtype": "text", "text": {"content": words}}
    assert dingtalk == {"msgtype": "text", "text": {"content": words}}
    assert feishu["msg_type"] == "text"
    assert feishu["content"] == {"text": words}
    of_wecom, of_dingtalk, of_feishu = gateway.queries
    assert of_wecom["key"] == "key-of-robot"
    stamp = of_dingtalk["timestamp"]
    expected = hmac.new(b"SEC-of-robot", f"{stamp}\nSEC-of-robot".encode(), hashlib.sha256).digest()
    assert of_dingtalk == {
        "access_token": "key-of-robot",
        "timestamp": stamp,
        "sign": base64.b64encode(expected).decode(),
        "path": "/robot/send",
    }
    assert of_feishu["path"] == "/open-apis/bot/v2/hook/key-of-robot"
    expected = hmac.new(f"{feishu['timestamp']}\nSEC-of-robot".encode(), b"", hashlib.sha256).digest()
    assert feishu["sign"] == base64.b64encode(expected).decode()
    gateway.body = {"errcode": 93000, "errmsg": "invalid webhook url", "code": 19021}
    for channel in (NotificationChannel.WECOM, NotificationChannel.DINGTALK, NotificationChannel.FEISHU):
        delivery = await senders[channel].send(LETTER)
        assert not delivery.ok
        assert "invalid webhook url" in delivery.said


async def test_another_system_gets_json_whose_signature_it_can_check_and_no_other_host_is_reached(
    gateway: Gateway,
) -> None:
    webhook = make_senders(NotificationsSettings(webhook_hosts=("127.0.0.1",)))[NotificationChannel.WEBHOOK]
    assert (await webhook.send(replace(SIGNED, address=f"{gateway.url}/hook"))).ok
    body = {"id": "notification-7", "order": LETTER.order, "title": LETTER.title, "text": LETTER.text}
    assert gateway.got == [body]
    signed = hmac.new(b"SEC-of-robot", gateway.raw[0], hashlib.sha256).hexdigest()
    assert gateway.headers[0]["X-Hotline-Signature"] == f"sha256={signed}"
    assert sign("SEC-of-robot", body) == signed
    delivery = await webhook.send(replace(LETTER, address=gateway.url.replace("127.0.0.1", "localhost")))
    assert (delivery.ok, delivery.lasting) == (False, True)
    assert "不在允许的主机之列" in delivery.said
    assert len(gateway.got) == 1


async def test_nobody_at_the_other_end_and_one_who_never_answers_are_failures_that_are_tried_again(
    gateway: Gateway,
) -> None:
    settings = NotificationsSettings(wecom_url=f"http://127.0.0.1:{free_port()}/", timeout_seconds=1)
    delivery = await make_senders(settings)[NotificationChannel.WECOM].send(LETTER)
    assert (delivery.ok, delivery.lasting) == (False, False)
    assert "连接不上" in delivery.said
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings = NotificationsSettings(wecom_url=f"http://127.0.0.1:{port}/", timeout_seconds=1)
        delivery = await make_senders(settings)[NotificationChannel.WECOM].send(LETTER)
    assert not delivery.ok
    assert "没有回应" in delivery.said


async def test_a_mail_comes_whole_and_a_refused_address_is_told_apart_from_a_full_mailbox() -> None:
    async with mail_server() as (mailbox, port):
        mail = Mail("127.0.0.1", port, "none", "", "", "曲阜一线通 <line@example.cn>", 10, clock.now)
        letter = replace(LETTER, address="office@example.cn")
        delivery = await mail.send(letter)
        assert delivery.ok
        assert "taken as 1" in delivery.said
        (envelope,) = mailbox.mails
        assert envelope.rcpt_tos == ["office@example.cn"]
        message = message_from_bytes(bytes(envelope.content or b""), policy=default)
        assert (message["Subject"], message["Message-ID"]) == ("快到时限", "<notification-7@example.cn>")
        assert message.get_content().strip() == LETTER.text
        mailbox.refuse = "550 no such user"
        delivery = await mail.send(letter)
        assert (delivery.ok, delivery.lasting) == (False, True)
        assert "no such user" in delivery.said
        mailbox.refuse = "452 mailbox full"
        delivery = await mail.send(letter)
        assert (delivery.ok, delivery.lasting) == (False, False)
        # A title cannot smuggle in a header.
        mailbox.refuse = ""
        assert (await mail.send(replace(letter, title="一\r\nBcc: someone@example.cn\u2028二" + "长" * 500))).ok
        message = message_from_bytes(bytes(mailbox.mails[-1].content or b""), policy=default)
        assert message["Subject"].startswith("一 Bcc: someone@example.cn 二长")
        assert "Bcc" not in message
        delivery = await mail.send(replace(letter, address="office@example.cn\r\nBcc: x@example.cn"))
        assert (delivery.ok, delivery.lasting) == (False, True)
    delivery = await replace(mail, port=free_port()).send(letter)
    assert (delivery.ok, delivery.lasting) == (False, False)


async def test_a_terminal_that_listens_to_its_topic_gets_the_notification() -> None:
    letter = replace(LETTER, address="hotline/unit-01")
    async with broker() as port, aiomqtt.Client("127.0.0.1", port) as terminal:
        mqtt = Mqtt("127.0.0.1", port, "", "", tls=False, seconds=10)
        await terminal.subscribe("hotline/unit-01", qos=1)
        assert (await mqtt.send(letter)).ok
        heard = await anext(aiter(terminal.messages))
        assert str(heard.topic) == "hotline/unit-01"
        assert json.loads(bytes(heard.payload)) == {  # type: ignore[arg-type]
            "id": "notification-7",
            "order": LETTER.order,
            "title": LETTER.title,
            "text": LETTER.text,
        }
    delivery = await replace(mqtt, port=free_port()).send(letter)
    assert (delivery.ok, delivery.lasting) == (False, False)


def test_a_house_that_was_told_nothing_sends_nothing_and_every_channel_names_what_turns_it_on() -> None:
    assert make_senders(NotificationsSettings()) == {}
    known = {f"HOTLINE_NOTIFICATIONS__{name.upper()}" for name in NotificationsSettings.model_fields}
    assert set(SETTING) == set(NotificationChannel)
    assert set(SETTING.values()) <= known
