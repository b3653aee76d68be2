"""`hotline bench sense`: what the model hears of voices that it never heard, beside the city's words alone and a plain
linear model. By cross-validation over the training voices; each fold is calibrated on the other folds.
"""

import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.matters import qufu
from bench.row import Row
from bench.sense.corpus import CorpusMatter, load_corpus
from bench.sense.figures import over_voices, reliability, share
from bench.sense.training import DangerMarks, danger_curve, danger_marks, folds_of, joined, ring_bar, train
from dispatch.policy import Policy
from dispatch.sense.danger import hear_danger
from dispatch.sense.model import SenseModel, load_model
from dispatch.sense.runs import stretches
from dispatch.sense.shipped import FILE

Vector = Any
CALLS = 50
PLAIN_BAR = 0.5
TIMED = 400


@dataclass(frozen=True)
class DangerFound:
    """Of each matter, by a model that had not heard its voice."""

    matters: list[CorpusMatter]
    probability: Vector
    ours: Vector
    """What rings: words and model."""
    words: Vector
    """What the city's words alone make urgent."""
    plain: Vector
    """What a plain linear model over the whole text calls dangerous."""


def by_voices_left_out(policy: Policy, matters: Sequence[CorpusMatter]) -> DangerFound:
    folds = list(folds_of(matters))
    marks = [danger_marks(train(seen, "fold"), policy.urgency, unseen) for seen, unseen in folds]
    found: list[tuple[Vector, Vector]] = []
    for at, mine in enumerate(marks):
        others = joined(other for place, other in enumerate(marks) if place != at)
        found.append(_judged(mine, others))
    plain = [plain_linear(seen, unseen) for seen, unseen in folds]
    return _found([one for _, unseen in folds for one in unseen], joined(marks), found, plain)


def _judged(marks: DangerMarks, others: DangerMarks) -> tuple[Vector, Vector]:
    """Probability, and whether it rings; curve and bar by `others`."""
    curve = danger_curve(others)
    probability = curve.probabilities(marks)
    return probability, probability >= ring_bar(curve.probabilities(others), others.right)


def of_model(
    policy: Policy, model: SenseModel, seen: Sequence[CorpusMatter], matters: Sequence[CorpusMatter]
) -> DangerFound:
    """By the finished model."""
    marks = danger_marks(model, policy.urgency, matters)
    odds = marks.log_odds + model.words_urgent * marks.urgent + model.words_emergency * marks.emergency
    probability = 1 / (1 + np.exp(-odds))
    return _found(
        list(matters), marks, [(probability, probability >= model.ring_from)], [plain_linear(seen, matters)]
    )  # fmt: skip


def _found(
    matters: list[CorpusMatter], marks: DangerMarks, judged: Sequence[tuple[Vector, Vector]], plain: Sequence[Vector]
) -> DangerFound:
    return DangerFound(
        matters,
        np.concatenate([probability for probability, _ in judged]),
        np.concatenate([rings for _, rings in judged]),
        (marks.urgent + marks.emergency) > 0,
        np.concatenate(list(plain)),
    )


def plain_linear(seen: Sequence[CorpusMatter], unseen: Sequence[CorpusMatter]) -> Vector:
    """The floor: scikit-learn as it comes, over runs of one to four characters of the whole text."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True)
    values = vectorizer.fit_transform([one.text for one in seen])
    model = LogisticRegression(C=10, solver="liblinear").fit(values, [one.in_danger for one in seen])
    chances = model.predict_proba(vectorizer.transform([one.text for one in unseen]))[:, 1]
    return np.asarray(chances >= PLAIN_BAR)


def tables(found: DangerFound) -> list[list[list[str]]]:
    right = np.array([one.in_danger for one in found.matters])
    return [_by_way(found, right), _by_voice(found, right), reliability(found.probability, right)]


def _by_way(found: DangerFound, right: Vector) -> list[list[str]]:
    voices = np.array([one.voice for one in found.matters])
    oblique = np.array([one.oblique for one in found.matters])
    now = np.array([one.danger == "now" for one in found.matters])
    rows = [["danger", "matters", "recall", "of these at this moment", "precision", f"false rings in {CALLS} calls"]]
    for told, chosen in (("all", np.full(len(right), True)), ("told plainly", ~oblique), ("told obliquely", oblique)):
        for way, rings in (
            ("city's words", found.words),
            ("plain linear", found.plain),
            ("words and model", found.ours),
        ):
            these, real, moment, heard = voices[chosen], right[chosen], now[chosen], rings[chosen]
            cells = [
                over_voices(these, share(heard, real)),
                over_voices(these, share(heard, moment)),
                over_voices(these, share(real, heard)),
            ]
            false = CALLS * float((heard & ~real).mean())
            rows.append([f"{told}, {way}", str(len(real)), *map(str, cells), f"{false:.1f}"])
    return rows


def _by_voice(found: DangerFound, right: Vector) -> list[list[str]]:
    voices = np.array([one.voice for one in found.matters])
    rows = [["voice", "in danger", "recall, words", "recall, ours", "precision, ours"]]
    for name in np.unique(voices):
        here = voices == name
        real, ours = right & here, found.ours & here
        precision = f"{right[ours].mean():.2f}" if ours.any() else "–"
        recalls = [f"{rings[real].mean():.2f}" for rings in (found.words, found.ours)]
        rows.append([str(name), str(int(real.sum())), *recalls, precision])
    return rows


def cost(matters: Sequence[CorpusMatter]) -> str:
    """Of the model that ships: processor time, when the whole text is judged again with each sentence, and memory."""
    data = FILE.read_bytes()
    tracemalloc.start()
    model = load_model(data)
    megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    texts = [one.text for one in matters[:: max(1, len(matters) // TIMED)]]
    started = time.process_time()
    for text in texts:
        hear_danger(model, text)
    spent = (time.process_time() - started) * 1000
    sentences = sum(len(stretches(text)) for text in texts)
    return (
        f"{spent / len(texts):.1f} ms a text and {spent / sentences:.1f} ms a sentence on one core; "
        f"{megabytes:.0f} MB in memory, {len(data) / 1e6:.1f} MB shipped"
    )


def measure_sense() -> Row:
    """`ours` is the recall of danger with words and model; the floor has the city's words alone."""
    matters = load_corpus()
    found = by_voices_left_out(qufu(), matters)
    right = np.array([one.in_danger for one in found.matters])
    ours, floor = float(found.ours[right].mean()), float(found.words[right].mean())
    return Row(
        name="sense",
        what="danger noticed in voices that were left out: words and model against the city's words alone",
        ours=round(ours, 3),
        floor=round(floor, 3),
        ratio=round(ours / floor, 3),
        unit="recall",
        runs=1,
        note=f"{len(matters)} matters in {len({one.voice for one in matters})} training voices, by cross-validation "
        f"over voices; precision {right[found.ours].mean():.3f}; {cost(matters)}",
        tables=tables(found),
    )
