"""The passage of a text in which words stand that somebody looks for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

AROUND = 16
"""Characters shown on each side."""


@dataclass(frozen=True)
class FoundWords:
    before: str
    hit: str
    after: str
    where: str = ""
    """The field, in Chinese."""
    linkedid: str = ""
    """The call on which it was said."""


def words_in(text: str, words: Sequence[str], shown: str, where: str = "", linkedid: str = "") -> FoundWords | None:
    """The first of `words` that is not `shown` in the row, with what stands around it. `text`, `shown`: in normal form.
    None: the row shows all of them, or one does not stand in the text."""
    for word in words:
        if word in shown or (at := text.find(word)) < 0:
            continue
        end = at + len(word)
        begin, stop = text.rfind("\n", 0, at) + 1, text.find("\n", end)
        before, after = text[max(begin, at - AROUND) : at], text[end : stop if stop >= 0 else None]
        return FoundWords(
            ("…" if at - AROUND > begin else "") + before,
            word,
            after[:AROUND] + ("…" if len(after) > AROUND else ""),
            where,
            linkedid,
        )
    return None
