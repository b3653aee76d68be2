"""File names come from the date and the uniqueid, and from nothing else."""

import datetime as dt
from pathlib import Path

import pytest

from core.errors import BadInput
from recordings.models import RecordingPart
from recordings.names import OriginalNames, archive_name, original_folders, original_names, uniqueid_of

BEFORE_MIDNIGHT = dt.datetime(2026, 11, 21, 15, 59, 59, tzinfo=dt.UTC)
"""23:59:59 in the city."""
AFTER_MIDNIGHT = BEFORE_MIDNIGHT + dt.timedelta(seconds=1)


def test_a_conversation_has_two_originals_and_a_message_one() -> None:
    assert original_names("qufu-1763712000.12", RecordingPart.CONVERSATION) == OriginalNames(
        "qufu-1763712000.12-rx.wav", "qufu-1763712000.12-tx.wav"
    )
    assert original_names("qufu-1763712000.12", RecordingPart.MESSAGE) == OriginalNames(
        "qufu-1763712000.12-message.wav", None
    )


def test_the_archive_is_sorted_by_the_citys_day() -> None:
    conversation = archive_name("qufu-1.1", RecordingPart.CONVERSATION, BEFORE_MIDNIGHT)
    message = archive_name("qufu-1.1", RecordingPart.MESSAGE, AFTER_MIDNIGHT)
    assert str(conversation) == "archive/2026/11/21/qufu-1.1.flac"
    assert str(message) == "archive/2026/11/22/qufu-1.1-message.flac"


def test_originals_are_looked_for_on_the_days_around_as_well() -> None:
    started_at = dt.datetime(2026, 12, 1, 0, 0, 0, 500, tzinfo=dt.UTC)
    folders = original_folders(Path("r"), started_at)
    assert folders == [Path("r/incoming/2026/12/01"), Path("r/incoming/2026/11/30"), Path("r/incoming/2026/12/02")]


@pytest.mark.parametrize(
    "uniqueid", ["", ".", "..", "../1.1", "a/b", "a\\b", "a..b", "-rf", ".hidden", "a b", "a\n", "é.1"]
)
def test_a_uniqueid_that_could_name_another_file_is_refused(uniqueid: str) -> None:
    with pytest.raises(BadInput):
        original_names(uniqueid, RecordingPart.CONVERSATION)


@pytest.mark.parametrize("part", RecordingPart)
def test_a_file_name_tells_its_channel(part: RecordingPart) -> None:
    names = original_names("dispatch-01-1", part)
    assert {uniqueid_of(name) for name in (names.far, names.city) if name} == {"dispatch-01-1"}


@pytest.mark.parametrize("uniqueid", ["qufu-1763712000.12", "dispatch-01-ab-1", "1763712000.1"])
def test_asterisks_and_our_own_uniqueids_are_taken(uniqueid: str) -> None:
    assert original_names(uniqueid, RecordingPart.CONVERSATION).far == f"{uniqueid}-rx.wav"
