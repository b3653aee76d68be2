"""One voice heard as it comes: Vosk fed block by block, silence left out, utterances with their true times. Blocking.

Vosk decodes silence as dearly as speech, and on a telephone one of the two is silent most of the time: after
`QUIET_SECONDS` in which nobody spoke, quiet blocks are not fed until something sounds again, and the last quiet
block before it is fed too, so that no word loses its beginning. Quiet is what is faint and not louder than the line's
own noise: a faint voice on a still line stands out from it and is heard. Keys and the network's tones are no voice.
"""

import json
from collections import deque
from typing import Any

import numpy as np

from recordings.audio.wav import FRAME_BYTES, TELEPHONE_RATE
from recordings.recognition.signal_tones import without_tones
from recordings.recognition.vosk_result import Utterance, join_words, parse_result, shifted

BLOCK_FRAMES = 2000
"""A quarter of a second."""
QUIET_PEAK = 200
"""Of 32,768: -44 dB. What is louder is fed in any case, be it noise."""
STILL_PEAK = 16
"""Two steps of A-law (ITU-T G.711): what is no louder is nothing, on the stillest line too."""
ABOVE_NOISE = 3
"""A block of steady noise peaks about twice as high as its quietest piece; what is louder than this is no noise."""
_PIECE_FRAMES = 160
"""20 ms: between two syllables of the most fluent speech there are such pieces of the line's noise alone."""
_NOISE_BLOCKS = 40
"""The noise is that of the last ten seconds."""
QUIET_SECONDS = 1.5
"""Longer than the silence after which Vosk ends an utterance."""


class Hearing:
    def __init__(self, recogniser: Any, position: int, *, ends_early: float = 0.0, rate: int = TELEPHONE_RATE) -> None:
        """`recogniser`: a vosk.KaldiRecognizer with words, for `rate`. `position`: samples of the recording before it.

        `ends_early`: seconds by which its model gives the ends of words too early.
        """
        self._recogniser = recogniser
        self._ends_early = ends_early
        self._rate = rate
        self.position = position
        """Up to here everything was heard."""
        self.resume_at = position
        """A restart from here misses nothing and hears nothing twice."""
        self._fed = 0
        self._shifts = [(0.0, position / self._rate)]
        """(From which second of Vosk's clock on, seconds to add)."""
        self._quiet_frames = 0
        self._stillest: deque[int] = deque(maxlen=_NOISE_BLOCKS)
        """The peak of each block's quietest piece."""
        self._held = b""
        """The last quiet block that was left out."""
        self._in_tone = False
        """Whether what was heard last ended in a key or another tone."""

    def hear(self, sound: bytes) -> list[Utterance]:
        """What has come to its end in `sound`, which follows on what was heard before."""
        samples = np.frombuffer(sound, dtype="<i2", count=len(sound) // FRAME_BYTES)
        voice, self._in_tone = without_tones(samples, self._rate, goes_on=self._in_tone)
        sound = voice.tobytes()
        found = []
        for start in range(0, len(sound), BLOCK_FRAMES * FRAME_BYTES):
            utterance = self._hear_block(sound[start : start + BLOCK_FRAMES * FRAME_BYTES])
            if utterance is not None:
                found.append(utterance)
        return found

    def partial(self) -> str:
        """What has been said since the last utterance, as far as it is understood; it may still change."""
        # Between two utterances Vosk answers {"text": ""}.
        words = json.loads(self._recogniser.PartialResult()).get("partial", "").split()
        return join_words([word for word in words if not word.startswith(("<", "["))])

    def finish(self) -> Utterance | None:
        """The voice has ended."""
        self.resume_at = self.position
        return self._moved(self._recogniser.FinalResult())

    def _hear_block(self, block: bytes) -> Utterance | None:
        frames = len(block) // FRAME_BYTES
        self.position += frames
        self._quiet_frames = self._quiet_frames + frames if self._is_quiet(block) else 0
        if self._quiet_frames > QUIET_SECONDS * self._rate and (self._held or not self.partial()):
            self._held = block
            self.resume_at = self.position - frames
            return None
        if self._held:
            block, self._held = self._held + block, b""
            begins = self.position - len(block) // FRAME_BYTES
            self._shifts = [self._shifts[-1], (self._fed / self._rate, (begins - self._fed) / self._rate)]
        self._fed += len(block) // FRAME_BYTES
        if not self._recogniser.AcceptWaveform(block):
            return None
        self.resume_at = self.position
        return self._moved(self._recogniser.Result())

    def _is_quiet(self, block: bytes) -> bool:
        loud = np.abs(np.frombuffer(block, dtype="<i2").astype(np.int32))
        if not loud.size:
            return True
        pieces = loud[: loud.size // _PIECE_FRAMES * _PIECE_FRAMES].reshape(-1, _PIECE_FRAMES)
        self._stillest.append(int(pieces.max(axis=1).min()) if len(pieces) else int(loud.max()))
        return int(loud.max()) < min(QUIET_PEAK, max(STILL_PEAK, ABOVE_NOISE * min(self._stillest)))

    def _moved(self, result: str) -> Utterance | None:
        utterance = parse_result(result, ends_early=self._ends_early, heard_until=self._fed / self._rate)
        if utterance is None:
            return None
        # Vosk may put a word's beginning a little into the silence before it; nothing was said in QUIET_SECONDS there.
        start = utterance.start + 1
        return shifted(utterance, next((shift for since, shift in reversed(self._shifts) if start >= since), 0.0))
