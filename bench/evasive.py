"""How well evasive replies are marked: precision and recall on replies that were labelled by hand (samples/labelled).

The held-out parts were written before the rules (the hard ones before their last change), in other habits of wording,
and are never tuned on. Hard replies evade while they speak of actions, or are honest and sound evasive. All parts are
by one writer: real offices' replies will do worse. Half of each part is honest.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.row import Row
from core.folder.reading import read_toml
from dispatch.kinds import Kind
from dispatch.supervision.evasive import EvasiveRules, MarkKind, mark_reply
from dispatch.supervision.rules_file import EvasiveFile, evasive_rules

ROOT = Path(__file__).parents[1]
RULES = ROOT / "deploy/city/qufu/evasive.toml"
PARTS = ("tuning", "hard-tuning", "held-out", "hard-held-out")


@dataclass(frozen=True)
class LabelledReply:
    kind: Kind
    matter: str
    done: str
    answer: str
    marks: frozenset[MarkKind]
    """Empty: an honest reply."""


@dataclass(frozen=True)
class MarkScore:
    hits: int = 0
    false_alarms: int = 0
    missed: int = 0

    def plus(self, *, found: bool, wanted: bool) -> "MarkScore":
        return MarkScore(
            self.hits + (found and wanted),
            self.false_alarms + (found and not wanted),
            self.missed + (wanted and not found),
        )

    @property
    def precision(self) -> float:
        """1 where nothing was marked."""
        return self.hits / (self.hits + self.false_alarms) if self.hits + self.false_alarms else 1.0

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.hits / (2 * self.hits + self.false_alarms + self.missed) if self.hits else 0.0


@cache
def load_rules() -> EvasiveRules:
    return evasive_rules(read_toml(RULES, EvasiveFile))


def load_labelled(part: str) -> list[LabelledReply]:
    lines = (ROOT / "samples/labelled" / f"replies-{part}.jsonl").read_text("utf-8").splitlines()
    return [
        LabelledReply(
            Kind(row["kind"]), row["matter"], row["done"], row["answer"], frozenset(map(MarkKind, row["marks"]))
        )
        for row in map(json.loads, lines)
    ]  # fmt: skip


def scores(rules: EvasiveRules, replies: Iterable[LabelledReply]) -> dict[str, MarkScore]:
    """`evasive` (any mark against honest), then each kind by itself."""
    found = {name: MarkScore() for name in ("evasive", *MarkKind)}
    for reply in replies:
        marked = {mark.kind for mark in mark_reply(rules, reply.matter, reply.done, reply.answer, kind=reply.kind)}
        found["evasive"] = found["evasive"].plus(found=bool(marked), wanted=bool(reply.marks))
        for kind in MarkKind:
            found[kind] = found[kind].plus(found=kind in marked, wanted=kind in reply.marks)
    return found


def measure_evasive_replies() -> Row:
    """`ours` is F1 on the held-out parts; the floor marks every reply."""
    rules = load_rules()
    parts = {part: load_labelled(part) for part in PARTS}
    held_out = parts["held-out"] + parts["hard-held-out"]
    found = scores(rules, held_out)
    # An office that writes nothing true into the file's text must not be judged by it.
    blind = scores(rules, [replace(reply, done="") for reply in held_out])["evasive"]
    by_part = "; ".join(f"{part} {_said(scores(rules, replies)['evasive'])}" for part, replies in parts.items())
    marked_all = MarkScore(sum(bool(reply.marks) for reply in held_out), sum(not reply.marks for reply in held_out))
    by_kind = "; ".join(f"{name} {_said(score)}" for name, score in found.items())
    return Row(
        name="evasive-replies",
        what="evasive replies distinguished from honest ones, F1 on the held-out parts, against marking every reply",
        ours=round(found["evasive"].f1, 3),
        floor=round(marked_all.f1, 3),
        ratio=round(found["evasive"].f1 / marked_all.f1, 3),
        unit="F1",
        runs=1,
        note=f"{len(held_out)} replies held out, precision/recall: {by_kind}; without the file's text {_said(blind)}; "
        f"by part: {by_part}",
    )


def _said(score: MarkScore) -> str:
    return f"{score.precision:.2f}/{score.recall:.2f} (n={score.hits + score.missed})"


def show() -> None:
    """Precision and recall by part and kind, as a table: `python -m bench.evasive`."""
    table = Table("part", "kind", "precision", "recall", "marked rightly", "wrongly", "missed")
    for part in PARTS:
        for name, score in scores(load_rules(), load_labelled(part)).items():
            numbers = (f"{score.precision:.2f}", f"{score.recall:.2f}", score.hits, score.false_alarms, score.missed)
            table.add_row(part, name, *map(str, numbers))
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    show()
