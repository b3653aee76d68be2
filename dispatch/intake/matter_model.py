"""A small linear model over runs of characters, learned from the city's own confirmed orders. Pure; numpy only.

`hotline learn` trains it (hotline.bridges.learning, with scikit-learn) and stores it as bytes that hold numbers and
words, never pickles; here it is read and asked. What it is asked is how likely each subject and each kind is.
"""

import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from core.errors import ConfigurationError
from dispatch.city.records import City

FORMAT = 1
SHORTEST, LONGEST = 1, 4
"""Signs in a run."""
_HAN = re.compile(r"[^\u3400-\u9fffA-Za-z]+")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Head:
    """One question that the model answers."""

    classes: tuple[str, ...]
    weights: Floats
    """Runs × classes."""
    bias: Floats


@dataclass(frozen=True, eq=False)
class MatterModel:
    version: str
    """As it is named in proposals and on screens."""
    runs: dict[str, int]
    rarity: Floats
    """Of each run: scikit-learn's smoothed inverse document frequency."""
    subject: Head
    kind: Head

    def ask(self, head: Head, words: str) -> dict[str, float]:
        """Class → probability. `words` as `plain_words` gives them. Empty: the model knows none of the runs."""
        counts = Counter(run for run in runs_of(words) if run in self.runs)
        if not counts:
            return {}
        places = np.fromiter((self.runs[run] for run in counts), dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(times)) * self.rarity[places]
        values /= np.linalg.norm(values)
        marks = values @ head.weights[places] + head.bias
        powers = np.exp(marks - marks.max())
        return dict(zip(head.classes, (powers / powers.sum()).tolist(), strict=True))


def plain_words(city: City, text: str) -> str:
    """`text` without characters that are no words, and without local names: where it happened says nothing of what."""
    for name in sorted({place.name for place in city.places}, key=len, reverse=True):
        text = text.replace(name, "")
    for town in city.towns.values():
        text = text.replace(town.name, "").replace(town.short, "")
    return _HAN.sub("", text)


def runs_of(words: str) -> list[str]:
    """Every run of `SHORTEST` to `LONGEST` characters, as scikit-learn's analyzer "char" makes them."""
    return [
        words[start : start + length]
        for length in range(SHORTEST, min(LONGEST, len(words)) + 1)
        for start in range(len(words) - length + 1)
    ]


def dump_model(model: MatterModel) -> bytes:
    """numpy's own file without pickles; half precision is plenty."""
    about = {
        "format": FORMAT,
        "version": model.version,
        "runs": sorted(model.runs, key=model.runs.__getitem__),
        "subject": model.subject.classes,
        "kind": model.kind.classes,
    }
    file = io.BytesIO()
    np.savez_compressed(
        file,
        about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), dtype=np.uint8),
        rarity=model.rarity,
        subject_weights=model.subject.weights.astype(np.float16),
        subject_bias=model.subject.bias,
        kind_weights=model.kind.weights.astype(np.float16),
        kind_bias=model.kind.bias,
    )
    return file.getvalue()


def load_model(data: bytes) -> MatterModel:
    """Raises ConfigurationError when it is no model of ours."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            about: dict[str, Any] = json.loads(bytes(file["about"]))
            if about["format"] != FORMAT:
                raise ConfigurationError(
                    f"the model's format {about['format']} is not {FORMAT}: run `hotline learn` again"
                )
            return MatterModel(
                version=about["version"],
                runs={run: place for place, run in enumerate(about["runs"])},
                rarity=file["rarity"].astype(np.float32),
                subject=_head(about["subject"], file["subject_weights"], file["subject_bias"]),
                kind=_head(about["kind"], file["kind_weights"], file["kind_bias"]),
            )
    except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
        raise ConfigurationError(f"the stored model cannot be read ({error}): run `hotline learn` again") from error


def _head(classes: list[str], weights: Any, bias: Any) -> Head:
    return Head(tuple(classes), weights.astype(np.float32), bias.astype(np.float32))
