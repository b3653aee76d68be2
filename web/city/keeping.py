"""保存期限 as the administrator fills it in, and what a shorter one destroys."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadInput
from core.folder.reading import parse_record
from core.folder.retention_file import FILE, RetentionFile
from core.sections.recordings import RetentionSettings
from core.settings import Settings
from recordings.archive.retention import FOR_EVER, add_months
from recordings.models import Recording, RecordingState
from web.city.days import quoted
from web.labels import RETENTION_WORDS

_MOST_MONTHS, _MOST_DAYS = 1200, 36_500


@dataclass(frozen=True)
class RetentionField:
    name: str
    words: str
    value: str


def retention_fields(present: RetentionSettings) -> Sequence[RetentionField]:
    """The single kinds of calls; an empty one follows the general time."""
    return [
        RetentionField(f"word-{word}", words, str(present.by_word[word]) if word in present.by_word else "")
        for word, words in RETENTION_WORDS.items()
    ]


def retention_of(text: str, settings: Settings) -> RetentionSettings:
    """By this text of the city's file; where it is empty, by the settings. Raises FaultyFolder."""
    return parse_record(FILE, text, RetentionFile) if text.strip() else settings.retention


def with_retention(said: Mapping[str, str]) -> str:
    """The whole file, from the form. Raises BadInput that names the field."""
    lines = [
        f"months = {_number(said.get('months', ''), '其余录音', _MOST_MONTHS)}",
        f"spoken_days = {_number(said.get('spoken_days', ''), '派单语音', _MOST_DAYS)}",
        f"source = {quoted(said.get('source', ''))}",
        "",
        "[by_word]",
    ]
    for word, words in RETENTION_WORDS.items():
        if typed := said.get(f"word-{word}", "").strip():
            lines.append(f'"{word}" = {_number(typed, words, _MOST_MONTHS)}')
    return "\n".join(lines) + "\n"


async def recordings_due(
    session: AsyncSession, old: RetentionSettings, new: RetentionSettings, *, at: dt.datetime
) -> list[str]:
    """What a shorter time destroys: at most so many, since those of open orders stay."""
    shorter = _shorter(old, new)
    if not shorter:
        return []
    long_ago = add_months(at, -min(shorter))
    saved = select(func.count()).select_from(Recording).where(Recording.state == RecordingState.SAVED)
    due = await session.scalar(saved.where(Recording.ended_at < long_ago)) or 0
    return [
        f"有的期限缩短到{min(shorter)}个月：现在有{due}份录音比这更早，其中工单已办结、适用这个期限的，生效后当天夜里销毁，"
        "找不回来；在那以前可以撤回这个版本。"
    ]


def _shorter(old: RetentionSettings, new: RetentionSettings) -> list[int]:
    """Months of the kinds of calls that are kept less long than before."""
    words = old.by_word.keys() | new.by_word.keys()
    times = [(old.by_word.get(word, old.months), new.by_word.get(word, new.months)) for word in words]
    times.append((old.months, new.months))
    return [now for before, now in times if now != FOR_EVER and (before == FOR_EVER or now < before)]


def _number(typed: str, words: str, most: int) -> int:
    if not (typed.strip().isdigit() and typed.strip().isascii() and int(typed) <= most):
        raise BadInput(f"“{words}”请填0至{most}的数；0是一直保存。")
    return int(typed)
