"""What goes over the API: the base of all messages, and those about people, sound and the installation.

Instants carry their zone; field names are the rows'. Calls are in web.calls.schemas, orders in web.orders.schemas.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.texts.lines import ONE_LINE, Secret
from dispatch.workflow import Role
from recordings.models import Speaker

Line = Annotated[str, Field(max_length=200), ONE_LINE]
Code = Annotated[str, Field(max_length=64), ONE_LINE]
Day = Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2100, 1, 1))]
"""A day in the city."""


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Message):
    """What went wrong (RFC 9457), as `application/problem+json`."""

    type: str = "about:blank"
    status: int
    title: str
    slug: str
    """Stable, for programs."""
    detail: str
    """For people, in Chinese."""
    fields: dict[str, str] = {}
    """Field → what is wrong with it."""


class Done(Message):
    ok: Literal[True] = True


# Who


class SignIn(Message):
    name: Annotated[str, Field(min_length=1, max_length=100), ONE_LINE]
    password: Annotated[Secret, Field(min_length=1, max_length=1000)]


class MeAnswer(Message):
    name: str
    display_name: str
    role: Role
    extension: str | None
    office_code: str | None
    unit_code: str | None
    must_change_password: bool = False
    """Somebody else made the password: until it is changed (`POST /api/me/password`) everything else answers 403."""


class SessionAnswer(Message):
    token: str
    """For `Authorization: Bearer …`; returned once."""
    expires_at: dt.datetime
    me: MeAnswer


# Recordings, agents, the installation


class SearchQuery(Message):
    q: Annotated[str, Field(min_length=1, max_length=100), ONE_LINE]
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class SearchHit(Message):
    recording_id: int
    linkedid: str
    started_at: dt.datetime
    order: str | None
    """Number of the order that the call began."""
    speaker: Speaker | None
    start_seconds: float | None
    text: str
    """The first segment with the words; the transcript's beginning when they run over two."""


class HitsAnswer(Message):
    hits: list[SearchHit]


class PeaksAnswer(Message):
    duration_seconds: float
    channels: list[list[float]]
    """Loudest sample of each slice, 0 to 1; far side first."""


class AgentRequest(Message):
    state: Literal["ready", "paused", "offline"]
    reason: Line = ""
    phone: Literal["telephone", "browser"] | None = None
    """Which telephone rings; None: as before."""


class Health(Message):
    status: Literal["ok"] = "ok"
    database: bool = True
    live: bool = True
    """Whether changes reach the screens at once."""
