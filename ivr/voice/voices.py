"""Which voice speaks what was not recorded: espeak-ng, or whatever program the settings name."""

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from core.errors import BadInput
from core.settings import Settings
from ivr.voice.audio import level, read_sound, trim, write_sound
from ivr.voice.speech import EspeakVoice, Voice, VoiceFailed

LIMIT_SECONDS = 60.0
"""A good engine without a graphics card takes about half of what it speaks."""


class CommandVoice:
    """A program that reads a text (UTF-8) on its standard input and writes a sound file that libsndfile reads to its
    standard output. Run without a shell. Files are kept in `directory`; the same text is spoken once."""

    def __init__(self, command: Sequence[str], directory: Path, *, seconds: float = LIMIT_SECONDS) -> None:
        self._command = tuple(command)
        self._directory = directory
        self._seconds = seconds

    async def speak(self, text: str) -> Path:
        if not any(sign.isalnum() for sign in text):
            raise BadInput("there is nothing to say in this text")
        digest = hashlib.sha256("\0".join((*self._command, text)).encode()).hexdigest()
        path = self._directory / digest[:2] / f"{digest[2:40]}.wav"
        if not path.exists():
            await asyncio.to_thread(_to_telephone, await self._run(text), path)
        return path

    async def _run(self, text: str) -> bytes:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise VoiceFailed(f"the voice program {self._command[0]} cannot be started: {error}") from error
        try:
            async with asyncio.timeout(self._seconds):
                sound, complaint = await process.communicate(text.encode())
        except TimeoutError as error:
            raise VoiceFailed(f"the voice program did not end within {self._seconds:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            said = complaint.decode(errors="replace").strip()[:200]
            raise VoiceFailed(f"the voice program ended with {process.returncode}: {said}")
        return sound


def make_voice(settings: Settings) -> Voice:
    directory = settings.spoken / "voice"
    if settings.speech.voice_command:
        return CommandVoice(settings.speech.voice_command, directory)
    return EspeakVoice(directory)


def _to_telephone(sound: bytes, path: Path) -> None:
    with tempfile.NamedTemporaryFile(prefix="hotline-voice-", suffix=".wav") as raw:
        raw.write(sound)
        raw.flush()
        try:
            samples = trim(read_sound(Path(raw.name)))
        except RuntimeError as error:  # soundfile's own errors are
            raise VoiceFailed(f"the voice program made no sound file: {error}") from error
    if not len(samples):
        raise VoiceFailed("the voice program made only silence")
    write_sound(path, level(samples))
