"""The city folder's invented articles (`knowledge.toml`), so that a fresh installation has something to find."""

import datetime as dt
from pathlib import Path
from typing import Annotated

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import in_city
from core.folder.reading import read_optional
from core.folder.shapes import Strict
from knowledge.articles import Editor, Writing, create
from knowledge.models import Article

REVIEW_DAYS = 180
_EDITOR = Editor(None, "示例数据")
_ONE_AT_A_TIME = 5_370_002
"""Of PostgreSQL's advisory locks."""


class SampleArticle(Strict):
    title: Annotated[str, Field(min_length=1)]
    subjects: list[str]
    office: str
    source: Annotated[str, Field(min_length=1)]
    bring: list[str]
    body: Annotated[str, Field(min_length=1)]


class SamplesFile(Strict):
    article: list[SampleArticle]


def load_samples(path: Path) -> list[SampleArticle]:
    """Empty where there is no such file. Raises FaultyFolder."""
    file = read_optional(path, SamplesFile)
    return file.article if file else []


async def import_samples(session: AsyncSession, samples: list[SampleArticle], *, at: dt.datetime) -> int:
    """Into an empty knowledge base only. Returns how many came in."""
    await session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    if await session.scalar(select(func.count()).select_from(Article)):
        return 0
    today = in_city(at).date()
    for sample in samples:
        writing = Writing(
            title=sample.title,
            body=sample.body,
            source=sample.source,
            valid_from=today,
            review_on=today + dt.timedelta(days=REVIEW_DAYS),
            bring=tuple(sample.bring),
            subjects=tuple(sample.subjects),
            office_code=sample.office or None,
            note="示例",
        )
        await create(session, writing, by=_EDITOR, at=at)
    return len(samples)
