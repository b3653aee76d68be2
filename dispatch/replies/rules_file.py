"""`replies.toml` as it is written, and the templates that it becomes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.folder.faults import FaultyFolder, twice
from core.folder.reading import read_toml
from core.folder.shapes import Name, Strict
from dispatch.kinds import Kind
from dispatch.replies.rules import ReplyTemplate


class ReplyLine(Strict):
    kinds: Annotated[list[Kind], Field(min_length=1)]
    done: Name
    public_answer: Name


class RepliesFile(Strict):
    reply: list[ReplyLine]


def reply_templates(file: Path) -> Mapping[Kind, ReplyTemplate]:
    """None for any kind where the city has no such file. Raises FaultyFolder."""
    if not file.exists():
        return {}
    found: dict[Kind, ReplyTemplate] = {}
    lines = read_toml(file, RepliesFile).reply
    for line in lines:
        found.update(dict.fromkeys(line.kinds, ReplyTemplate(line.done, line.public_answer)))
    if doubled := [*twice(file.name, "诉求类型", [(kind, line.line_in_file) for line in lines for kind in line.kinds])]:
        raise FaultyFolder(doubled)
    return found
