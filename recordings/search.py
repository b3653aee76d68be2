"""Finding what was said: two-character pieces from the index, every hit checked again in the text itself."""

import unicodedata
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from core.text import like_pattern, search_query
from recordings.models import Recording, Transcript

MAX_FOUND = 200


async def search_transcripts(session: AsyncSession, text: str, *, limit: int = 50) -> Sequence[Transcript]:
    """Transcripts in which every word of `text` occurs, newest call first, with their recordings loaded."""
    words = _words(text)
    if not words:
        return []
    found = (
        select(Transcript)
        .join(Transcript.recording)
        .options(joinedload(Transcript.recording))
        .where(*(Transcript.text.ilike(like_pattern(word)) for word in words))
        .order_by(Recording.started_at.desc())
        .limit(min(limit, MAX_FOUND))
    )
    if query := search_query(text):
        found = found.where(Transcript.search.op("@@")(func.to_tsquery("simple", query)))
    return (await session.execute(found)).scalars().all()


def _words(text: str) -> list[str]:
    return unicodedata.normalize("NFKC", text).replace("\0", " ").split()
