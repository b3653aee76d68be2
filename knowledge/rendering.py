"""An article's words as a page shows them and as a person says them. Pure.

Markdown by markdown-it-py with HTML switched off, and the result once more through nh3's list of allowed tags: what an
editor pastes can make no script, no picture from elsewhere and no link but http(s), mailto and tel.
"""

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt

_OPTIONS = {"html": False, "linkify": False, "breaks": True, "maxNesting": 20}
_MARKDOWN = MarkdownIt("js-default", _OPTIONS).disable("image")
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


def render(body: str) -> str:
    """Safe HTML of an article's body."""
    return nh3.clean(
        _MARKDOWN.render(body), tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"}
    )


def plain_text(body: str) -> str:
    """The body without its marks: list items numbered or dotted, paragraphs on lines of their own."""
    lines: list[str] = []
    numbers: list[int | None] = []
    prefix = ""
    for token in _MARKDOWN.parse(body):
        match token.type:
            case "ordered_list_open":
                numbers.append(int(token.attrGet("start") or 1))
            case "bullet_list_open":
                numbers.append(None)
            case "ordered_list_close" | "bullet_list_close":
                numbers.pop()
            case "list_item_open":
                number = numbers[-1]
                prefix = "· " if number is None else f"{number}. "
                if number is not None:
                    numbers[-1] = number + 1
            case "inline":
                said = "".join(
                    "\n" if child.type in ("softbreak", "hardbreak") else child.content
                    for child in token.children or ()
                )
                lines.append(prefix + said)
                prefix = ""
            case "fence" | "code_block":
                lines.append(token.content.rstrip())
    return "\n".join(lines)


def answer_text(body: str, bring: Sequence[str]) -> str:
    """What goes into an order as its public answer: the article, and everything to bring, at once."""
    said = plain_text(body)
    if bring:
        said += "\n需要带的材料（一次性告知）：\n" + "\n".join(f"{n}. {item}" for n, item in enumerate(bring, 1))
    return said.strip()
