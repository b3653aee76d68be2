"""A stand-in for the voice: every sentence is one short sound."""

from collections.abc import Sequence
from pathlib import Path

from ivr.flows import Spoken
from ivr.voice.prompts import Sound


class Prompts:
    async def render(self, parts: Sequence[Spoken]) -> Sound:
        return Sound(Path("/sounds/one.wav"), 0.01)
