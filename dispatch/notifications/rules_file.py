"""A city's `notifications.toml` and `follow-up.toml`: which texts people get and when; when citizens are asked."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from core.folder.faults import Fault, FaultyFolder, twice
from core.folder.shapes import Label, Name, Strict
from dispatch.notifications.rules import (
    FACTS,
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
    quiet_begins: dt.time
    quiet_ends: dt.time
    retry_minutes: Annotated[list[Annotated[int, Field(ge=1, le=1440)]], Field(min_length=1, max_length=20)]
    keep_hours: Annotated[int, Field(ge=1, le=720)]
    pace_per_minute: dict[NotificationChannel, Annotated[int, Field(ge=1, le=6000)]] = Field(default_factory=dict)
    office_link_days: Annotated[int, Field(ge=1, le=60)]
    text: list[TextLine]


def notification_rules(file: NotificationsFile) -> NotificationRules:
    """Raises FaultyFolder naming each text that is missing, stands there twice or cannot be filled in."""
    name = "notifications.toml"
    own = {line.code: NotificationText(line.title, line.text, line.at_night) for line in file.text}
    texts = {**STANDARD, **own}
    faults = [Fault(name, f"没有 code 为 {code} 的 [[text]]", "补上这一段") for code in Template if code not in texts]
    faults += twice(name, "code", [(line.code, line.line_in_file) for line in file.text])
    for line in file.text:
        if why := wrong_words(own[line.code]):
            faults.append(Fault(name, f"{line.code}：{why}", f"文字里可以用：{'、'.join(FACTS)}", line.line_in_file))
    if faults:
        raise FaultyFolder(faults)
    figures = file.model_dump(exclude={"text", "retry_minutes"})
    return NotificationRules(texts=texts, retry_minutes=tuple(file.retry_minutes), **figures)
