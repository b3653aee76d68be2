"""Whether somebody is in danger, judged stretch by stretch while the words come. Pure."""

from dataclasses import dataclass

from dispatch.kinds import Urgency
from dispatch.sense.model import SenseModel, probability
from dispatch.sense.runs import stretches

WORDS_SHOWN = 3
_AT_ONCE = 0.5


@dataclass(frozen=True)
class DangerHeard:
    probability: float
    """0 to 1: of danger to life or body, at this moment or soon."""
    now: float
    """0 to 1: where there is danger, that it is at this moment."""
    rings: bool
    """Sure enough to alarm the desk."""
    start: int
    """Of the stretch, in characters of the text."""
    end: int
    words: tuple[str, ...]
    """What weighed most, as it was said; the heaviest first."""

    @property
    def urgency(self) -> Urgency:
        return Urgency.EMERGENCY if self.now >= _AT_ONCE else Urgency.URGENT


def hear_danger(model: SenseModel, text: str, words: Urgency = Urgency.NORMAL) -> DangerHeard | None:
    """The stretch that speaks most for danger; None: nothing that the model knows. `words`: how urgent the city's own
    words make it."""
    best: tuple[float, int, int, list[tuple[int, float]]] | None = None
    for start, end in stretches(text):
        runs = model.values(text[start:end])
        if not runs:
            continue
        odds = model.danger.log_odds(runs)
        if best is None or odds > best[0]:
            best = (odds, start, end, runs)
    if best is None:
        return None
    odds, start, end, runs = best
    odds += {Urgency.URGENT: model.words_urgent, Urgency.EMERGENCY: model.words_emergency}.get(words, 0.0)
    chance = probability(odds)
    return DangerHeard(
        probability=chance,
        rings=chance >= model.ring_from,
        now=probability(model.now.log_odds(runs)),
        start=start,
        end=end,
        words=_heaviest(model, text[start:end]),
    )


def _heaviest(model: SenseModel, text: str) -> tuple[str, ...]:
    """The runs of two characters and more that add most; those that touch one another in the text as one."""
    added = sorted(((worth, run) for run, worth in model.worth(model.danger, text).items() if worth > 0), reverse=True)
    taken: list[tuple[int, int]] = []
    for _, run in added[: 4 * WORDS_SHOWN]:
        at = text.find(run)
        if at < 0:
            continue
        touching = [span for span in taken if at <= span[1] and span[0] <= at + len(run)]
        taken = [span for span in taken if span not in touching]
        taken.append((min([at, *(one[0] for one in touching)]), max([at + len(run), *(one[1] for one in touching)])))
    return tuple(text[start:end] for start, end in taken[:WORDS_SHOWN])
