"""`replies.toml` as it is written, and the templates that it becomes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.errors import ConfigurationError
from dispatch.city.files import Name, Strict, read_toml
from dispatch.kinds import Kind
from dispatch.replies.rules import ReplyTemplate


class ReplyLine(Strict):
    kinds: Annotated[list[Kind], Field(min_length=1)]
    done: Name
    public_answer: Name


class RepliesFile(Strict):
    reply: list[ReplyLine]


def reply_templates(file: Path) -> Mapping[Kind, ReplyTemplate]:
    """None for any kind where the city has no such file. Raises ConfigurationError."""
    if not file.exists():
        return {}
    found: dict[Kind, ReplyTemplate] = {}
    for line in read_toml(file, RepliesFile).reply:
        for kind in line.kinds:
            if kind in found:
                raise ConfigurationError(f"{file}: two templates for {kind}")
            found[kind] = ReplyTemplate(line.done, line.public_answer)
    return found
