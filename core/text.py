"""Chinese text for the search index: two-character pieces.

PostgreSQL's own parser takes a run of Chinese for one word. We index every pair of neighbouring
characters (and single ones), words of letters and digits whole; the last character of each run too, so that every
character begins a piece and can be looked for alone. Hits of more than one piece are checked again with LIKE, because
pairs can match where the phrase does not.
"""

import re
import unicodedata

from core.phone import mask_number

_RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+|[\uac00-\ud7af]+")


def pieces(text: str) -> list[str]:
    """Index pieces of `text` in order: 「路灯坏了」 → 路灯, 灯坏, 坏了; a run of one character is its own piece."""
    found: list[str] = []
    for run in _runs(text):
        if run.isascii() or len(run) == 1:
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


def search_document(text: str) -> str:
    """What to hand to `to_tsvector('simple', …)`."""
    return " ".join([*pieces(text), *(run[-1] for run in _runs(text) if not run.isascii() and len(run) > 1)])


def search_query(text: str) -> str | None:
    """What to hand to `to_tsquery('simple', …)`: pairs of characters; single ones and words of letters and digits by
    their beginning; all must be there. Hits must be checked unless `text` `is_piece`. None: `text` has no word.
    """
    known = dict.fromkeys(pieces(text))
    return " & ".join(f"'{piece}'" + (":*" if piece.isascii() or len(piece) == 1 else "") for piece in known) or None


def is_piece(text: str) -> bool:
    """Whether the index alone says where `text` stands: a pair of characters, a single one, or the beginning of a word
    of letters and digits."""
    return pieces(text) == [unicodedata.normalize("NFKC", text).lower()]


def like_pattern(text: str) -> str:
    """`text` anywhere, its own % and _ taken literally (escape character: backslash)."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def mask_phone(number: str) -> str:
    """A number as logs and unauthorised eyes may see it: 13800000042 → 138****0042 (core.phone.mask_number)."""
    return mask_number(number)
