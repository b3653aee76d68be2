"""Chinese text for the search index: two-character pieces.

PostgreSQL's own parser takes a run of Chinese for one word. We index every pair of neighbouring
characters (and single ones), words of letters and digits whole; hits are checked again with LIKE,
because pairs can match where the phrase does not.
"""

import re
import unicodedata

_RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+|[\uac00-\ud7af]+")


def pieces(text: str) -> list[str]:
    """Index pieces of `text` in order: 「路灯坏了」 → 路灯, 灯坏, 坏了; a run of one character is its own piece."""
    found: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if run.isascii() or len(run) == 1:
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


def search_document(text: str) -> str:
    """What to hand to `to_tsvector('simple', …)`."""
    return " ".join(pieces(text))


def search_query(text: str) -> str | None:
    """What to hand to `to_tsquery('simple', …)`: pairs of characters, and words of letters and digits by their
    beginning; all must be there. Every hit must be checked with `like_pattern`.

    None: the index cannot narrow it down (one Chinese character alone may stand second in every pair): only check.
    """
    known = dict.fromkeys(piece for piece in pieces(text) if piece.isascii() or len(piece) > 1)
    return " & ".join(f"'{piece}'" + (":*" if piece.isascii() else "") for piece in known) or None


def like_pattern(text: str) -> str:
    """`text` anywhere, its own % and _ taken literally (escape character: backslash)."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def mask_phone(number: str) -> str:
    """A number as logs and unauthorised eyes may see it: 13800000042 → 138****0042."""
    return number if len(number) < 7 else f"{number[:3]}****{number[-4:]}"
