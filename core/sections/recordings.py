"""How long recordings are kept, and whether they are sealed."""

from typing import Annotated

from pydantic import Field

from core.sections.base import Section


class RetentionSettings(Section):
    """How long recordings are kept after their call and all its orders are closed. Default: for ever."""

    months: int = Field(default=0, ge=0, le=1200)
    """Where no word below fits; 0: for ever."""
    by_word: dict[str, Annotated[int, Field(ge=0, le=1200)]] = Field(default={})
    """`kind.complaint`, `outcome.abandoned`, `direction.dispatch`, `part.message` … → months; the longest counts."""
    spoken_days: int = Field(default=30, ge=0, le=36_500)
    """Orders spoken for crews and callers are removed when nobody has heard them for so long; 0: never."""


class EncryptionSettings(Section):
    """Recordings sealed at rest. Default: not."""

    keys_file: str = ""
    """A file of keys, outside the repository, `var` and each backup (recordings.audio.keys); empty: not sealed."""
