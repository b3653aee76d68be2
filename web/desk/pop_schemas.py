"""The screen pop and what is done from it, over the API."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from core.instants import Id, Whole
from core.texts.lines import MANY_LINES
from dispatch.kinds import Disposition
from dispatch.workflow import State
from telephony.blocking.block_list import BlockState
from web.http.schemas import Code, Line, Message


class KnownOrder(Message):
    """An order as the desk shows it while somebody calls."""

    number: str
    title: str
    state: State
    state_name: str
    kind_name: str
    place: str
    received_at: dt.datetime
    lamp: str | None
    """green, yellow, red; None: no limit runs."""
    due_words: str
    """还剩3小时20分; empty: no limit runs."""
    due_at: dt.datetime | None
    promised_at: dt.datetime | None
    """The date that the citizen was promised last time."""
    public_answer: str
    """The last text for the citizen."""
    merged_into: str | None
    disposition: str | None
    """In Chinese; it was thrown out as a silent, wrong, prank or abusive call."""
    why: list[str] = Field(default_factory=list)
    """Why it is shown."""
    can_join: bool = False
    progress: str = ""
    """How far it is, to be read out to its citizen, who is on the line; empty: not to this one, or not by `me`."""
    urged: int = 0
    """How often citizens have urged it."""
    progress_told: int = 0
    """How often its citizen asked how far it is, and got an answer."""
    can_urge: bool = False
    can_supplement: bool = False
    likely: bool = False
    """So much alike that registering another order asks first."""


class BlockSummary(Message):
    id: int
    number: str
    """Masked for those who need not know it; empty where the citizen wishes to stay unnamed."""
    state: BlockState
    state_name: str
    reason: str
    days: int
    proposed_at: dt.datetime
    proposed_by: str
    approved_at: dt.datetime | None
    approved_by: str | None
    expires_at: dt.datetime | None
    ended_at: dt.datetime | None
    ended_by: str | None
    decision: str
    linkedid: str | None


class OpenRequest(Message):
    """Somebody on this number waits for a call-back. A landline is not one person: the agent says whether it was the
    same person.
    """

    id: int
    order: str
    asked_at: dt.datetime


class PopAnswer(Message):
    linkedid: str
    live: bool
    answered: bool
    number: str
    """As people read it; empty: withheld by the network, or from the one who asks (`hidden`)."""
    number_type: str
    hidden: bool
    """The citizen wishes to stay unnamed, and this person may not know them, or has given no reason."""
    name: str
    calls_today: int
    calls_7_days: int
    calls_30_days: int
    abandoned_30_days: int
    last_call_at: dt.datetime | None
    often: bool
    open_requests: list[OpenRequest] = Field(default_factory=list)
    """Call-backs asked for under this number and not made yet."""
    earlier: list[KnownOrder]
    earlier_count: int
    nearby: list[KnownOrder]
    maybe: list[KnownOrder]
    """Orders of others in which the number stands."""
    order: str | None
    """Number of the order that this call began; None while nobody has answered."""
    order_state: State | None
    thrown_out: str
    """Why the draft was thrown out, or what it was merged into; empty: it was not."""
    can_dispose: bool
    dispositions: dict[Disposition, str]
    """What the call, or its further matter, may have been, with its Chinese."""
    can_take_back: bool
    block: BlockSummary | None
    """In force or proposed against this number."""
    can_block: bool
    block_days: int


class SimilarQuery(Message):
    """What the form says now; what is left out is taken from the draft."""

    subject: Code | None = None
    place_town: Code | None = None
    place: Line | None = None
    title: Line | None = None
    matter: Annotated[str, Field(max_length=10_000), MANY_LINES] | None = None


class SimilarAnswer(Message):
    orders: list[KnownOrder]


class Dispose(Message):
    disposition: Disposition
    note: Line = ""


class Join(Message):
    into: Line
    reason: Line = ""


class AboutOrder(Message):
    """Of an earlier order of the citizen who is on the line."""

    number: Line


class Supplement(AboutOrder):
    addition: Annotated[str, Field(max_length=10_000), MANY_LINES]


class SettleOpenRequest(Message):
    """The citizen now speaks: nobody need call back."""

    id: Id


class ProposeBlock(Message):
    reason: Line
    days: Whole | None = None
    """None: as long as the city's rule says."""


class DecideProposal(Message):
    why: Line = ""


class BlocksAnswer(Message):
    blocks: list[BlockSummary]
