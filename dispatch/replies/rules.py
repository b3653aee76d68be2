"""Templates of replies (`replies.toml`): what a reply of each kind says, with blanks in 【】 for the facts. Pure."""

import re
from dataclasses import dataclass

_BLANK = re.compile(r"【[^【】]*】")


@dataclass(frozen=True)
class ReplyTemplate:
    done: str
    """For the file."""
    public_answer: str
    """For the citizen: the facts, what the answer rests on, what happens next."""

    def blanks_left(self, text: str) -> list[str]:
        """Blanks of the template that still stand in `text`; other words in such brackets are the writer's own."""
        known = set(_BLANK.findall(self.done + self.public_answer))
        return [blank for blank in dict.fromkeys(_BLANK.findall(text)) if blank in known]
