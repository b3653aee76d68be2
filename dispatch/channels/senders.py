"""The channels that this installation has configured. Notifications for any other channel are held, and say so."""

from collections.abc import Mapping

from core import clock
from core.sections.notifications import NotificationsSettings
from dispatch.channels.answers import parse_success
from dispatch.channels.mail import Mail
from dispatch.channels.mqtt import Mqtt
from dispatch.channels.port import Sender
from dispatch.channels.robots import DingTalk, Feishu, WeCom
from dispatch.channels.sms import Ask, SmsGateway
from dispatch.channels.webhook import Webhook
from dispatch.notifications.rules import NotificationChannel

SETTING: Mapping[NotificationChannel, str] = {
    NotificationChannel.SMS: "HOTLINE_NOTIFICATIONS__SMS_URL",
    NotificationChannel.EMAIL: "HOTLINE_NOTIFICATIONS__SMTP_HOST",
    NotificationChannel.WECOM: "HOTLINE_NOTIFICATIONS__WECOM_URL",
    NotificationChannel.DINGTALK: "HOTLINE_NOTIFICATIONS__DINGTALK_URL",
    NotificationChannel.FEISHU: "HOTLINE_NOTIFICATIONS__FEISHU_URL",
    NotificationChannel.WEBHOOK: "HOTLINE_NOTIFICATIONS__WEBHOOK_HOSTS",
    NotificationChannel.MQTT: "HOTLINE_NOTIFICATIONS__MQTT_HOST",
}
"""What turns a channel on."""


def make_senders(settings: NotificationsSettings) -> dict[NotificationChannel, Sender]:
    seconds = settings.timeout_seconds
    found: dict[NotificationChannel, Sender] = {}
    if settings.sms_url:
        found[NotificationChannel.SMS] = SmsGateway(
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
        found[NotificationChannel.EMAIL] = Mail(
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
        found[NotificationChannel.WECOM] = WeCom(settings.wecom_url, seconds)
    if settings.dingtalk_url:
        found[NotificationChannel.DINGTALK] = DingTalk(settings.dingtalk_url, seconds, clock.now)
    if settings.feishu_url:
        found[NotificationChannel.FEISHU] = Feishu(settings.feishu_url, seconds, clock.now)
    if settings.webhook_hosts:
        found[NotificationChannel.WEBHOOK] = Webhook(frozenset(settings.webhook_hosts), seconds)
    if settings.mqtt_host:
        found[NotificationChannel.MQTT] = Mqtt(
            settings.mqtt_host,
            settings.mqtt_port,
            settings.mqtt_user,
            settings.mqtt_password,
            settings.mqtt_tls,
            seconds,
        )
    return found
