"""The channels out: SMS, mail, chats, MQTT."""

from typing import Any, Literal

from pydantic import Field

from core.sections.base import Port, Section

_ANSWER = r"^([^=]*=.+)?$"
"""`field=value`: what an answer must say (dispatch.channels.answers)."""


class NotificationsSettings(Section):
    """How notifications are sent. Each channel is off until its address is set: nothing goes out unasked."""

    sms_url: str = ""
    """The gateway's http(s)://…; a notification is posted there as JSON."""
    sms_headers: dict[str, str] = Field(default={})
    """Sent with it, e.g. the gateway's key."""
    sms_body: dict[str, Any] = Field(default={"id": "{id}", "to": "{to}", "text": "{text}"})
    """What is posted; {id}, {to} and {text} are filled in."""
    sms_success: str = Field(default="", pattern=_ANSWER)
    """`code=0`: what the answer's JSON or XML must say; `data.0.Code=OK|Success`: inside, and one of several; `=OK`:
    how its words begin; empty: an HTTP status below 300 is enough."""
    sms_longest: int = Field(default=500, ge=70, le=2000)
    """Characters that the gateway takes; a longer text is shortened, its link kept."""
    sms_ask_url: str = ""
    """Where the gateway reports the status of an id, asked when no answer came; empty: it cannot be asked."""
    sms_ask_body: dict[str, Any] = Field(default={"id": "{id}"})
    sms_ask_sent: str = Field(default="", pattern=_ANSWER)
    """`data.status=sent`: what it says of a text that it has taken …"""
    sms_ask_absent: str = Field(default="", pattern=_ANSWER)
    """… and of one that it knows nothing of, which is sent again."""
    smtp_host: str = ""
    smtp_port: Port = 587
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str = ""
    smtp_password: str = ""
    mail_from: str = ""
    wecom_url: str = ""
    dingtalk_url: str = ""
    feishu_url: str = ""
    webhook_hosts: tuple[str, ...] = ()
    """Hosts to which contacts of kind webhook may point."""
    mqtt_host: str = ""
    mqtt_port: Port = 1883
    mqtt_user: str = ""
    mqtt_password: str = ""
    mqtt_tls: bool = False
    timeout_seconds: float = Field(default=15, ge=1, le=60)
    """Response timeout."""
