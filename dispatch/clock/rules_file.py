"""limits.toml as it is written, and the rules that it becomes."""

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import Field

from core.errors import ConfigurationError
from dispatch.city.files import (
    Name,
    Strict,
)
from dispatch.clock.rules import TimeLimit, TimeRules
from dispatch.kinds import Kind, Urgency


class LimitLine(Strict):
    kinds: Annotated[list[Kind], Field(min_length=1)]
    urgency: Urgency | None = None
    accept: str
    contact: str | None = None
    expected: str
    finish: str
    counts: Literal["every day", "working days"]
    late_after: dt.time
    late_due: dt.time
    same_day_ends: dt.time
    source: Name


class LimitsFile(Strict):
    working_day_ends: dt.time
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
    limit: list[LimitLine]


def time_rules(file: LimitsFile) -> TimeRules:
    limits = tuple(
        TimeLimit(
            kinds=frozenset(line.kinds),
            urgency=line.urgency,
            accept_days=_days(line.accept),
            expected_days=_days(line.expected),
            finish_days=_days(line.finish),
            every_day=line.counts == "every day",
            late_after=line.late_after,
            late_due=line.late_due,
            same_day_ends=line.same_day_ends,
            source=line.source,
            contact_days=_days(line.contact) if line.contact else None,
        )
        for line in file.limit
    )
    return TimeRules(
        limits=limits,
        working_day_ends=file.working_day_ends,
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


def _days(words: str) -> int:
    """「same day」 → 0, 「3 working days」 → 3."""
    if words == "same day":
        return 0
    found = re.fullmatch(r"(\d{1,2}) working days?", words)
    if found is None:
        raise ConfigurationError(f"limits.toml: {words!r} should be “same day” or “3 working days”")
    return int(found[1])
