"""A change of who holds a post, as a new text of `posts.csv`. Pure."""

import datetime as dt
import re
from collections.abc import Mapping

from core.errors import BadInput
from core.instants import EARLIEST, LATEST
from dispatch.city.posts import Post
from dispatch.versions.difference import read_table, with_row

_NO_CODE = re.compile(r"[^a-z0-9-]+")
_LONGEST_CODE = 36
_WHICH_DAY = "请填写从哪一天起，如 2027-01-01。"


def with_holder(text: str, said: Mapping[str, str]) -> str:
    """From `first_day` on `holder` has the post of the office; whoever had it leaves it the day before. Without a
    holder nobody has it from then on. Raises BadInput."""
    office, post, holder = said.get("office", ""), said.get("post", ""), " ".join(said.get("holder", "").split())
    first = _day(said.get("first_day", ""))
    if not office or post not in set(Post):
        raise BadInput("请选择单位和岗位。")
    rows = [row for row in read_table(text).rows if (row.get("office"), row.get("post")) == (office, post)]
    before = first - dt.timedelta(days=1)
    for row in rows:
        if row.get("first_day", "") >= first.isoformat():
            raise BadInput(f"{row['holder']}从 {row['first_day']} 起任这个岗位，不早于 {first}。请先改那一行。")
        if row.get("last_day", "") == "" or row["last_day"] > before.isoformat():
            text = with_row(text, row["code"], dict(row) | {"last_day": before.isoformat()})
    if not holder:
        if not any(row.get("last_day", "") == "" for row in rows):
            raise BadInput("请填写任职人。")
        return text
    cells = {"code": _code(text, office, post, first), "office": office, "post": post, "holder": holder}
    account = said.get("account", "").strip().lower()
    return with_row(text, None, cells | {"account": account, "first_day": first.isoformat(), "last_day": ""})


def _code(text: str, office: str, post: str, first: dt.date) -> str:
    """Of the new row: readable, and nobody else's."""
    taken = {row.get("code", "") for row in read_table(text).rows}
    stem = _NO_CODE.sub("-", f"{office[:14]}-{post}-{first:%Y%m%d}")[:_LONGEST_CODE]
    return next(code for code in (stem, *(f"{stem}-{number}" for number in range(2, 1000))) if code not in taken)


def _day(typed: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(typed.strip())
    except ValueError:
        raise BadInput(_WHICH_DAY) from None
    if not EARLIEST.year <= day.year < LATEST.year:
        raise BadInput(_WHICH_DAY)
    return day
