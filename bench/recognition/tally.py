"""What was heard against what was said: characters and place names, by voice, line and sort of sentence. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.recognition.testset import SORTS, SpokenSentence
from recordings.recognition.local_names import Gazetteer


@dataclass(frozen=True)
class TallyHeard:
    """One sentence of the test set after a line and the product's ear."""

    spoken: SpokenSentence
    line: str
    raw: str
    """As the recogniser heard it, characters only."""
    text: str
    """With the corrected names."""
    names: tuple[str, ...] = ()
    """Those that the repair put in."""
    whole: bool = True
    """False: the sound was torn on its way (bench.recognition.played)."""


@dataclass(frozen=True)
class Count:
    sentences: int
    characters: int
    wrong: int
    """Characters wrong, left out or put in, before the repair."""
    wrong_mended: int
    places: int
    """Place names that were said."""
    places_before: int
    places_after: int
    wrong_names: int
    """Names that the repair put in and that nobody had said."""

    @property
    def rate(self) -> float:
        """Character error rate; above 1 it is possible."""
        return self.wrong / self.characters if self.characters else 0.0


def count(heard: Iterable[TallyHeard], gazetteer: Gazetteer) -> Count:
    found = list(heard)
    said = [places_said(one.spoken.text, gazetteer) for one in found]
    return Count(
        sentences=len(found),
        characters=sum(len(one.spoken.text) for one in found),
        wrong=sum(edits(one.spoken.text, one.raw) for one in found),
        wrong_mended=sum(edits(one.spoken.text, one.text) for one in found),
        places=sum(map(len, said)),
        places_before=sum(name in one.raw for one, names in zip(found, said, strict=True) for name in names),
        places_after=sum(name in one.text for one, names in zip(found, said, strict=True) for name in names),
        wrong_names=sum(name not in one.spoken.text for one in found for name in one.names),
    )


def places_said(text: str, gazetteer: Gazetteer) -> list[str]:
    """The gazetteer's names in `text`, none that is only a part of another one there."""
    names = sorted((name for name in gazetteer.names if name in text), key=lambda name: (-len(name), name))
    found: list[str] = []
    for name in names:
        if not any(name in longer for longer in found):
            found.append(name)
    return found


def edits(said: str, heard: str) -> int:
    row = list(range(len(heard) + 1))
    for n, sign in enumerate(said, start=1):
        before, row[0] = row[0], n
        for k, other in enumerate(heard, start=1):
            before, row[k] = row[k], min(row[k] + 1, row[k - 1] + 1, before + (sign != other))
    return row[-1]


def voice_groups(heard: Iterable[TallyHeard]) -> dict[str, list[TallyHeard]]:
    """By voice, the trained ones first; `all trained` and `all never trained` before them."""
    found = sorted(heard, key=lambda one: (not one.spoken.trained, one.spoken.voice))
    groups: dict[str, list[TallyHeard]] = {"all trained": [], "all never trained": []}
    for one in found:
        groups["all trained" if one.spoken.trained else "all never trained"].append(one)
        groups.setdefault(f"{one.spoken.voice}{'' if one.spoken.trained else ' (never trained)'}", []).append(one)
    return {name: group for name, group in groups.items() if group}


def error_table(heard: Sequence[TallyHeard], gazetteer: Gazetteer) -> list[list[str]]:
    """Characters wrong in a hundred: a row for each sort and voice, a column for each line; the first is headings."""
    lines = list(dict.fromkeys(one.line for one in heard))
    rows = [["sentences", "voice", "number", *lines]]
    for sort in SORTS:
        for voice, group in voice_groups(one for one in heard if one.spoken.sort == sort).items():
            counts = [count((one for one in group if one.line == line), gazetteer) for line in lines]
            cells = [f"{100 * one.rate:.1f} %" if one.sentences else "–" for one in counts]
            rows.append([sort, voice, str(max(one.sentences for one in counts)), *cells])
    return rows


def place_table(heard: Sequence[TallyHeard], gazetteer: Gazetteer) -> list[list[str]]:
    """Names right before → after the repair of those said, and names put in wrongly; the first row is headings."""
    rows = [["line", "names", "voices", "before → after of said", "wrong names put in"]]
    for line in dict.fromkeys(one.line for one in heard):
        for unknown in (False, True):
            for trained in (True, False):
                found = count(
                    (
                        one
                        for one in heard
                        if one.line == line and bool(one.spoken.place) is unknown and one.spoken.trained is trained
                    ),
                    gazetteer,
                )
                if found.sentences:
                    kind = "unknown to the model" if unknown else "known to the model"
                    right = f"{found.places_before} → {found.places_after} of {found.places}"
                    rows.append([line, kind, "trained" if trained else "never trained", right, str(found.wrong_names)])
    return rows
