"""What is asked about a call from the desk, and what became of it, over the API."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from core.texts.lines import ONE_LINE
from dispatch.workflow import Role
from telephony.control.commands import CommandKind, CommandState
from web.http.schemas import Code, Message

Number = Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[^\x00-\x1f]*$")]
"""As a person types it; what it means, and whether it may be dialled, web.calls.dialling says."""


class ToWhom(Message):
    to: Number
    """An extension (`1002`), a crew (`unit-07`), 110/119/120, or an outside number."""


class Emergency(Message):
    to: Literal["110", "119", "120"]
    way: Literal["conference", "transfer"] = "conference"
    """`conference`: three talk; `transfer`: the agent is dropped as soon as it has picked up."""


class Spy(Message):
    mode: Literal["listen", "whisper", "barge", "take_over"]


class CallFor(Message):
    to: Literal["citizen", "office", "unit"]
    code: Code = ""
    """Of the office or crew; empty: the order's."""
    which: Annotated[int, Field(ge=1, le=9)] | None = None
    """Which of the citizen's numbers, where several were left; counted from 1."""
    reason: Annotated[str, Field(max_length=400), ONE_LINE] = ""
    """Why the citizen is called: the caller is shown the citizen's data. Must be stated for a confidential citizen."""


class CommandAnswer(Message):
    """Of one command. It changes with topic `call` on /ws/live until `ended_at` is there."""

    id: int
    linkedid: str
    command: CommandKind
    target: str
    phone: str
    """Ours, with which it is done: of a call about an order the one that rings first."""
    state: CommandState
    result: str
    """For people, in Chinese; empty until it has ended."""
    display_name: str
    role: Role
    asked_at: dt.datetime
    ended_at: dt.datetime | None


class CommandsAnswer(Message):
    commands: list[CommandAnswer]
    """Newest first."""
