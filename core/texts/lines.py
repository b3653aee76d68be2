"""Text that people type or paste, as it is kept: a name, a title or a place is one line, a description may have many;
neither holds invisible characters. Invisible characters are no part of what was meant, and do harm: a line break in a
title ends a mail's header, a character that reverses the direction of writing shows another number than the one that is
dialled, a zero-width space hides a name from its search. So it is taken away where a field is made (`ONE_LINE`,
`MANY_LINES`), before its length is looked at. NUL and halves of surrogate pairs stay: whoever reads a request refuses
them by name (web.http.requests.reading).
"""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator

TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Controls that turn the direction of the text after them."""
_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_KEPT = frozenset("\x00\n\t")
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks to Unicode, which have no shape in any font."""


def one_line(text: str) -> str:
    """Breaks and tabs become a blank, what is invisible goes, blanks around go. Linear in its length."""
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return re.sub(r" {2,}", " ", _visible(_BREAK.sub(" ", text).replace("\t", " "))).strip(" ")


def many_lines(text: str) -> str:
    """Every kind of break becomes a line feed; tabs stay, what is invisible goes. Linear in its length."""
    return _visible(_BREAK.sub("\n", text))


def _visible(text: str) -> str:
    return "".join(sign for sign in text if (sign.isascii() and sign.isprintable()) or not _is_invisible(sign))


def _is_invisible(sign: str) -> bool:
    return sign in _BLANK_LETTERS or (unicodedata.category(sign) in ("Cc", "Cf") and sign not in _KEPT)


def _line_of(given: Any) -> Any:
    return one_line(given) if isinstance(given, str) else given


def _lines_of(given: Any) -> Any:
    return many_lines(given) if isinstance(given, str) else given


ONE_LINE = BeforeValidator(_line_of)
"""Stands last in a field's `Annotated[str, Field(…), ONE_LINE]`, so that lengths are of what is kept."""
MANY_LINES = BeforeValidator(_lines_of)
Secret = Annotated[str, "a secret: kept sign by sign"]
"""A password or a key: whatever it holds is meant."""
