"""The disks to which the system writes what it cannot do without."""

from contextlib import suppress
from pathlib import Path

from core.errors import ConfigurationError
from core.settings import Settings
from hotline.runtime.cluster import find_cluster


def written_folders(settings: Settings) -> tuple[Path, ...]:
    """Of recordings, of all else below HOTLINE_VAR, and of the private database, which may lie elsewhere."""
    folders = [settings.recordings, settings.var]
    if not settings.database_url:
        with suppress(ConfigurationError):
            folders.append(find_cluster(settings.var / "postgres").data)
    return tuple(folders)
