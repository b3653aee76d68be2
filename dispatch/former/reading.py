"""One row of a former system becomes an order, or a list of all that is wrong with it. Pure."""

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.clock import in_city
from core.numbers.phone import number_keys, plain_number
from core.numbers.withheld import is_withheld
from dispatch.city.records import City
from dispatch.former.fields import CODED, INSTANTS, KEPT_AS_WORDS, REQUIRED, FormerField
from dispatch.former.labels import FORMER_FIELDS
from dispatch.former.mapping import AS_WORDS, FormerMapping
from dispatch.former.models import RowOutcome
from dispatch.former.words import FINISHED, VOID, YES, choices_of
from dispatch.former.written_times import parse_written
from dispatch.kinds import Channel, Kind, Urgency

LONGEST_NUMBER = 64
LONGEST_LINE = 200
LONGEST_TEXT = 10_000
"""Characters, as in orders that are entered here (dispatch.orders.step_fields)."""
LONGEST_PHONE = 40
_TITLE_FROM_MATTER = 30
_SPOILT = re.compile(r"[\d.]+E\+\d+", re.IGNORECASE)
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_SAID = 60
"""Characters of a cell that are repeated in a complaint."""
_TIME_MEND = "改成 2023-01-05 08:00 这样的写法。"


@dataclass(frozen=True)
class RowFault:
    field: str
    """As people read it."""
    said: str
    """What stands in the cell."""
    wrong: str
    mend: str

    def as_json(self) -> dict[str, str]:
        return {"field": self.field, "said": self.said, "wrong": self.wrong, "mend": self.mend}


@dataclass(frozen=True, kw_only=True)
class FormerOrder:
    """A finished order as the former system had it, in our words."""

    number: str
    received_at: dt.datetime
    closed_at: dt.datetime | None
    dispatched_at: dt.datetime | None
    replied_at: dt.datetime | None
    happened_at: dt.datetime | None
    title: str
    matter: str
    kind: Kind
    channel: Channel
    urgency: Urgency
    subject: str | None
    place_town: str | None
    place: str
    lead_office_code: str | None
    citizen_name: str
    citizen_phone: str
    confidential: bool
    done: str
    public_answer: str
    notes: tuple[str, ...]
    """What has no place of its own, each line `name：value`."""

    @property
    def digest(self) -> str:
        """The same for the same content."""
        said = {name: str(value) for name, value in vars(self).items()}
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


@dataclass
class RowRead:
    """What became of a row."""

    number: str = ""
    order: FormerOrder | None = None
    outcome: RowOutcome = RowOutcome.WRONG
    faults: list[RowFault] = field(default_factory=list)


@dataclass
class _Reader:
    mapping: FormerMapping
    city: City
    names: Sequence[str]
    cells: Sequence[str]
    faults: list[RowFault] = field(default_factory=list)

    def cell(self, name: FormerField) -> str:
        at = self.mapping.column_of(name)
        if at is None or at >= len(self.cells):
            return ""
        said = self.cells[at]
        if said in _ERRORS:
            self.fault(name, said, "这一格的公式出错了", "在 Excel 里改正公式，或直接填写内容。")
            return ""
        return said

    def fault(self, name: FormerField, said: str, wrong: str, mend: str) -> None:
        shown = said if len(said) <= _SAID else said[:_SAID] + "…"
        self.faults.append(RowFault(FORMER_FIELDS[name], shown, wrong, mend))

    def number(self) -> str:
        said = unicodedata.normalize("NFKC", self.cell(FormerField.NUMBER)).strip()
        if not said:
            self.fault(FormerField.NUMBER, "", "没有填", "补上编号；没有编号的行无法防止重复。")
        elif _SPOILT.fullmatch(said):
            mend = "从原系统重新导出，把这一列设为“文本”。"
            self.fault(FormerField.NUMBER, said, "编号太长，被 Excel 改成了科学记数，后几位已丢失", mend)
        elif len(said) > LONGEST_NUMBER:
            self.fault(FormerField.NUMBER, said, f"超过{LONGEST_NUMBER}个字", "看看是不是选错了列。")
        return said[:LONGEST_NUMBER]

    def instant(self, name: FormerField) -> dt.datetime | None:
        said = self.cell(name)
        if not said:
            return None
        if (at := parse_written(said)) is None:
            self.fault(name, said, "看不懂这个时间", _TIME_MEND)
        return at

    def text(self, name: FormerField, longest: int) -> str:
        said = self.cell(name)
        if len(said) > longest:
            self.fault(name, said, f"有{len(said)}个字，最多{longest}个", "缩短后再上传，或看看是不是选错了列。")
        return said

    def line(self, name: FormerField) -> str:
        return " ".join(self.text(name, LONGEST_LINE).split())

    def phone(self) -> str:
        said = " ".join(self.cell(FormerField.CITIZEN_PHONE).split())
        if _SPOILT.fullmatch(said):
            self.fault(FormerField.CITIZEN_PHONE, said, "号码被 Excel 改成了科学记数", "把这一列设为“文本”，重新导出。")
        elif said and not is_withheld(said) and not number_keys(said):
            self.fault(FormerField.CITIZEN_PHONE, said, "不是电话号码", "改正，没有号码就空着。")
        elif len(said) > LONGEST_PHONE:
            self.fault(FormerField.CITIZEN_PHONE, said, f"超过{LONGEST_PHONE}个字", "只留号码，别的内容放到另一列。")
        return plain_number(said)

    def code(self, name: FormerField) -> str | None:
        """None: the column says nothing, or what stays as words."""
        said = self.cell(name)
        if not said:
            return None
        code = self.mapping.values.get(name, {}).get(said)
        if code == AS_WORDS and name in KEPT_AS_WORDS:
            return None
        if code is None or code not in choices_of(name, self.city):
            self.fault(name, said, "没有说明对应本系统的哪一项", f"在上面“{FORMER_FIELDS[name]}”的对应里选一项。")
            return None
        return code

    def notes(self) -> tuple[str, ...]:
        kept = []
        for at, (name, said) in enumerate(zip(self.names, self.cells, strict=False)):
            one = self.mapping.columns[at] if at < len(self.mapping.columns) else None
            as_words = one in KEPT_AS_WORDS and self.mapping.values.get(one, {}).get(said) == AS_WORDS
            if said and said not in _ERRORS and (one is FormerField.NOTE or as_words):
                kept.append(f"{name or f'第{at + 1}列'}：{said}")
        return tuple(kept)


def read_row(
    mapping: FormerMapping, city: City, names: Sequence[str], cells: Sequence[str], at: dt.datetime
) -> RowRead:
    """`at`: now; nothing of a former system lies after it."""
    reader = _Reader(mapping, city, names, cells)
    number = reader.number()
    unfinished = _unfinished(reader)
    codes: dict[FormerField, Any] = {name: reader.code(name) for name in CODED if name is not FormerField.STATE}
    times = {name: reader.instant(name) for name in INSTANTS}
    matter = reader.text(FormerField.MATTER, LONGEST_TEXT)
    received_at = times[FormerField.RECEIVED_AT]
    for name in REQUIRED[1:]:
        if not reader.cell(name):
            reader.fault(name, "", "没有填", "补上后再上传。")
    for name in INSTANTS:
        instant = times[name]
        if instant is not None and instant > at:
            reader.fault(name, reader.cell(name), "在今天以后", "改正这个时间。")
        elif name is not FormerField.HAPPENED_AT and _on_an_earlier_day(instant, received_at):
            reader.fault(name, reader.cell(name), f"早于{FORMER_FIELDS[FormerField.RECEIVED_AT]}", "改正这两个时间。")
    notes = reader.notes()
    if sum(map(len, notes)) > LONGEST_TEXT:
        reader.fault(FormerField.NOTE, "", f"合起来超过{LONGEST_TEXT}个字", "少选几列。")
    title, phone = reader.line(FormerField.TITLE), reader.phone()
    citizen, place = reader.line(FormerField.CITIZEN_NAME), reader.line(FormerField.PLACE)
    done, answer = reader.text(FormerField.DONE, LONGEST_TEXT), reader.text(FormerField.PUBLIC_ANSWER, LONGEST_TEXT)
    if unfinished is not None:
        return RowRead(number, None, RowOutcome.UNFINISHED, [unfinished])
    if reader.faults or received_at is None:
        return RowRead(number, None, RowOutcome.WRONG, reader.faults)
    order = FormerOrder(
        number=number,
        received_at=received_at,
        closed_at=times[FormerField.CLOSED_AT],
        dispatched_at=times[FormerField.DISPATCHED_AT],
        replied_at=times[FormerField.REPLIED_AT],
        happened_at=times[FormerField.HAPPENED_AT],
        title=title or _title_from(matter),
        matter=matter,
        kind=Kind(codes[FormerField.KIND] or Kind.OTHER),
        channel=Channel(codes[FormerField.CHANNEL] or mapping.channel),
        urgency=Urgency(codes[FormerField.URGENCY] or Urgency.NORMAL),
        subject=codes[FormerField.SUBJECT],
        place_town=codes[FormerField.TOWN],
        place=place,
        lead_office_code=codes[FormerField.OFFICE],
        citizen_name=citizen,
        citizen_phone=phone,
        confidential=codes[FormerField.CONFIDENTIAL] == YES,
        done=done,
        public_answer=answer,
        notes=notes,
    )
    return RowRead(number, order, RowOutcome.NEW)


def _unfinished(reader: _Reader) -> RowFault | None:
    """Why the former system has not finished with it; None: it has, or nobody can say."""
    label = FORMER_FIELDS[FormerField.STATE]
    mend = "在原系统办完后再转入，或在这里新登记一件。"
    if reader.mapping.column_of(FormerField.STATE) is None:
        if reader.cell(FormerField.CLOSED_AT):
            return None
        return RowFault(FORMER_FIELDS[FormerField.CLOSED_AT], "", "没有办结时间，原系统里还没有办完", mend)
    said = reader.cell(FormerField.STATE)
    if not said:
        reader.fault(FormerField.STATE, "", "没有填", "补上这一行的办理状态。")
        return None
    code = reader.code(FormerField.STATE)
    if code is None or code == FINISHED:
        return None
    if code == VOID:
        return RowFault(label, said, "原系统里已作废", "不用处理。")
    return RowFault(label, said, "原系统里还没有办完", mend)


def _on_an_earlier_day(instant: dt.datetime | None, received_at: dt.datetime | None) -> bool:
    """By the city's days: many a system notes only the day on which an order was closed."""
    return bool(instant and received_at and in_city(instant).date() < in_city(received_at).date())


def _title_from(matter: str) -> str:
    first = matter.splitlines()[0] if matter else ""
    return first if len(first) <= _TITLE_FROM_MATTER else first[:_TITLE_FROM_MATTER] + "…"
