"""A text made to fit into what a channel takes, in that channel's own unit: the link stays whole, and that it was
shortened is said. Pure."""

import re
import unicodedata
from collections.abc import Callable

HINT = "……（内容较长，未全部显示，请登录系统或来电查看）"
_LINK = re.compile(r"https?://[!-~]+")
_JOINS = "\u200d\ufe0e\ufe0f"

Size = Callable[[str], int]


def utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def utf16_units(text: str) -> int:
    """As text messages are counted (3GPP TS 23.038, UCS2): an emoji is two."""
    return len(text.encode("utf-16-le", "replace")) // 2


def fitted(text: str, most: int, size: Size, *, hint: str = HINT) -> str:
    """`text` of at most `most`, cut between characters as people see them."""
    if size(text) <= most:
        return text
    links = list(dict.fromkeys(_LINK.findall(text)))
    tail, kept = _tail(links, most, size, hint)
    head = _cut(text, most - size(tail), size)
    # A link that would be cut is left out here; it stands whole at the end.
    begun = next((one.start() for one in _LINK.finditer(text) if one.start() < len(head) < one.end()), None)
    head = head if begun is None else head[:begun]
    if tail.startswith(hint) and all(link in head for link in kept):
        tail = hint
    return f"{head.rstrip()}{tail}"


def _tail(links: list[str], most: int, size: Size, hint: str) -> tuple[str, list[str]]:
    """What stands at the end, and the links in it. Our own link is the text's last: what others pasted into the text
    must not crowd it out, and where there is no room for the hint too it stands alone."""
    kept: list[str] = []
    for link in reversed(links):
        fits = size(f"{hint}\n{' '.join([link, *kept])}") <= (most // 2 if kept else most)
        if fits:
            kept.insert(0, link)
        elif not kept:
            break
    if kept:
        return f"{hint}\n{' '.join(kept)}", kept
    if links and size(f"…\n{links[-1]}") <= most:
        return f"…\n{links[-1]}", links[-1:]
    return next(tail for tail in (hint, "…", "") if size(tail) <= most), []


def _cut(text: str, room: int, size: Size) -> str:
    """The longest beginning that is no larger."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= room else (low, middle - 1)
    while 0 < low < len(text) and (_joined(text[low]) or text[low - 1] == "\u200d"):
        low -= 1
    return text[:low]


def _joined(sign: str) -> bool:
    """It belongs to the character before it."""
    return unicodedata.combining(sign) != 0 or sign in _JOINS or "\U0001f3fb" <= sign <= "\U0001f3ff"
