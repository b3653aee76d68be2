"""What a notification says, when it may go out, and when it is tried again. Pure; the figures and texts are the city's
(`notifications.toml`, read by dispatch.notifications.rules_file)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2 import Template as Words
from jinja2.sandbox import SandboxedEnvironment

from core.clock import CITY_ZONE, in_city
from core.texts.lines import many_lines, one_line

LINK = "{链接}"
"""Stands in a notification's text for the signed address, which is put in when it is sent and stored nowhere."""


class NotificationChannel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    WEBHOOK = "webhook"
    MQTT = "mqtt"


class Audience(StrEnum):
    """The recipients."""

    CITIZEN = "citizen"
    OFFICE = "office"
    UNIT = "unit"
    COORDINATOR = "coordinator"
    SUPERVISOR = "supervisor"
    LEADER = "leader"


class NotificationState(StrEnum):
    WAITING = "waiting"
    """For its first attempt, or for the next."""
    HELD = "held"
    """Its channel is not configured in this installation; it goes out when it is, if that is soon enough."""
    SENT = "sent"
    """The other side took it; whether somebody read it is not known."""
    DEAD = "dead"
    """Tried as often as the city wants it, or refused for good: a person must check."""
    UNKNOWN = "unknown"
    """It was handed over and no answer came: it may have been sent, and is not sent again unless a person wants it."""
    EXPIRED = "expired"
    """Held for so long that it says nothing new any more."""
    DROPPED = "dropped"
    """A person decided that it need not be sent."""


class AttemptOutcome(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """No answer, or one that cannot be read: it may have been sent."""
    RESENT = "resent"
    """A person had it tried again."""
    DROPPED = "dropped"


class Template(StrEnum):
    """Every text that the city words."""

    ORDER_REGISTERED = "order_registered"
    ORDER_FINISHED = "order_finished"
    JOINED = "joined"
    JOINED_MOVED = "joined_moved"
    JOINED_FINISHED = "joined_finished"
    FOLLOW_UP = "follow_up"
    NEW_ORDER = "new_order"
    PART_OF_ORDER = "part_of_order"
    OFFICE_LINK = "office_link"
    SENT_BACK = "sent_back"
    SUPERVISED = "supervised"
    INSTRUCTED = "instructed"
    REMINDER = "reminder"
    WARNING = "warning"
    ACCOUNTABILITY = "accountability"
    RETURN_ASKED = "return_asked"
    UNDECIDED = "undecided"
    ESCALATED = "escalated"
    CREW_ORDER = "crew_order"
    NOBODY_TOOK = "nobody_took"
    REACHABILITY_CHECK = "reachability_check"
    UNREACHABLE = "unreachable"
    LIMITS_MOVED = "limits_moved"
    URGED = "urged"
    SUPPLEMENTED = "supplemented"
    TO_CITIZEN = "to_citizen"
    NOTE_TO_OFFICE = "note_to_office"
    NOTE_FROM_OFFICE = "note_from_office"


FACTS: Mapping[str, str] = {
    "city": "某市",
    "hotline": "热线",
    "line": "12345",
    "number": "AB20261121-0042-2",
    "title": "路灯不亮",
    "confidential": "",
    "office": "路灯管理所",
    "due": "11月24日 17:30",
    "reason": "理由",
    "answer": "已经修好。",
    "other": "AB20261121-0007-1",
    "urgency": "紧急",
    "place": "人民路中段",
    "link": LINK,
    "until": "11月28日 17:30",
}
"""Everything that a text may name, each with what it may look like; what a notification has not is empty."""


@dataclass(frozen=True)
class NotificationText:
    title: str
    text: str
    """Jinja, without HTML."""
    at_night: bool = False
    """Also sent to citizens in the quiet hours."""


STANDARD: Mapping[Template, NotificationText] = {
    Template.LIMITS_MOVED: NotificationText(
        "时限重新计算",
        "放假调休安排已确定，重新计算了{{ office }}{{ reason }}。请以工单上的时限为准。",
    ),
    Template.URGED: NotificationText(
        "催办", "{{ number }}“{{ title }}”：诉求人来电催办{{ reason }}，请尽快办理并联系诉求人。{{ link }}"
    ),
    Template.SUPPLEMENTED: NotificationText(
        "诉求人补充", "{{ number }}“{{ title }}”：诉求人来电补充，内容请在工单里查看。{{ link }}"
    ),
    Template.NOTE_TO_OFFICE: NotificationText(
        "内部留言 {{ number }}", "工单{{ number }}“{{ title }}”有给您单位的内部留言，请查看。{{ link }}"
    ),
    Template.NOTE_FROM_OFFICE: NotificationText(
        "内部留言 {{ number }}", "{{ office }}在工单{{ number }}“{{ title }}”里留言，请登录后查看。"
    ),
    Template.TO_CITIZEN: NotificationText("{{ city }}{{ line }}", "工单{{ number }}：{{ reason }}"),
}
"""Of texts that cities' files of earlier releases do not have."""


@dataclass(frozen=True)
class NotificationRules:
    texts: Mapping[Template, NotificationText] = field(default_factory=dict)
    quiet_begins: dt.time = dt.time(21, 30)
    """City time; from then on citizens are not written to …"""
    quiet_ends: dt.time = dt.time(8)
    """… until then, mostly of the next day."""
    retry_minutes: tuple[int, ...] = (1, 5, 30, 120, 720)
    """Pauses after the first, second … failure; after the last pause's attempt it is given up."""
    keep_hours: int = 72
    """After this long without success a notification is not sent at all."""
    pace_per_minute: Mapping[NotificationChannel, int] = field(default_factory=dict)
    """Notifications a minute to one address; a channel that is not in it has no limit."""
    office_link_days: int = 7
    """How long the link in a notification lets an office handle its order."""


@dataclass(frozen=True)
class Delivery:
    """What became of one attempt."""

    ok: bool
    said: str
    """What the other side answered, for people; short."""
    lasting: bool = False
    """Trying again as it is makes no sense: a wrong address or password."""
    unclear: bool = False
    """The other side may have taken it all the same."""
    later_seconds: float | None = None
    """It was too early: to be sent again after this long; not counted as a failed attempt."""


_WORDS = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)


@lru_cache(256)
def _read(words: str) -> Words:
    return _WORDS.from_string(words)


def render(rules: NotificationRules, template: Template, facts: Mapping[str, Any]) -> tuple[str, str]:
    """(title, text). Raises jinja2.TemplateError for a name that is not in FACTS."""
    known: dict[str, Any] = {**dict.fromkeys(FACTS, ""), **facts}
    wording = rules.texts[template]
    title, text = (_read(words).render(known).strip() for words in (wording.title, wording.text))
    # Orders of earlier releases may have breaks in a title or a place.
    return one_line(title), many_lines(text)


def wrong_words(wording: NotificationText) -> str:
    """Why this text cannot be filled in; empty: it can."""
    try:
        for words in (wording.title, wording.text):
            if not _read(words).render(FACTS).strip():
                return "填好以后是空的"
    except TemplateError as error:
        return f"填不出来（{error}）"
    return ""


def not_before(rules: NotificationRules, audience: Audience, template: Template, at: dt.datetime) -> dt.datetime:
    """`at`, or the end of the quiet hours that it falls into. Only citizens have them."""
    if audience is not Audience.CITIZEN or rules.texts[template].at_night:
        return at
    local = in_city(at)
    begins, ends, time = rules.quiet_begins, rules.quiet_ends, local.time()
    over_midnight = begins > ends
    quiet = (time >= begins or time < ends) if over_midnight else begins <= time < ends
    if not quiet:
        return at
    day = local.date() + dt.timedelta(days=1) if over_midnight and time >= begins else local.date()
    return dt.datetime.combine(day, ends, CITY_ZONE).astimezone(dt.UTC)


def retry_at(rules: NotificationRules, tries: int, at: dt.datetime) -> dt.datetime | None:
    """When to try again after `tries` failed attempts; None: never."""
    if tries > len(rules.retry_minutes):
        return None
    return at + dt.timedelta(minutes=rules.retry_minutes[tries - 1])


def too_old(rules: NotificationRules, queued_at: dt.datetime, at: dt.datetime) -> bool:
    return at - queued_at > dt.timedelta(hours=rules.keep_hours)
