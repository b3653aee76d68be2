"""Recognition and the voice."""

from pydantic import Field

from core.sections.base import Section


class SpeechSettings(Section):
    model: str = ""
    """Name of an installed model or a directory's path; empty: the best installed (`hotline models list`)."""
    voice_command: tuple[str, ...] = ()
    """Speaks what was not recorded: text on its standard input, a sound file on its standard output, no shell. Empty:
    espeak-ng."""
    workers: int = Field(default=0, ge=0, le=256)
    """Recogniser processes of `hotline serve`; 0: one per core."""
    live: bool = True
    """Whether `hotline serve` keeps `hotline live`, which writes down conversations while they go on."""
    live_threads: int = Field(default=0, ge=0, le=256)
    """Voices that `hotline live` hears at the same time; 0: as many as cores."""
