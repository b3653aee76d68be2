"""The one check of all files that administrators change, as the processes read them."""

from pathlib import Path

from core.folder.dialling_file import load_dialling
from core.folder.faults import FaultyFolder
from core.folder.retention_file import load_retention, unknown_words
from dispatch.policy import Policy, whole_policy
from ivr.announcement_file import load_announcements
from telephony.monitoring.roster import load_shifts
from web.labels import RETENTION_WORDS


def read_city_folder(folder: Path) -> Policy:
    """What the processes read of the city. Raises FaultyFolder with all that is wrong."""
    policy = whole_policy(folder)
    load_announcements(folder)
    load_dialling(folder)
    load_shifts(folder)
    if faults := list(unknown_words(load_retention(folder), RETENTION_WORDS)):
        raise FaultyFolder(faults)
    return policy
