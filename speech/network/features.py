"""Features for training: `python -m speech.network.features FOLDER COPIES OUT.npz`.

The same 40 high-resolution MFCC as conf/mfcc.conf makes Vosk compute; each copy of an utterance went over another line.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import numpy as np

from speech.sound.audio import read_wav
from speech.sound.augment import phone
from speech.units import text_units

MFCC = {
    "sample-frequency": "8000", "use-energy": "false", "num-mel-bins": "40", "num-ceps": "40",
    "low-freq": "40", "high-freq": "3700", "dither": "0", "allow-upsample": "true", "allow-downsample": "true",
}  # fmt: skip
"""conf/mfcc.conf. Without dither=0 the recogniser's features would differ from these at every run."""


def _options() -> Any:
    import kaldi_native_fbank as knf

    made = knf.MfccOptions()
    made.frame_opts.samp_freq = 8000
    made.frame_opts.dither = 0
    made.frame_opts.snip_edges = True
    made.mel_opts.num_bins = made.num_ceps = int(MFCC["num-ceps"])
    made.mel_opts.low_freq, made.mel_opts.high_freq = 40, 3700
    made.use_energy = False
    return made


def mfcc(samples: np.ndarray) -> np.ndarray:
    """(frames of 10 ms, 40) float32 of 16-bit samples."""
    import kaldi_native_fbank as knf

    online = knf.OnlineMfcc(_options())
    online.accept_waveform(8000, samples.astype(np.float32).tolist())
    online.input_finished()
    return np.array([online.get_frame(n) for n in range(online.num_frames_ready)], np.float32)


def table(folder: Path) -> list[list[str]]:
    """Rows (file, sort, voice, text) of a folder made by speech.sound.voices."""
    return [row.split("\t") for row in (folder / "table.tsv").read_text("utf-8").splitlines()]


def main(folder: Path, copies: int, out: Path) -> None:
    """Writes `frames` (all utterances, one after the other), `lengths`, `units` and `unit_lengths`."""
    rng = random.Random(5)
    clean = [
        (read_wav(folder / f"{name}.wav").astype(np.float64), text_units(text)) for name, _, _, text in table(folder)
    ]
    # Three people at once, far away: the sum of three shuffles of the same speech.
    orders = [rng.sample(range(len(clean)), len(clean)) for _ in range(3)]
    streams = [np.concatenate([clean[n][0] for n in order]) for order in orders]
    babble = np.sum(streams, axis=0)
    frames: list[np.ndarray] = []
    units: list[list[int]] = []
    for copy in range(copies):
        for samples, labels in clean:
            made = mfcc(phone(samples, rng, babble=babble)).astype(np.float16)
            if len(made) // 3 > len(labels) + 2:
                frames.append(made)
                units.append(labels)
        print(f"copy {copy + 1}: {sum(map(len, frames)) / 360_000:.2f} hours", flush=True)
    np.savez(
        out,
        frames=np.concatenate(frames),
        lengths=[len(one) for one in frames],
        units=np.concatenate([np.array(one) for one in units]),
        unit_lengths=[len(one) for one in units],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
