"""The voice for what is not recorded: free Chinese text into a telephone sound file, once, kept by its content.

The engine is exchangeable: anything with `speak`. The one here is espeak-ng, which is in Debian and needs no model;
it is plainly a machine's voice, and the last resort behind recorded pieces.
"""

import asyncio
import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Protocol

from core.errors import BadInput, ConfigurationError, Unavailable
from ivr.voice.audio import level, mark_used, read_sound, trim, write_sound
from ivr.voice.pinyin import to_pinyin

ESPEAK_VOICE = "cmn-latn-pinyin"
"""The voice `cmn` reads pinyin as English and Chinese characters badly; this one reads pinyin (seen with 1.51)."""
WORDS_PER_MINUTE = 190
"""espeak's own unit. Measured: 3.8 syllables a second with 0.3 s at a comma; the recorded prompts have 4.4."""
LIMIT_SECONDS = 10.0
"""Half a minute of speech takes 0.1 s; what takes longer hangs."""


class VoiceFailed(Unavailable):
    """The voice engine did not speak."""

    slug = "voice_failed"


class Voice(Protocol):
    """Whoever can speak."""

    async def speak(self, text: str) -> Path:
        """A wav file (8 kHz, mono, 16 bit) of `text`. Raises VoiceFailed; BadInput when there is nothing to say."""
        ...


class EspeakVoice:
    """espeak-ng reading pinyin. Files are kept in `directory` as long as somebody hears them
    (ivr.voice.spoken_files); the same text is spoken once."""

    def __init__(
        self, directory: Path, *, words_per_minute: int = WORDS_PER_MINUTE, seconds: float = LIMIT_SECONDS
    ) -> None:
        self._directory = directory
        self._words_per_minute = words_per_minute
        self._seconds = seconds

    async def speak(self, text: str) -> Path:
        pinyin = to_pinyin(text)
        if not any(sign.isalnum() for sign in pinyin):
            raise BadInput("there is nothing to say in this text")
        path = self._path(pinyin)
        if not await asyncio.to_thread(mark_used, path):
            await self._make(pinyin, path)
        return path

    def _path(self, pinyin: str) -> Path:
        said = f"{ESPEAK_VOICE} {self._words_per_minute} {pinyin}"
        digest = hashlib.sha256(said.encode()).hexdigest()
        return self._directory / digest[:2] / f"{digest[2:40]}.wav"

    async def _make(self, pinyin: str, path: Path) -> None:
        program = shutil.which("espeak-ng")
        if program is None:
            raise ConfigurationError(
                "espeak-ng is not installed: no free text can be spoken. Fix: apt install espeak-ng."
            )
        with tempfile.TemporaryDirectory(prefix="hotline-voice-") as directory:
            raw = Path(directory) / "raw.wav"
            await self._run([program, "-v", ESPEAK_VOICE, "-s", str(self._words_per_minute), "-w", str(raw)], pinyin)
            await asyncio.to_thread(_to_telephone, raw, path)

    async def _run(self, command: list[str], pinyin: str) -> None:
        """The text goes in on stdin: as an argument it could look like an option."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(self._seconds):
                _, complaint = await process.communicate(pinyin.encode())
        except TimeoutError as error:
            raise VoiceFailed(f"espeak-ng did not end within {self._seconds:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise VoiceFailed(f"espeak-ng: {complaint.decode(errors='replace').strip()[:200]}")


def _to_telephone(raw: Path, path: Path) -> None:
    samples = trim(read_sound(raw))
    if not len(samples):
        raise VoiceFailed("espeak-ng made only silence")
    write_sound(path, level(samples))
