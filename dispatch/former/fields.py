"""What a column of a former system's orders may be, and by which names one knows it. Data."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any


class FormerField(StrEnum):
    """In the order in which people are asked for them."""

    NUMBER = "number"
    STATE = "state"
    RECEIVED_AT = "received_at"
    CLOSED_AT = "closed_at"
    TITLE = "title"
    MATTER = "matter"
    CITIZEN_NAME = "citizen_name"
    CITIZEN_PHONE = "citizen_phone"
    CONFIDENTIAL = "confidential"
    KIND = "kind"
    SUBJECT = "subject"
    CHANNEL = "channel"
    URGENCY = "urgency"
    TOWN = "place_town"
    PLACE = "place"
    OFFICE = "lead_office_code"
    DISPATCHED_AT = "dispatched_at"
    REPLIED_AT = "replied_at"
    HAPPENED_AT = "happened_at"
    DONE = "done"
    PUBLIC_ANSWER = "public_answer"
    NOTE = "note"
    """Kept in the order's history as it stands, beside the column's name. Of several columns, too."""


REQUIRED = (FormerField.NUMBER, FormerField.RECEIVED_AT, FormerField.MATTER)

CODED = frozenset(
    {
        FormerField.STATE, FormerField.CONFIDENTIAL, FormerField.KIND, FormerField.SUBJECT, FormerField.CHANNEL,
        FormerField.URGENCY, FormerField.TOWN, FormerField.OFFICE,
    }
)  # fmt: skip
"""Their values are words that stand for one of ours each."""

KEPT_AS_WORDS = frozenset({FormerField.SUBJECT, FormerField.TOWN, FormerField.OFFICE})
"""A value for which the city has nothing of its own may stay: in the history, as it stands."""

INSTANTS = (
    FormerField.RECEIVED_AT, FormerField.CLOSED_AT, FormerField.DISPATCHED_AT, FormerField.REPLIED_AT,
    FormerField.HAPPENED_AT,
)  # fmt: skip


@cache
def known_heads() -> Mapping[FormerField, tuple[str, ...]]:
    """Names under which other systems have it, the likelier first."""
    return {FormerField(name): tuple(heads) for name, heads in _guesses()["heads"].items()}


@cache
def known_words() -> Mapping[FormerField, Mapping[str, str]]:
    """For fields of few codes: our code → a pattern for the words of other systems."""
    return {FormerField(name): patterns for name, patterns in _guesses().items() if name != "heads"}


@cache
def _guesses() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("guesses.toml").read_text("utf-8"))
