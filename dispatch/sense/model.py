"""The model as numbers: read from bytes, and asked. Pure; numpy only.

Linear over runs of characters: each run that a text holds adds its weights to the marks of the classes. Marks become
probabilities by a curve that was fitted on voices left out of the training. `bench.sense` makes the file.
"""

import io
import json
import math
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from core.errors import ConfigurationError
from dispatch.sense.runs import runs_of

FORMAT = 1
FIGURES = ("half_length", "words_urgent", "words_emergency", "ring_from")
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SenseHead:
    """One question: the weights of each run, those near nothing left out."""

    classes: tuple[str, ...]
    starts: npt.NDArray[np.int32]
    """Where each run's weights begin in the two arrays below; one more at the end."""
    columns: npt.NDArray[np.int16]
    """Class of each weight."""
    weights: Floats
    bias: Floats
    steepness: float
    """Marks times this, in `softmax` or the logistic function, are the probabilities."""

    def marks(self, runs: list[tuple[int, float]]) -> Floats:
        """`runs`: place and value of each run of the text."""
        found = self.bias.copy()
        for place, value in runs:
            start, end = self.starts[place], self.starts[place + 1]
            found[self.columns[start:end]] += value * self.weights[start:end]
        return found

    def shares(self, runs: list[tuple[int, float]]) -> dict[str, float]:
        """Class → probability; one of the classes is right."""
        marks = self.marks(runs) * self.steepness
        powers = np.exp(marks - marks.max())
        return dict(zip(self.classes, (powers / powers.sum()).tolist(), strict=True))

    def log_odds(self, runs: list[tuple[int, float]]) -> float:
        """Of the only class."""
        return float(self.marks(runs)[0]) * self.steepness


@dataclass(frozen=True, eq=False)
class SenseModel:
    version: str
    runs: dict[str, int]
    rarity: Floats
    """Of each run: smoothed inverse document frequency."""
    danger: SenseHead
    now: SenseHead
    """Where there is danger: whether at this moment."""
    kind: SenseHead | None
    item: SenseHead | None
    half_length: float
    """Of the values of a text, before they are scaled: half of the median of what the model learned from."""
    words_urgent: float
    """What the city's words for an urgent matter add to the log-odds of danger …"""
    words_emergency: float
    """… and those for an emergency."""
    ring_from: float
    """From this probability of danger on the desk is alarmed."""

    def values(self, text: str) -> list[tuple[int, float]]:
        """Place and value of each run of `text` that the model knows. A few words of a call that has just begun are not
        taken for as much as a whole text: what is shorter than usual is not stretched to the same length."""
        counts = [(self.runs[run], times) for run, times in runs_of(text).items() if run in self.runs]
        if not counts:
            return []
        places = np.fromiter((place for place, _ in counts), dtype=np.int64, count=len(counts))
        times = np.fromiter((times for _, times in counts), dtype=np.float32, count=len(counts))
        values = (1 + np.log(times)) * self.rarity[places]
        values *= scale(np.sqrt(values @ values), self.half_length)
        return list(zip(places.tolist(), values.tolist(), strict=True))

    def worth(self, head: SenseHead, text: str) -> dict[str, float]:
        """Run of two characters and more → what it adds to the only class of `head`."""
        placed = {self.runs[run]: run for run in runs_of(text) if run in self.runs and len(run.strip()) > 1}
        return {
            placed[place]: value * float(head.weights[head.starts[place]])
            for place, value in self.values(text)
            if place in placed and head.starts[place] < head.starts[place + 1]
        }


def scale(lengths: Any, half_length: float) -> Any:
    """What the values of texts of these lengths are multiplied by: nearly to length 1, a short text to less."""
    return np.sqrt(1.25 / (lengths**2 + half_length**2))


def probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(log_odds, -30.0), 30.0)))


def dump_model(model: SenseModel) -> bytes:
    """numpy's own file without pickles; weights in steps of 1/127 of each class's largest."""
    heads = {"danger": model.danger, "now": model.now, "kind": model.kind, "item": model.item}
    about: dict[str, Any] = {
        "format": FORMAT,
        "version": model.version,
        **{name: getattr(model, name) for name in FIGURES},
        "runs": sorted(model.runs, key=model.runs.__getitem__),
        "heads": {name: {"classes": head.classes, "steepness": head.steepness} for name, head in heads.items() if head},
    }
    arrays: dict[str, Any] = {"rarity": model.rarity.astype(np.float16)}
    for name, head in heads.items():
        if head is None:
            continue
        largest = np.full(len(head.classes), 1e-9, dtype=np.float32)
        np.maximum.at(largest, head.columns, np.abs(head.weights))
        steps = np.rint(head.weights / largest[head.columns] * 127).astype(np.int8)
        arrays |= {
            f"{name}_counts": np.diff(head.starts).astype(np.int16),
            f"{name}_columns": head.columns,
            f"{name}_steps": steps,
            f"{name}_largest": largest,
            f"{name}_bias": head.bias,
        }
    file = io.BytesIO()
    np.savez_compressed(file, about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8), **arrays)
    return file.getvalue()


def load_model(data: bytes) -> SenseModel:
    """Raises ConfigurationError when it is no model of ours."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            about: dict[str, Any] = json.loads(bytes(file["about"]))
            if about["format"] != FORMAT:
                raise ConfigurationError(f"the sense model's format {about['format']} is not {FORMAT}")
            heads = {name: _head(file, name, said) for name, said in about["heads"].items()}
            return SenseModel(
                version=about["version"],
                runs={run: place for place, run in enumerate(about["runs"])},
                rarity=file["rarity"].astype(np.float32),
                danger=heads["danger"],
                now=heads["now"],
                kind=heads.get("kind"),
                item=heads.get("item"),
                **{name: float(about[name]) for name in FIGURES},
            )
    except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
        raise ConfigurationError(f"the sense model cannot be read: {error}") from error


def _head(file: Any, name: str, about: dict[str, Any]) -> SenseHead:
    columns = file[f"{name}_columns"]
    return SenseHead(
        classes=tuple(about["classes"]),
        starts=np.concatenate([[0], np.cumsum(file[f"{name}_counts"], dtype=np.int64)]).astype(np.int32),
        columns=columns,
        weights=file[f"{name}_steps"].astype(np.float32) / 127 * file[f"{name}_largest"][columns],
        bias=file[f"{name}_bias"].astype(np.float32),
        steepness=about["steepness"],
    )
