"""Packs spoken test sentences into the committed test set: `python -m speech.testset OUT FOLDER...`.

FLAC of 12 bits (the lowest four are zero: 57 dB below speech, far below what A-law leaves), so that the set stays
small.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile

from speech import texts
from speech.network.features import table
from speech.sound.audio import RATE, read_wav
from speech.sound.voices import ESPEAK_UNTRAINED, UNTRAINED
from speech.texts import clean

STEP = 16
HEADING = "file\tsort\tvoice\theard\tplace\ttext"
"""`heard`: whether the voice was heard in training, `trained` or `never`. `place`: the name that nobody knows."""


def packed(samples: np.ndarray) -> np.ndarray:
    """The same in steps of STEP."""
    return (np.round(samples / STEP).clip(-2047, 2047) * STEP).astype(np.int16)


def main(out: Path, folders: list[Path]) -> None:
    """Writes OUT/NNNN.flac and OUT/table.tsv."""
    out.mkdir(parents=True, exist_ok=True)
    unknown = str(texts.phrases()["unknown"]["test"]).split()
    rows, size = [HEADING], 0
    for folder in folders:
        for name, sort, voice, text in table(folder):
            said, file = clean(text), out / f"{len(rows) - 1:03d}.flac"
            samples = packed(read_wav(folder / f"{name}.wav").astype(np.float64))
            soundfile.write(file, samples, RATE, subtype="PCM_16", compression_level=1.0)
            heard = "never" if voice in (UNTRAINED, f"espeak:{ESPEAK_UNTRAINED}") else "trained"
            place = next((one for one in unknown if one in said), "") if sort == "name" else ""
            rows.append(f"{file.stem}\t{sort}\t{voice}\t{heard}\t{place}\t{said}")
            size += file.stat().st_size
    (out / "table.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    print(f"{len(rows) - 1} sentences, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])
