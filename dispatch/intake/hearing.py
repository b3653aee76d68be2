"""What was said in a call, as the deciding functions read it: signs with their seconds. Pure.

Each side's utterances are joined into one text without spaces; a place in that text leads back to who said it and when.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.texts.patterns import Pattern
from dispatch.kinds import Kind

CITIZEN = "caller"
CITY = "city"


@dataclass(frozen=True)
class MatterHeard:
    """One stretch of one voice."""

    speaker: str
    """citizen, city or unit (recordings.models.Speaker)."""
    start: float
    """Seconds from the recording's second 0."""
    end: float
    text: str
    words: Sequence[Mapping[str, object]] = ()
    """With `word`, `start`, `end` as heard; where they do not make up `text` (a corrected name), time is shared evenly.
    """


@dataclass(frozen=True)
class Source:
    """Where in the sound something comes from."""

    speaker: str
    start: float
    end: float
    words: str


@dataclass(frozen=True)
class Cue:
    """A turn of phrase that speaks for a kind of matter."""

    kind: Kind
    pattern: Pattern
    weight: float


@dataclass(frozen=True)
class HearingRules:
    cues: tuple[Cue, ...] = ()
    subject_weight: float = 1.0
    """What the kind that the subject mostly is weighs beside the cues."""
    not_names: frozenset[str] = frozenset()
    """Common words that sound like a local name (小学 and 小雪)."""
    fillers: tuple[str, ...] = ()
    """Sounds and words that say nothing; longest first."""
    surnames: frozenset[str] = frozenset()
    secrecy: tuple[str, ...] = ()
    """Words that suggest a wish to stay unnamed; the agent asks."""
    sure_from: float = 0.6
    """From this confidence (0 to 1) on a proposal stands in its field. Below it is a guess: only offered."""


@dataclass(frozen=True)
class Spoken:
    """One side's words as one text."""

    text: str = ""
    times: tuple[tuple[float, float], ...] = field(default=(), repr=False)
    """Of each sign of `text`."""
    speaker: str = CITIZEN

    def source(self, start: int, end: int) -> Source | None:
        """Of the characters from `start` to before `end`; None where there are none."""
        if not 0 <= start < end <= len(self.text):
            return None
        return Source(self.speaker, self.times[start][0], self.times[end - 1][1], self.text[start:end])


def spoken_by(speaker: str, heard: Iterable[MatterHeard]) -> Spoken:
    """All that `speaker` said, utterances parted by a full stop."""
    signs: list[str] = []
    times: list[tuple[float, float]] = []
    for one in sorted((one for one in heard if one.speaker == speaker), key=lambda one: one.start):
        said = "".join(one.text.split())
        if not said:
            continue
        signs.append(said)
        times += _times(one, said)
        if said[-1] not in "。！？，":
            signs.append("。")
            times.append((one.end, one.end))
    return Spoken("".join(signs), tuple(times), speaker)


def typed(text: str) -> Spoken:
    """Words that nobody spoke: a post on the web, or a labelled example."""
    return spoken_by(CITIZEN, [MatterHeard(CITIZEN, 0.0, 0.0, text)])


def _times(one: MatterHeard, said: str) -> list[tuple[float, float]]:
    spread: list[tuple[float, float]] = []
    for word in one.words:
        start, end = float(str(word["start"])), float(str(word["end"]))
        signs = "".join(str(word["word"]).split())
        spread += [
            (start + (end - start) * at / len(signs), start + (end - start) * (at + 1) / len(signs))
            for at in range(len(signs))
        ]
    if len(spread) == len(said):
        return spread
    step = (one.end - one.start) / len(said)
    return [(one.start + step * at, one.start + step * (at + 1)) for at in range(len(said))]
