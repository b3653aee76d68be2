"""A city's `notifications.toml` and `follow-up.toml`: which texts people get and when; when citizens are asked."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from core.errors import ConfigurationError
from dispatch.city.files import Label, Name, Strict
from dispatch.notifications.rules import (
    STANDARD,
    NotificationChannel,
    NotificationRules,
    NotificationText,
    Template,
    wrong_words,
)


class TextLine(Strict):
    code: Template
    title: Label
    text: Name
    at_night: bool = False


class NotificationsFile(Strict):
    line: Name
    quiet_begins: dt.time
    quiet_ends: dt.time
    retry_minutes: Annotated[list[Annotated[int, Field(ge=1, le=1440)]], Field(min_length=1, max_length=20)]
    keep_hours: Annotated[int, Field(ge=1, le=720)]
    pace_per_minute: dict[NotificationChannel, Annotated[int, Field(ge=1, le=6000)]] = Field(default_factory=dict)
    office_link_days: Annotated[int, Field(ge=1, le=60)]
    text: list[TextLine]


def notification_rules(file: NotificationsFile) -> NotificationRules:
    """Raises ConfigurationError naming each text that is missing, stands there twice or cannot be filled in."""
    own = {line.code: NotificationText(line.title, line.text, line.at_night) for line in file.text}
    texts = {**STANDARD, **own}
    wrong = [f"{code}: no text" for code in Template if code not in texts]
    wrong += [f"{code}: {why}" for code, text in texts.items() if (why := wrong_words(text))]
    if len(own) != len(file.text):
        wrong.append("a code is used twice")
    if wrong:
        raise ConfigurationError(f"notifications.toml: {'; '.join(wrong)}")
    figures = file.model_dump(exclude={"text", "retry_minutes"})
    return NotificationRules(texts=texts, retry_minutes=tuple(file.retry_minutes), **figures)
