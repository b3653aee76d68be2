"""The wave of a recording as a few hundred numbers, so that a browser need not fetch the whole file to draw it."""

import asyncio

import numpy as np

from recordings.audio.archived_sound import ArchivedSound

SLICES = 600


async def load_peaks(sound: ArchivedSound) -> tuple[float, list[list[float]]]:
    """Seconds, and for each channel the loudest sample (0 to 1) of each slice. Reads the file off the loop."""
    return await asyncio.to_thread(_peaks, sound)


def _peaks(archived: ArchivedSound) -> tuple[float, list[list[float]]]:
    with archived.flac() as sound:
        # A block per slice: an hour's recording never lies in memory as a whole.
        frames = max(1, -(-sound.frames // SLICES))
        loudest = [np.abs(block).max(axis=0) for block in sound.blocks(frames, dtype="float32", always_2d=True)]
        seconds = sound.frames / sound.samplerate
        channels = sound.channels
    if not loudest:
        return 0.0, [[] for _ in range(channels)]
    return seconds, [[round(float(value), 3) for value in channel] for channel in np.stack(loudest, axis=1)]
