"""岗位与任职: the holders of an office's posts, from when to when. Pure.

Read from the city's `posts.csv`, which keeps everybody who ever held one. A day of which it says nothing is as
`offices.csv` has it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import BeforeValidator, Field

from core.folder.faults import Fault
from core.folder.shapes import Code, Label, Strict
from core.texts.lines import ONE_LINE

FILE = "posts.csv"
COLUMNS = ("code", "office", "post", "holder", "account", "first_day", "last_day")


class Post(StrEnum):
    HEAD = "head"
    DEPUTY = "deputy"
    CONTACT_A = "contact-a"
    """Answers for the office's daily work with the hotline."""
    CONTACT_B = "contact-b"
    """Stands in for the former."""


PARTNERS = {Post.CONTACT_A: Post.CONTACT_B, Post.CONTACT_B: Post.CONTACT_A}


def _no_day(said: object) -> object:
    return None if said == "" else said


class TenureLine(Strict):
    """A row of the file."""

    code: Code
    office: Code
    post: Post
    holder: Label
    account: Annotated[str, Field(max_length=40), ONE_LINE]
    """The name that the holder signs in with; empty: none."""
    first_day: dt.date
    last_day: Annotated[dt.date | None, BeforeValidator(_no_day)]
    """The last one in the post; empty: still there."""


@dataclass(frozen=True)
class Tenure:
    """One person in one post of an office, for whole days of the city."""

    code: str
    office: str
    post: Post
    holder: str
    account: str
    first_day: dt.date
    last_day: dt.date | None

    def on(self, day: dt.date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def tenures(lines: Iterable[TenureLine]) -> tuple[Tenure, ...]:
    """The earliest first."""
    found = [Tenure(**line.model_dump()) for line in lines]
    return tuple(sorted(found, key=lambda one: (one.office, one.post, one.first_day)))


def holder_on(known: Iterable[Tenure], office: str, post: Post, day: dt.date) -> Tenure | None:
    """The holder of the post on this day; None: nobody, or nothing is written of it."""
    return next((one for one in known if one.office == office and one.post is post and one.on(day)), None)


def partner_of(known: Sequence[Tenure], account: str, day: dt.date) -> str:
    """The account of whoever stands in by the posts (A 岗, B 岗) for the one with `account`; empty: nobody."""
    for one in known:
        if one.account == account and one.on(day) and one.post in PARTNERS:
            partner = holder_on(known, one.office, PARTNERS[one.post], day)
            return partner.account if partner and partner.account != account else ""
    return ""


def contradictory_tenures(lines: Sequence[TenureLine]) -> Iterator[Fault]:
    """Days that cannot be, and two people in one post on one day."""
    for line in lines:
        if line.last_day is not None and line.last_day < line.first_day:
            yield Fault(FILE, f"{line.holder}的 last_day 早于 first_day", "改正日期", line.line_in_file)
    of_post: dict[tuple[str, Post], list[TenureLine]] = {}
    for line in lines:
        of_post.setdefault((line.office, line.post), []).append(line)
    for held in of_post.values():
        for earlier, later in pairwise(sorted(held, key=lambda one: one.first_day)):
            if earlier.last_day is None or earlier.last_day >= later.first_day:
                what = (
                    f"{earlier.office} 的 {earlier.post} 在 {later.first_day} 有{earlier.holder}和{later.holder}两个人"
                )
                yield Fault(FILE, what, f"给{earlier.holder}写 last_day，早于 {later.first_day}", later.line_in_file)
