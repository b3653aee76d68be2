"""The committed test sentences (speech/testset): what is said, by whom, and the sound, 8 kHz. Synthetic voices only."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from core.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "speech/testset"
RATE = 8000
SORTS = ("template", "free", "name")
"""From the model's own templates; hand-written outside them; templates with an invented name."""

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class SpokenSentence:
    sort: str
    """One of SORTS."""
    voice: str
    trained: bool
    """Whether the model was trained on this voice."""
    place: str
    """The name that the model's words do not have; empty in the other sorts."""
    text: str
    """Chinese characters only."""
    samples: Samples

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


@cache
def load_testset() -> tuple[SpokenSentence, ...]:
    """Raises ConfigurationError where it is not there (it is no part of an installed package)."""
    table = FOLDER / "table.tsv"
    if not table.is_file():
        raise ConfigurationError(f"the bench hears the sentences of {FOLDER}: run it from the source tree")
    with table.open(encoding="utf-8", newline="") as opened:
        return tuple(
            SpokenSentence(
                row["sort"], row["voice"], row["heard"] == "trained", row["place"], row["text"], _read(row["file"])
            )
            for row in csv.DictReader(opened, delimiter="\t")
        )


def _read(name: str) -> Samples:
    samples: Samples = soundfile.read(FOLDER / f"{name}.flac", dtype="int16")[0]
    return samples
