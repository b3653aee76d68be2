"""What is to be said, as one sound file: recorded pieces by name, the voice engine for the rest, joined.

One file per prompt, so that a key is never lost between two pieces and every pause is as long as it was meant.
A piece that was never recorded is spoken by the engine from its text in prompts.toml; a missing piece costs its
voice, never the call.
"""

import asyncio
import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import soundfile
import structlog

from core.errors import BadInput, ConfigurationError
from ivr.flows import Pause, Recorded, Spelled, Spoken, Words
from ivr.voice.audio import RATE, Samples, join, mark_used, read_sound, silence, write_sound
from ivr.voice.saying import say_spelled
from ivr.voice.speech import Voice

log = structlog.get_logger()

_NAME = re.compile(r"[a-z0-9-]+")
GAP_SECONDS = 0.02
"""Between two pieces, beside the margins that they carry themselves."""


@dataclass(frozen=True)
class Sound:
    """A wav file to be played: 8 kHz, mono, 16 bit."""

    path: Path
    seconds: float


class Prompts:
    """`recorded` holds NAME.wav files, its parent prompts.toml; joined files are kept in `made`."""

    def __init__(self, recorded: Path, made: Path, voice: Voice) -> None:
        self._recorded = recorded
        self._made = made
        self._voice = voice

    async def render(self, parts: Sequence[Spoken]) -> Sound:
        """`parts` as one wav file. Raises ConfigurationError for an unknown piece, VoiceFailed when none can speak."""
        pieces: list[Path | float] = []
        for part in self._spell_out(parts):
            match part:
                case Pause(seconds):
                    pieces.append(seconds)
                case Recorded(name):
                    pieces.append(await self._piece(name))
                case Words(text):
                    pieces.extend([await self._speak(text)] if text.strip() else [])
        path = self._made / f"{_digest(pieces)}.wav"
        return Sound(path, await asyncio.to_thread(_join_files, pieces, path))

    def find(self, name: str) -> Path | None:
        """The recorded piece `name`; None when it was never recorded."""
        path = self._recorded / f"{name}.wav"
        return path if _NAME.fullmatch(name) and path.exists() else None

    @cached_property
    def texts(self) -> dict[str, str]:
        """Name → Chinese text of every piece, recorded or not; empty without prompts.toml."""
        try:
            tables = tomllib.loads((self._recorded.parent / "prompts.toml").read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return {
            name: text
            for table in tables.values()
            if isinstance(table, dict)
            for name, text in table.items()
            if isinstance(text, str)
        }

    @cached_property
    def _towns(self) -> dict[str, str]:
        """Text → name of the recorded places; a place's name is what must be understood most."""
        return {text: name for name, text in self.texts.items() if name.startswith("town-") and self.find(name)}

    def _spell_out(self, parts: Sequence[Spoken]) -> list[Spoken]:
        said: list[Spoken] = []
        for part in parts:
            match part:
                case Spelled(text):
                    said.extend(say_spelled(text))
                case Words(text):
                    said.extend(self._with_towns(text))
                case _:
                    said.append(part)
        return said

    def _with_towns(self, text: str) -> list[Spoken]:
        """Free text with the towns in it taken from recorded pieces."""
        if not self._towns:
            return [Words(text)]
        known = "|".join(map(re.escape, sorted(self._towns, key=len, reverse=True)))
        pieces = filter(str.strip, re.split(f"({known})", text))
        return [Recorded(self._towns[piece]) if piece in self._towns else Words(piece) for piece in pieces]

    async def _piece(self, name: str) -> Path:
        if path := self.find(name):
            return path
        text = self.texts.get(name) or (name.removeprefix("letter-").upper() if name.startswith("letter-") else "")
        if not text:
            raise ConfigurationError(f"the prompt {name!r} is neither recorded in {self._recorded} nor in prompts.toml")
        log.warning("prompt_not_recorded", name=name)
        return await self._voice.speak(text)

    async def _speak(self, text: str) -> Path | float:
        """A title without letters or digits is passed over as a breath."""
        try:
            return await self._voice.speak(text)
        except BadInput:
            return 0.2


def _digest(pieces: Sequence[Path | float]) -> str:
    """By content, so that a re-recorded prompt is heard at once and a voice file is found by its own name."""
    said = hashlib.sha256()
    for piece in pieces:
        if isinstance(piece, Path):
            stat = piece.stat()
            said.update(f"{piece}:{stat.st_size}:{stat.st_mtime_ns};".encode())
        else:
            said.update(f"{piece:.3f};".encode())
    return said.hexdigest()[:40]


def _join_files(pieces: Sequence[Path | float], path: Path) -> float:
    """Make `path` where it is not there yet. Returns its length in seconds."""
    if mark_used(path):
        return float(soundfile.info(path).duration)
    sounds: list[Samples] = []
    for piece in pieces:
        sounds += [silence(piece)] if not isinstance(piece, Path) else [read_sound(piece), silence(GAP_SECONDS)]
    whole = join(sounds)
    write_sound(path, whole)
    return len(whole) / RATE
