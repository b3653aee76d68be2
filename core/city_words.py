"""What this city calls its line, its crews and itself: every text that names them takes the words from here.

A process serves one city, as it lives in one time zone (core.clock) and one numbering plan (core.numbers.plan):
dispatch.policy.use_policy sets the words, once. A text with `{crew}` or `{area}` in it is filled where it is read, not
where it is written, so that tables of labels may stand in modules. Pure but for the city's words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True)
class CityWords:
    """The defaults are nobody's: they show where no city was read."""

    city: str = "本地"
    """曲阜市."""
    line: str = "政务服务热线"
    """马上就办一线通: on screens, in papers, at the beginning of a call."""
    line_short: str = "热线"
    """一线通: in text messages."""
    number: str = "12345"
    """What citizens dial."""
    crew: str = "流动服务队"
    """直通车."""
    area: str = "市"
    """市, 县, 区, 旗: 市级管理员, 全市, 市领导."""
    town: str = "镇街"
    """镇街, 乡镇, 街道: what it is divided into."""
    web: str = "网络平台"
    """The channel of matters that came by the web: 网络问政."""
    mailbox: str = "领导信箱"
    """书记信箱."""
    motto: str = "为民服务"
    """马上就办: what the last of the offences is against."""

    local: tuple[str, ...] = ()
    """What everybody here would try first as a password: its famous people and places."""

    @property
    def coordinator(self) -> str:
        return f"{self.area}级管理员"

    @property
    def line_called(self) -> str:
        """一线通热线, 清心热线: named as a hotline, once."""
        return self.line_short if self.line_short.endswith("热线") else f"{self.line_short}热线"

    @cached_property
    def places(self) -> Mapping[str, str]:
        """`{crew}`, `{area}` … → the word that stands there."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        named |= {"coordinator": self.coordinator, "line_called": self.line_called}
        return {f"{{{name}}}": word for name, word in named.items() if isinstance(word, str)}


_words = CityWords()


def use_city_words(words: CityWords) -> None:
    """This process's city says so."""
    global _words
    _words = words


def city_words() -> CityWords:
    return _words


def worded(text: str, words: CityWords | None = None) -> str:
    """`text` with `{crew}`, `{area}`, `{line}` … as this city says it. Other braces stay as they are."""
    if "{" not in text:
        return text
    said = words or _words
    for place, word in said.places.items():
        text = text.replace(place, word)
    return text


class WordedTable(dict[Key, str]):
    """A table of labels whose texts may name what the city words: filled where they are read."""

    def __getitem__(self, key: Key) -> str:
        return worded(super().__getitem__(key))

    def get(self, key: Key, default: Any = None) -> Any:
        found = super().get(key)
        return default if found is None else worded(found)

    def values(self) -> Any:
        return [self[key] for key in self]

    def items(self) -> Any:
        return [(key, self[key]) for key in self]
