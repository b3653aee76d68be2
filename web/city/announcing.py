"""Announcements as the administrator writes them: a row of `announcements.toml` from a form. Pure."""

import datetime as dt
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.clock import in_city
from core.errors import BadInput
from web.city.days import quoted

DAYS = {"every day": "每天", "working days": "工作日", "rest days": "休息日"}
_BLOCK = re.compile(r"(?m)^(?=\[\[announcement\]\])")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}", re.ASCII)
NEW = "+"


@dataclass(frozen=True)
class AnnouncementRow:
    name: str
    text: str
    recorded: str
    starts: str
    until: str
    """`2027-02-05T00:00`, as a browser's field has it; empty: by days."""
    days: str
    begins: str
    ends: str
    source: str

    @property
    def when(self) -> str:
        if self.starts:
            return f"{self.starts.replace('T', ' ')} 至 {self.until.replace('T', ' ')}"
        return f"{DAYS.get(self.days, self.days)} {self.begins or '00:00'} 至 {self.ends or '24:00'}"


def announcement_rows(text: str) -> Sequence[AnnouncementRow]:
    """As they stand in the file; none where it cannot be read."""
    try:
        found = tomllib.loads(text).get("announcement", [])
    except tomllib.TOMLDecodeError:
        return ()
    return [_row(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else ()


def doubts(old: str, new: str, at: dt.datetime) -> list[str]:
    """What a new text brings that hardly can be meant; sentences."""
    before, now = announcement_rows(old), announcement_rows(new)
    said = []
    for number, one in enumerate(now):
        if one in before:
            continue
        if one.until and one.until <= in_city(at).strftime("%Y-%m-%dT%H:%M"):
            said.append(f"“{one.text}”的时间已经过去，不会播。")
        if any(other.text == one.text for other in (*now[:number], *now[number + 1 :])):
            said.append(f"“{one.text}”有两条。")
    return list(dict.fromkeys(said))


def with_announcement(text: str, said: Mapping[str, str]) -> str:
    """The file with one announcement added, replaced (`announcement` names it) or removed; everything else, remarks
    among it, stays as it is. Raises BadInput that says what is missing."""
    name = said["announcement"]
    head, *blocks = _BLOCK.split(text)
    names = [_name(block) for block in blocks]
    if name != NEW and name not in names:
        raise BadInput("这条公告刚刚已被删去。")
    if "remove" in said:
        return _joined([head, *(block for block, known in zip(blocks, names, strict=True) if known != name)])
    block = _block(said, _free_name(names) if name == NEW else name)
    if name == NEW:
        return _joined([head, block, *blocks])
    return _joined([head, *(block if known == name else old for old, known in zip(blocks, names, strict=True))])


def _row(one: Mapping[str, object]) -> AnnouncementRow:
    def said(field: str, length: int = 200) -> str:
        value = one.get(field, "")
        return str(value).replace(" ", "T")[:length] if field in ("starts", "until") else str(value)[:length]

    days = one.get("days", "")
    return AnnouncementRow(
        name=said("name"), text=said("text"), recorded=said("recorded"), starts=said("starts", 16),
        until=said("until", 16), days=days if isinstance(days, str) else " ".join(map(str, days)),  # type: ignore[call-overload]
        begins=said("begins", 5), ends=said("ends", 5), source=said("source"),
    )  # fmt: skip


def _block(said: Mapping[str, str], name: str) -> str:
    text, source = said.get("text", "").strip(), said.get("source", "").strip()
    if not any(sign.isalnum() for sign in text):
        raise BadInput("请填写公告说什么。")
    if not source:
        raise BadInput("请填写是谁要求播的。")
    lines = [f"name = {quoted(name)}", f"text = {quoted(text)}", *_times(said), f"source = {quoted(source)}"]
    if recorded := said.get("recorded", "").strip():
        lines.insert(2, f"recorded = {quoted(recorded)}")
    return "[[announcement]]\n" + "\n".join(lines) + "\n\n"


def _times(said: Mapping[str, str]) -> list[str]:
    if days := said.get("days", ""):
        given = {field: said.get(field, "").strip() for field in ("begins", "ends")}
        if any(typed and not _TIME.fullmatch(typed) for typed in given.values()):
            raise BadInput("钟点请写成 22:00。")
        shown = f'"{days}"' if days in DAYS else json.dumps(days.split())
        return [f"days = {shown}", *(f"{field} = {typed}:00" for field, typed in given.items() if typed)]
    starts, until = said.get("starts", "").strip()[:16], said.get("until", "").strip()[:16]
    if not (_INSTANT.fullmatch(starts) and _INSTANT.fullmatch(until)):
        raise BadInput("请填写从什么时候播到什么时候，或者选择每天、工作日、休息日。")
    return [f"starts = {starts}:00", f"until = {until}:00"]


def _name(block: str) -> str:
    try:
        return str(tomllib.loads(block)["announcement"][0].get("name", ""))
    except (tomllib.TOMLDecodeError, LookupError):
        return ""


def _free_name(names: Sequence[str]) -> str:
    number = len(names) + 1
    while f"announcement-{number}" in names:
        number += 1
    return f"announcement-{number}"


def _joined(blocks: Sequence[str]) -> str:
    return "".join(block if block.endswith("\n\n") else f"{block.rstrip()}\n\n" for block in blocks if block.strip())
