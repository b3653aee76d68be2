"""What stands in a cell, as the text that a person reads there. Pure."""

import datetime as dt

LONGEST_CELL = 32_767
"""Characters; Excel's own limit."""
_EXACT_BELOW = 10**15
"""A number of more digits has lost its last ones in Excel: it is written as Excel shows it, 2.02301050001235E+17."""
_KEPT_CONTROLS = "\n\t"


def cell_text(value: object) -> str:
    """Days as 2023-01-05, instants as 2023-01-05 08:00:00, whole numbers without a point."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case int() | float():
            return _number(value)
        case dt.datetime():
            at = value.replace(microsecond=0)
            return at.date().isoformat() if at.time() == dt.time() else at.replace(tzinfo=None).isoformat(" ")
        case dt.date():
            return value.isoformat()
        case dt.time():
            return value.replace(microsecond=0).isoformat()
        case _:
            return tidy(str(value))


def tidy(text: str) -> str:
    """Without what cannot be stored, or only seems to be there."""
    if text.isprintable():
        return text.strip()[:LONGEST_CELL]
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u3000", " ").replace("\xa0", " ")
    kept = (one for one in text if one.isprintable() or one in _KEPT_CONTROLS)
    return "".join(kept).strip()[:LONGEST_CELL]


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if abs(value) >= _EXACT_BELOW:
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else f"{value:.10f}".rstrip("0")
