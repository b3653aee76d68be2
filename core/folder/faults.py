"""What is wrong in the city's folder, in the words of the person who keeps it. Pure."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import ConfigurationError


@dataclass(frozen=True)
class Fault:
    """One mistake: Chinese, without a full stop."""

    file: str
    """Name inside the folder; empty: the folder itself."""
    what: str
    mend: str
    line: int | None = None
    """Counted from 1; None: the file as a whole."""

    @property
    def text(self) -> str:
        place = f"{self.file} 第{self.line}行：" if self.line else f"{self.file}：" if self.file else ""
        return f"{place}{self.what}。改法：{self.mend}。"


class FaultyFolder(ConfigurationError):
    """城市数据有错误。"""

    slug = "city_folder_faulty"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(Faults(faults).in_order())
        listed = "\n".join(f"· {fault.text}" for fault in self.faults)
        super().__init__(f"城市数据有{len(self.faults)}处错误，改好以后再启动：\n{listed}")


class Wrong(ValueError):
    """Raised by the check of a record: what is wrong, and the correction."""

    def __init__(self, what: str, mend: str) -> None:
        self.what, self.mend = what, mend
        super().__init__(f"{what}。改法：{mend}")


class Faults(list[Fault]):
    """Faults gathered while a folder is read: one file that cannot be read does not hide the others' mistakes."""

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What is faulty inside is noted, and the reading goes on behind it."""
        try:
            yield
        except FaultyFolder as error:
            self.extend(error.faults)

    def in_order(self) -> list[Fault]:
        """Each once, by file and line."""
        return sorted(set(self), key=lambda one: (one.file, one.line or 0, one.what))

    def raise_if_any(self) -> None:
        if self:
            raise FaultyFolder(self)


def meant(written: str, known: Iterable[str]) -> str:
    """「，是不是要写 X」 for what is misspelt; empty where nothing is near."""
    near = difflib.get_close_matches(written, [one for one in known if one], n=1, cutoff=0.6)
    return f"，是不是要写 {near[0]}" if near else ""


def twice(file: str, what: str, named: Iterable[tuple[str, int | None]]) -> Iterator[Fault]:
    """A fault for each of `named` (value, line) that stood there before."""
    first: dict[str, int | None] = {}
    for value, line in named:
        if value in first:
            before = f"第{first[value]}行已经用过" if first[value] else "前面已经用过"
            yield Fault(file, f"{what} {value} 写了两次（{before}）", "留下一个，另一个删去或改名", line)
        else:
            first[value] = line
