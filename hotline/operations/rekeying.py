"""`hotline recordings rekey`: the archive under another key, by hand."""

from core.errors import ConfigurationError
from core.settings import Settings
from hotline.runtime.runtime import open_runtime
from recordings.archive.rekey import Rekeyed, rekey
from recordings.audio.keys import keys_of


async def rekey_by_hand(settings: Settings, *, plain: bool) -> Rekeyed:
    """Raises ConfigurationError where there is no key to seal with, KeyMissing."""
    keys = keys_of(settings)
    key = keys.newest()
    if key is None and not plain:
        raise ConfigurationError(
            "no encryption key configured. Fix: set HOTLINE_ENCRYPTION__KEYS_FILE (or use --plain)"
        )
    async with open_runtime(settings) as runtime:
        return await rekey(runtime.sessions, settings.recordings, keys, None if plain else key)
