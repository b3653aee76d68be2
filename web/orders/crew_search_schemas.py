"""Over the API: which crews could go, and the search for one that takes the order."""

import datetime as dt

from dispatch.assignments.crew_search_rules import CrewSearchState, SearchAction
from web.http.schemas import Message


class UnitChoiceAnswer(Message):
    """One crew of those that could go; the best stands first."""

    unit_code: str
    why: str
    """In Chinese: trade and town, shift, load, distance and age of the position."""


class CrewSearchActionAnswer(Message):
    seq: int
    at: dt.datetime
    action: SearchAction
    unit_code: str
    why: str


class CrewSearchAnswer(Message):
    id: int
    state: CrewSearchState
    unit_code: str
    """The crew being asked, or the one that took it."""
    tried: list[str]
    """All crews asked, in order."""
    next_at: dt.datetime | None
    """When the next step is due; a yes, a no or the end of a call comes before."""
    begun_at: dt.datetime
    ended_at: dt.datetime | None
    alarmed_at: dt.datetime | None
    alarm_seen_at: dt.datetime | None
    alarm_seen_by: str
    actions: list[CrewSearchActionAnswer]


class UnitAlarm(Message):
    """An order that no crew took, until a coordinator has seen to it."""

    id: int
    """Of the search: acknowledge this."""
    number: str
    title: str
    unit_code: str
    tried: list[str]
    alarmed_at: dt.datetime


class UnitAlarmsAnswer(Message):
    alarms: list[UnitAlarm]
    """Oldest first."""
