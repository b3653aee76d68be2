"""Announcements by calendar: which extra text a caller hears when, after the greeting. Pure.

Read from the city's `announcements.toml`. Times are the city's. Of several that apply at one moment the first in the
file is said, and others after it while all together stay within `longest_seconds`: a caller wants a person, not
announcements.
"""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.clock import CITY_ZONE, in_city
from core.errors import ConfigurationError
from core.folder.faults import Wrong

FILE = "announcements.toml"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

IsWorkingDay = Callable[[dt.date], bool]
"""Raises ConfigurationError for a year without a calendar."""


class Announcement(BaseModel):
    """One text and its times: from one instant until another, or on certain days at certain times."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
    text: Annotated[str, Field(min_length=1, max_length=120)]
    recorded: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")] | None = None
    """A recorded prompt of this name says the text; None: the voice engine speaks it."""
    starts: dt.datetime | None = None
    until: dt.datetime | None = None
    days: Literal["every day", "working days", "rest days"] | list[Literal[_DAYS]] | None = None  # type: ignore[valid-type]
    begins: dt.time = dt.time()
    ends: dt.time = dt.time()
    """Not later than `begins`: on the next day; both midnight: the whole day."""
    source: Annotated[str, Field(min_length=1)]
    """The person who ordered it."""

    @model_validator(mode="after")
    def _one_kind_of_time(self) -> Self:
        if (self.starts is None) != (self.until is None):
            raise Wrong("starts 和 until 只写了一个", "两项一起写")
        if (self.starts is None) == (self.days is None):
            raise Wrong(
                "没有写什么时候播，或写了两种",
                "写 starts 和 until（一段时间），或者写 days（每天、工作日、休息日、星期几），二者选一",
            )
        if self.starts and self.until and _instant(self.starts) >= _instant(self.until):
            raise Wrong("until 不晚于 starts", "until 要晚于 starts")
        return self

    def spans(self, is_working_day: IsWorkingDay, since: dt.datetime, until: dt.datetime) -> Iterator["Span"]:
        """When it is played, between two instants; in order."""
        for starts_at, ends_at in self._times(is_working_day, since, until):
            if starts_at < until and ends_at > since:
                yield Span(max(starts_at, since), min(ends_at, until), (self.name,))

    def _times(
        self, is_working_day: IsWorkingDay, since: dt.datetime, until: dt.datetime
    ) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        if self.starts and self.until:
            yield _instant(self.starts), _instant(self.until)
            return
        # A night begins on the day before.
        day = in_city(since).date() - dt.timedelta(days=1)
        while day <= in_city(until).date():
            if self._is_on(day, is_working_day):
                last = day if self.begins < self.ends else day + dt.timedelta(days=1)
                yield _at(day, self.begins), _at(last, self.ends)
            day += dt.timedelta(days=1)

    def _is_on(self, day: dt.date, is_working_day: IsWorkingDay) -> bool:
        if self.days == "every day":
            return True
        if isinstance(self.days, list):
            return _DAYS[day.weekday()] in self.days
        return is_working_day(day) == (self.days == "working days")


class Announcements(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    longest_seconds: Annotated[float, Field(gt=0, le=20)] = 8.0
    """All that is said at one moment: it stands between the caller and a person (GB/T 33358-2016: 15 seconds)."""
    days_ahead: Annotated[int, Field(ge=2, le=400)] = 60
    """How far ahead the exchange is configured, so that it needs nobody meanwhile."""
    announcement: list[Announcement] = []

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [one.name for one in self.announcement]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Wrong(f"名称 {'、'.join(twice)} 用了两次", "改一个名称")
        return self


@dataclass(frozen=True)
class Span:
    starts_at: dt.datetime
    ends_at: dt.datetime
    """Not with it."""
    names: tuple[str, ...]
    """Of the announcements, in the order in which they are said."""


def check_length(one: Announcement, seconds: float, longest_seconds: float) -> None:
    """Raises ConfigurationError for one that never fits."""
    if seconds > longest_seconds:
        raise ConfigurationError(
            f"{FILE}：{one.name} 念完要{seconds:.1f}秒，超过上限{longest_seconds:g}秒（longest_seconds）。请缩短文字。"
        )


def timeline(
    announcements: Sequence[Announcement],
    seconds: Mapping[str, float],
    longest_seconds: float,
    is_working_day: IsWorkingDay,
    since: dt.datetime,
    until: dt.datetime,
) -> list[Span]:
    """What is said when, between two instants: spans that do not overlap, in order, silent ones left out.

    `seconds`: how long each announcement lasts, by name. Raises ConfigurationError for one that never fits, and for a
    year without a calendar that an announcement needs.
    """
    for one in announcements:
        check_length(one, seconds[one.name], longest_seconds)
    said = [span for one in announcements for span in one.spans(is_working_day, since, until)]
    edges = sorted({edge for span in said for edge in (span.starts_at, span.ends_at)})
    found: list[Span] = []
    for starts_at, ends_at in itertools.pairwise(edges):
        apply = {span.names[0] for span in said if span.starts_at <= starts_at < span.ends_at}
        names = _fitting([one.name for one in announcements if one.name in apply], seconds, longest_seconds)
        if found and found[-1].names == names and found[-1].ends_at == starts_at:
            found[-1] = Span(found[-1].starts_at, ends_at, names)
        elif names:
            found.append(Span(starts_at, ends_at, names))
    return found


def _fitting(names: Sequence[str], seconds: Mapping[str, float], longest_seconds: float) -> tuple[str, ...]:
    chosen: list[str] = []
    left = longest_seconds
    for name in names:
        if seconds[name] <= left:
            chosen.append(name)
            left -= seconds[name]
    return tuple(chosen)


def _instant(written: dt.datetime) -> dt.datetime:
    """As it stands in the file: the city's time unless it names a zone."""
    return written if written.tzinfo else written.replace(tzinfo=CITY_ZONE)


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, CITY_ZONE)
