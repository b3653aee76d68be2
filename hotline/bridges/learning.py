"""Learns subject and kind from labelled matters with scikit-learn, and says honestly whether that helps.

The responsibility list is learned too (each subject's name and words are an example); the whole is compared with the
rules by cross-validation over the city's own matters and is not to be used when it answers worse than they do.
scikit-learn is imported here only: line, web and workers ask the model with numpy (dispatch.intake.matter_model).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.errors import BadInput
from dispatch.city.records import City
from dispatch.intake.matter_model import LONGEST, SHORTEST, Head, MatterModel, plain_words
from dispatch.intake.proposing import rank_offices, rank_subjects
from dispatch.routing.route import lead_office

LEAST_MATTERS = 40
"""With fewer the comparison would be chance."""
FOLDS = 5
MOST_RUNS = 40_000
SMOOTHING = 0.1
"""scikit-learn's alpha."""
SHARPNESS = 4.0
"""Turns the bare marks into shares; like the two above chosen on the part for tuning (docs/decisions)."""
SEED = 20261121


@dataclass(frozen=True)
class DecidedMatter:
    """One that a person has labelled."""

    text: str
    subject: str
    kind: str
    town: str | None


@dataclass(frozen=True)
class Accuracy:
    """Shares of matters, 0 to 1."""

    matters: int
    office: float
    """Lead office right at the first place …"""
    office_of_three: float
    """… or among the first three."""
    subject: float


@dataclass(frozen=True)
class Compared:
    rules: Accuracy
    learned: Accuracy
    """Rules and model together."""

    @property
    def helps(self) -> bool:
        return self.learned.office >= self.rules.office

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def train(city: City, matters: Sequence[DecidedMatter], version: str) -> MatterModel:
    """Raises BadInput where there is nothing to learn from."""
    if not matters:
        raise BadInput("没有可以学习的工单。")
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.naive_bayes import ComplementNB

    texts = [plain_words(city, matter.text) for matter in matters]
    listed = [(plain_words(city, subject.name + "".join(subject.words)), subject) for subject in city.subjects.values()]
    vectorizer = TfidfVectorizer(
        analyzer="char",
        ngram_range=(SHORTEST, LONGEST),
        lowercase=False,
        sublinear_tf=True,
        max_features=MOST_RUNS,
        dtype=np.float32,
    )
    values = vectorizer.fit_transform([*texts, *(words for words, _ in listed)])

    def head(labels: list[str]) -> Head:
        found = ComplementNB(alpha=SMOOTHING).fit(values, labels)
        weights = found.feature_log_prob_.T * SHARPNESS
        classes = tuple(map(str, found.classes_))
        return Head(classes, weights.astype(np.float32), np.zeros(len(classes), dtype=np.float32))

    subjects = [matter.subject for matter in matters] + [subject.code for _, subject in listed]
    kinds = [matter.kind for matter in matters] + [str(subject.kind) for _, subject in listed]
    runs = {str(run): int(place) for run, place in vectorizer.vocabulary_.items()}
    return MatterModel(version, runs, vectorizer.idf_.astype(np.float32), head(subjects), head(kinds))


def measure(city: City, matters: Sequence[DecidedMatter], model: MatterModel | None) -> Accuracy:
    """How often the lead office and the subject are right; the town is taken as known."""
    return _shares([_right(city, matter, model) for matter in matters])


def compare(city: City, matters: Sequence[DecidedMatter]) -> Compared:
    """By cross-validation: each matter is judged by a model that has not seen it. Raises BadInput for too few."""
    if len(matters) < LEAST_MATTERS:
        raise BadInput(f"已确认的工单只有{len(matters)}张，至少要{LEAST_MATTERS}张才能学习；在此之前按职责清单判断。")
    order = np.random.default_rng(SEED).permutation(len(matters))
    ruled, learned = [], []
    for fold in range(FOLDS):
        unseen = [matters[place] for place in order[fold::FOLDS]]
        seen = [matters[place] for at, place in enumerate(order) if at % FOLDS != fold]
        model = train(city, seen, "compared")
        ruled += [_right(city, matter, None) for matter in unseen]
        learned += [_right(city, matter, model) for matter in unseen]
    return Compared(_shares(ruled), _shares(learned))


def _right(city: City, matter: DecidedMatter, model: MatterModel | None) -> tuple[bool, bool, bool]:
    """Office first, office among three, subject first."""
    wanted = lead_office(city, subject=matter.subject, place_town=matter.town)
    subjects = rank_subjects(city, matter.text, model)
    offices = [one.value for one in rank_offices(city, subjects, town=matter.town)[:3]]
    return offices[:1] == [wanted], wanted in offices, bool(subjects) and subjects[0].value == matter.subject


def _shares(right: Sequence[tuple[bool, bool, bool]]) -> Accuracy:
    count = len(right)
    first, of_three, subject = (sum(one[at] for one in right) / count for at in range(3)) if count else (0.0, 0.0, 0.0)
    return Accuracy(count, round(first, 4), round(of_three, 4), round(subject, 4))
