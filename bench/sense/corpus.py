"""samples/corpus as records: matters by voice, two labellings of each, and which voices are held out."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "samples/corpus"
HELD_OUT = ("04", "08", "13", "17", "22", "27")
"""Every fourth of the 25 files as they first lay there, chosen before anything was measured. Never trained on."""
NOBODY = "none"
"""Item of a matter that no office here is responsible for."""
OF_OFFICE = "office:"
"""Before the code of an office, where no duty fits."""


@dataclass(frozen=True)
class Label:
    item: str
    """Code of a duty, `office:CODE`, or `none`."""
    kind: str
    danger: str
    """none, soon or now."""
    told: str
    """plain or oblique."""


@dataclass(frozen=True)
class CorpusMatter:
    id: str
    voice: str
    text: str
    means: str
    """The writer's plain sentence of what is wanted."""
    labels: tuple[Label, ...]
    """Of the two labellers, or the settled one alone; empty: not labelled yet."""
    hint: str
    """The writer's own judgement of the danger."""
    hinted_oblique: bool

    @property
    def danger(self) -> str:
        """As settled; where the labellers differ or none has labelled yet, the writer's hint."""
        said = {label.danger for label in self.labels}
        return said.pop() if len(said) == 1 else self.hint

    @property
    def in_danger(self) -> bool:
        return self.danger != "none"

    @property
    def oblique(self) -> bool:
        said = {label.told == "oblique" for label in self.labels}
        return said.pop() if len(said) == 1 else self.hinted_oblique


def load_corpus(*, held_out: bool = False) -> list[CorpusMatter]:
    """The training voices, or the held-out ones."""
    files = sorted(CORPUS.glob("matters-*.jsonl"))
    return [
        matter
        for file in files
        if ((voice := file.stem.removeprefix("matters-")) in HELD_OUT) == held_out
        for matter in _matters(file, voice)
    ]


def _matters(file: Path, voice: str) -> list[CorpusMatter]:
    labelled = file.with_name(f"labels-{voice}.jsonl")
    rows = [json.loads(line) for line in labelled.read_text("utf-8").splitlines()] if labelled.exists() else []
    labels = {row["id"]: _labels(row) for row in rows}
    return [
        CorpusMatter(
            id=row["id"],
            voice=voice,
            text=row["text"],
            means=row["means"],
            labels=labels.get(row["id"], ()),
            hint=row["danger"],
            hinted_oblique=row["oblique"],
        )
        for row in map(json.loads, file.read_text("utf-8").splitlines())
    ]


def _labels(row: dict[str, Any]) -> tuple[Label, ...]:
    said = [row["settled"]] if row.get("settled") else [row[who] for who in ("a", "b") if who in row]
    return tuple(Label(one["item"], one["kind"], one["danger"], one["told"]) for one in said)
