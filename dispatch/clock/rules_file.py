"""limits.toml as it is written, and the rules that it becomes."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from core.folder.faults import Fault, FaultyFolder, Wrong
from core.folder.shapes import Name, Strict
from dispatch.clock.rules import OfficeHours, SpanUnit, TimeLimit, TimeRules, TimeSpan, parse_span
from dispatch.kinds import Kind, Urgency

FILE = "limits.toml"
_SEASON = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", re.ASCII)
_SHIFT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\s*[-–—~至]\s*([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def _span(written: object) -> TimeSpan:
    if isinstance(written, TimeSpan):
        return written
    try:
        return parse_span(str(written))
    except ValueError:
        raise Wrong(
            f"时限写的是“{written}”",
            "写 same day（当日）、3 working days（工作日）、5 days（自然日）、2 hours（小时）、"
            "2 working hours（工作小时）、30 minutes（分钟）或 30 working minutes",
        ) from None


def _season(written: object) -> object:
    if isinstance(written, str) and _SEASON.fullmatch(written):
        return written
    raise Wrong(f"写的是“{written}”", "写月和日，如 06-01")


SpanText = Annotated[TimeSpan, PlainValidator(_span)]
SeasonText = Annotated[str, BeforeValidator(_season)]


class OfficeHoursLine(Strict):
    begins: SeasonText | None = None
    ends: SeasonText | None = None
    shifts: Annotated[list[str], Field(min_length=1, max_length=4)]
    source: Name

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.begins is None) is not (self.ends is None):
            raise Wrong("begins 和 ends 只写了一个", "季节的起止两项都写；全年其余时间的那一段都不写")
        before = dt.time.min
        for begins, ends in map(_shift, self.shifts):
            if not before <= begins < ends:
                raise Wrong(
                    f"shifts 的时刻前后颠倒：{'、'.join(self.shifts)}", '从早到晚写，如 ["08:30-12:00", "13:30-17:30"]'
                )
            before = ends
        return self


class LimitLine(Strict):
    kinds: Annotated[list[Kind], Field(min_length=1)]
    urgency: Urgency | None = None
    accept: SpanText
    contact: SpanText | None = None
    expected: SpanText
    finish: SpanText
    counts: Literal["every day", "working days"]
    late_after: dt.time | None = None
    late_due: dt.time | None = None
    same_day_ends: dt.time | None = None
    source: Name

    @model_validator(mode="after")
    def _whole(self) -> Self:
        spans = [span for span in (self.accept, self.contact, self.expected, self.finish) if span]
        if any(span.unit is SpanUnit.SAME_DAY for span in spans):
            for name in ("late_after", "late_due", "same_day_ends"):
                if getattr(self, name) is None:
                    raise Wrong(f"有 same day（当日）的时限，没有写 {name}", f"补上 {name}，写时刻，如 17:30:00")
        return self


class LimitsFile(Strict):
    working_day_ends: dt.time | None = None
    promise_working_days: Annotated[int, Field(gt=0)]
    yellow_working_days: Annotated[int, Field(gt=0)]
    remind_share: Annotated[float, Field(ge=0, le=1)]
    accountability_working_days: Annotated[int, Field(gt=0)]
    return_working_days: Annotated[int, Field(gt=0)]
    return_decision_minutes: Annotated[int, Field(gt=0)]
    ruling_working_days: Annotated[int, Field(gt=0)]
    extension_working_days: Annotated[int, Field(gt=0)]
    rework_working_days: Annotated[int, Field(gt=0)]
    supervision_answer_working_days: Annotated[int, Field(gt=0)]
    part_working_days_before: Annotated[int, Field(ge=0)]
    spot_check_share: Annotated[float, Field(gt=0, le=1)]
    spot_check_at_least: Annotated[int, Field(ge=0)]
    office_hours: list[OfficeHoursLine] = Field(default_factory=list)
    limit: list[LimitLine]


def time_rules(file: LimitsFile) -> TimeRules:
    """Raises FaultyFolder for limits that are missing, double or contradict one another."""
    if faults := [*_wrong_hours(file), *_wrong_limits(file)]:
        raise FaultyFolder(faults)
    return TimeRules(
        limits=tuple(_limit(line) for line in file.limit),
        office_hours=_office_hours(file),
        promise_days=file.promise_working_days,
        yellow_days=file.yellow_working_days,
        remind_share=file.remind_share,
        accountability_days=file.accountability_working_days,
        return_days=file.return_working_days,
        return_decision_minutes=file.return_decision_minutes,
        ruling_days=file.ruling_working_days,
        extension_days=file.extension_working_days,
        rework_days=file.rework_working_days,
        supervision_days=file.supervision_answer_working_days,
        part_days_before=file.part_working_days_before,
        spot_check_share=file.spot_check_share,
        spot_check_at_least=file.spot_check_at_least,
    )


def _limit(line: LimitLine) -> TimeLimit:
    midnight = dt.time()  # Of limits that no same day needs.
    return TimeLimit(
        kinds=frozenset(line.kinds),
        urgency=line.urgency,
        accept=line.accept,
        expected=line.expected,
        finish=line.finish,
        every_day=line.counts == "every day",
        late_after=line.late_after or midnight,
        late_due=line.late_due or midnight,
        same_day_ends=line.same_day_ends or midnight,
        source=line.source,
        contact=line.contact,
    )


def _office_hours(file: LimitsFile) -> tuple[OfficeHours, ...]:
    """The seasons first, then the rest of the year."""
    if file.working_day_ends is not None:
        return (OfficeHours(((dt.time.min, file.working_day_ends),)),)
    lines = sorted(file.office_hours, key=lambda line: line.begins is None)
    return tuple(
        OfficeHours(tuple(map(_shift, line.shifts)), _month_and_day(line.begins), _month_and_day(line.ends))
        for line in lines
    )


def _shift(written: str) -> tuple[dt.time, dt.time]:
    found = _SHIFT.fullmatch(written.strip().replace("：", ":"))
    if found is None:
        raise Wrong(f"上班时间写的是“{written}”", "写起止时刻，如 08:30-12:00")
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    return dt.time(begin_hour, begin_minute), dt.time(end_hour, end_minute)


def _month_and_day(written: str | None) -> tuple[int, int] | None:
    return (int(written[:2]), int(written[3:])) if written else None


def _wrong_hours(file: LimitsFile) -> Iterator[Fault]:
    years_rest = [line for line in file.office_hours if line.begins is None]
    if file.working_day_ends is None and not file.office_hours:
        yield Fault(
            FILE, "没有写上班时间", "写 working_day_ends（下班时刻），或写 [[office_hours]]（有午休、夏令时的）"
        )
    if file.working_day_ends is not None and file.office_hours:
        where = file.office_hours[0].line_in_file
        yield Fault(FILE, "working_day_ends 和 [[office_hours]] 都写了", "留下一种", where)
    if file.office_hours and len(years_rest) != 1:
        where = file.office_hours[-1].line_in_file
        what = "没有" if not years_rest else "不止一段"
        yield Fault(
            FILE, f"不写 begins、ends 的 [[office_hours]] {what}", "全年其余时间写一段，不写 begins、ends", where
        )
    for at, line in enumerate(file.office_hours):
        mine = OfficeHours((), _month_and_day(line.begins), _month_and_day(line.ends))
        for other in file.office_hours[:at]:
            if line.begins and other.begins and (
                mine.holds(_in_a_year(other.begins)) or _season_of(other).holds(_in_a_year(line.begins))
            ):  # fmt: skip
                yield Fault(FILE, "两段 [[office_hours]] 的季节重叠", "改正 begins、ends", line.line_in_file)
    if file.working_day_ends is not None:
        for limit in file.limit:
            spans = [span for span in (limit.accept, limit.contact, limit.expected, limit.finish) if span]
            if any(span.needs_office_hours for span in spans):
                mend = "把 working_day_ends 换成 [[office_hours]]，写明上午、下午的上班时间"
                yield Fault(FILE, "用了工作小时、工作分钟，没有写上班时间", mend, limit.line_in_file)


def _season_of(line: OfficeHoursLine) -> OfficeHours:
    return OfficeHours((), _month_and_day(line.begins), _month_and_day(line.ends))


def _in_a_year(written: str) -> dt.date:
    month, day = int(written[:2]), int(written[3:])
    return dt.date(2028, month, min(day, 28 if month == 2 else 30))


_ROUGHLY = {
    SpanUnit.SAME_DAY: 8 * 60, SpanUnit.WORKING_DAYS: 24 * 60, SpanUnit.DAYS: 24 * 60, SpanUnit.WORKING_HOURS: 60,
    SpanUnit.HOURS: 60, SpanUnit.WORKING_MINUTES: 1, SpanUnit.MINUTES: 1,
}  # fmt: skip
"""Minutes of a matter that comes in on a Monday morning of a week without holidays."""


def _length(span: TimeSpan) -> int:
    return max(span.count, 1) * _ROUGHLY[span.unit]


def _wrong_limits(file: LimitsFile) -> Iterator[Fault]:
    said: dict[tuple[Kind, Urgency | None], LimitLine] = {}
    for line in file.limit:
        for kind in line.kinds:
            if (kind, line.urgency) in said:
                before = said[kind, line.urgency].line_in_file
                meant = f"{kind}{f'、urgency = {line.urgency}' if line.urgency else ''}"
                yield Fault(FILE, f"{meant} 的时限写了两次（第{before}行已经写过）", "留下一个", line.line_in_file)
            said.setdefault((kind, line.urgency), line)
        if not _length(line.accept) <= _length(line.expected) <= _length(line.finish):
            what = f"时限前后颠倒：签收 {line.accept}，应办结 {line.expected}，最迟办结 {line.finish}"
            yield Fault(FILE, what, "accept 不晚于 expected，expected 不晚于 finish", line.line_in_file)
    for kind in Kind:
        for urgency in (None, Urgency.EMERGENCY):
            if (kind, urgency) not in said:
                # Without its own limit an emergency would wait as long as any other matter of its kind.
                emergency = '、urgency = "emergency"（紧急）' if urgency else ""
                yield Fault(FILE, f"没有 {kind}{emergency} 的时限", f"在一段 [[limit]] 的 kinds 里写上 {kind}")
        yield from _slow_emergency(said, kind)


def _slow_emergency(said: dict[tuple[Kind, Urgency | None], LimitLine], kind: Kind) -> Iterator[Fault]:
    urgent, usual = said.get((kind, Urgency.EMERGENCY)), said.get((kind, None))
    if urgent and usual and _length(urgent.finish) > _length(usual.finish):
        what = f"{kind} 紧急时的办结时限（{urgent.finish}）比一般的（{usual.finish}）还长"
        yield Fault(FILE, what, "紧急的不长于一般的", urgent.line_in_file)
