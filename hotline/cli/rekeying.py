"""`hotline recordings rekey`: the archive under another key, by hand."""

from core.errors import BrokenHouse
from core.settings import Settings
from hotline.runtime.parts import open_parts
from recordings.archive.rekey import Rekeyed, rekey
from recordings.audio.keys import keys_of


async def rekey_by_hand(settings: Settings, *, plain: bool) -> Rekeyed:
    """Raises BrokenHouse where there is no key to seal with, KeyMissing."""
    keys = keys_of(settings)
    key = keys.newest()
    if key is None and not plain:
        raise BrokenHouse("no encryption key configured. Fix: set HOTLINE_ENCRYPTION__KEYS_FILE (or use --plain)")
    async with open_parts(settings) as parts:
        return await rekey(parts.sessions, settings.recordings, keys, None if plain else key)
