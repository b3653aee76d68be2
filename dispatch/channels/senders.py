"""The channels that this installation has configured. Notices for any other channel are held, and say so."""

from collections.abc import Mapping

from core import clock
from core.settings import NoticesSettings
from dispatch.channels.answers import parse_success
from dispatch.channels.mail import Mail
from dispatch.channels.mqtt import Mqtt
from dispatch.channels.port import Sender
from dispatch.channels.robots import DingTalk, Feishu, WeCom
from dispatch.channels.sms import Ask, SmsGateway
from dispatch.channels.webhook import Webhook
from dispatch.notifications.rules import NoticeChannel

SETTING: Mapping[NoticeChannel, str] = {
    NoticeChannel.SMS: "HOTLINE_NOTICES__SMS_URL",
    NoticeChannel.EMAIL: "HOTLINE_NOTICES__SMTP_HOST",
    NoticeChannel.WECOM: "HOTLINE_NOTICES__WECOM_URL",
    NoticeChannel.DINGTALK: "HOTLINE_NOTICES__DINGTALK_URL",
    NoticeChannel.FEISHU: "HOTLINE_NOTICES__FEISHU_URL",
    NoticeChannel.WEBHOOK: "HOTLINE_NOTICES__WEBHOOK_HOSTS",
    NoticeChannel.MQTT: "HOTLINE_NOTICES__MQTT_HOST",
}
"""What turns a channel on."""


def make_senders(settings: NoticesSettings) -> dict[NoticeChannel, Sender]:
    seconds = settings.timeout_seconds
    found: dict[NoticeChannel, Sender] = {}
    if settings.sms_url:
        found[NoticeChannel.SMS] = SmsGateway(
            settings.sms_url,
            settings.sms_headers,
            settings.sms_body,
            parse_success(settings.sms_success),
            seconds,
            settings.sms_longest,
            Ask(
                settings.sms_ask_url,
                settings.sms_ask_body,
                parse_success(settings.sms_ask_sent),
                parse_success(settings.sms_ask_absent),
            ),
        )
    if settings.smtp_host:
        found[NoticeChannel.EMAIL] = Mail(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_user,
            settings.smtp_password,
            settings.mail_from,
            seconds,
            clock.now,
        )
    if settings.wecom_url:
        found[NoticeChannel.WECOM] = WeCom(settings.wecom_url, seconds)
    if settings.dingtalk_url:
        found[NoticeChannel.DINGTALK] = DingTalk(settings.dingtalk_url, seconds, clock.now)
    if settings.feishu_url:
        found[NoticeChannel.FEISHU] = Feishu(settings.feishu_url, seconds, clock.now)
    if settings.webhook_hosts:
        found[NoticeChannel.WEBHOOK] = Webhook(frozenset(settings.webhook_hosts), seconds)
    if settings.mqtt_host:
        found[NoticeChannel.MQTT] = Mqtt(
            settings.mqtt_host,
            settings.mqtt_port,
            settings.mqtt_user,
            settings.mqtt_password,
            settings.mqtt_tls,
            seconds,
        )
    return found
