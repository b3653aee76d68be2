"""A text as runs of characters, which is all that the model sees of it. Pure; the same for training and for use."""

import re
from collections import Counter

SHORTEST, LONGEST = 1, 3
"""Characters in a run."""
_OTHER = re.compile(r"[^\u3400-\u9fffA-Za-z0-9]+")
_SENTENCE = re.compile(r"[^。！？!?；;，,\n]*[。！？!?；;，,\n]*")
STRETCH = 160
"""Characters that are judged together: most of the texts that the model learned from are shorter."""


def plain(text: str) -> str:
    """Letters, digits and Chinese characters; whatever stands between becomes one blank."""
    return _OTHER.sub(" ", text).strip()


def runs_of(text: str) -> Counter[str]:
    words = plain(text)
    return Counter(
        words[start : start + length]
        for length in range(SHORTEST, min(LONGEST, len(words)) + 1)
        for start in range(len(words) - length + 1)
    )


def stretches(text: str) -> list[tuple[int, int]]:
    """Start and end of each stretch to judge: up to `STRETCH` characters that end with a part of a sentence.

    A stretch depends on nothing that comes after it, so a text that grows keeps its earlier stretches.
    """
    ends = [found.end() for found in _SENTENCE.finditer(text) if found[0]]
    starts = [0, *ends][: len(ends)]
    parts = [
        (at, min(at + STRETCH, end))
        for start, end in zip(starts, ends, strict=True)
        for at in range(start, end, STRETCH)
    ]
    first = 0
    found: list[tuple[int, int]] = []
    for start, end in parts:
        while end - parts[first][0] > STRETCH and parts[first][0] < start:
            first += 1
        found.append((parts[first][0], end))
    return found
