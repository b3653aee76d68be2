"""Chinese text for the search index: two-character pieces.

PostgreSQL's own parser takes a run of Chinese for one word. We index every pair of neighbouring
characters (and single ones), words of letters and digits whole; the last character of each run too, so that every
character begins a piece and can be looked for alone. A word of letters and digits between characters is as one of them
(3号楼: 3号, 号楼), so that it is found with its neighbour. Hits of more than one piece are checked again with LIKE,
because pairs can match where the phrase does not. Stored and asked alike in the normal form (core.texts.normal_form).
"""

import re
from itertools import pairwise

from core.numbers.shown import mask_number
from core.texts.normal_form import asked_words, normal_form

_RUN = re.compile(r"(?:[\u3400-\u9fff\U00020000-\U0003ffff]|[a-z0-9]+)+|[\uac00-\ud7af]+")
_UNIT = re.compile(r"[a-z0-9]+|.", re.DOTALL)


def pieces(text: str) -> list[str]:
    """Index pieces of `text` in order: 「路灯坏了」 → 路灯, 灯坏, 坏了; a run of one character is its own piece."""
    found: list[str] = []
    for run in _runs(text):
        found.extend(first + second for first, second in pairwise(run))
        if len(run) == 1:
            found.append(run[0])
    return found


def _runs(text: str) -> list[list[str]]:
    """Runs of characters and words that stand side by side, each as its characters and words."""
    return [_UNIT.findall(run) for run in _RUN.findall(normal_form(text))]


def search_document(text: str) -> str:
    """What to hand to `to_tsvector('simple', …)`."""
    runs = _runs(text)
    words = [unit for run in runs if len(run) > 1 for unit in run if unit.isascii()]
    return " ".join([*pieces(text), *words, *(run[-1] for run in runs if len(run) > 1 and not run[-1].isascii())])


def search_query(text: str) -> str | None:
    """What to hand to `to_tsquery('simple', …)`: pairs of characters; single ones and words of letters and digits by
    their beginning; all must be there. Hits must be checked unless `text` `is_piece`. None: `text` has no word.
    """
    known: dict[str, None] = {}
    for run in (run for word in asked_words(text) for run in _runs(word)):
        if len(run) == 1:
            known[f"'{run[0]}'" + (":*" if run[0].isascii() or len(run[0]) == 1 else "")] = None
        for number, (first, second) in enumerate(pairwise(run)):
            last = number == len(run) - 2 and second.isascii()
            known[f"'{first + second}'" + (":*" if last else "")] = None
    return " & ".join(known) or None


def is_piece(text: str) -> bool:
    """Whether the index alone says where `text` stands: a pair of characters, a single one, or the beginning of a word
    of letters and digits."""
    normal = normal_form(text)
    return pieces(text) == [normal] and (normal.isascii() or not any(sign.isascii() for sign in normal))


def like_pattern(text: str) -> str:
    """`text` anywhere, its own % and _ taken literally (escape character: backslash)."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def mask_phone(number: str) -> str:
    """A number as logs and unauthorised eyes may see it: 13800000042 → 138****0042 (core.numbers.shown.mask_number)."""
    return mask_number(number)
