"""Finding what was said: two-character pieces from the index, every hit checked again in the text itself."""

import unicodedata
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from core.database import contains
from core.text import is_piece, pieces, search_query
from recordings.models import Recording, Transcript

MAX_FOUND = 200
NEWEST_CALLS = 500
"""Orders are found by what was said on so many calls, the newest: a word said on a hundred thousand would be read for
minutes, and nobody turns ten pages for it."""


async def search_transcripts(session: AsyncSession, text: str, *, limit: int = 50) -> Sequence[Transcript]:
    """Transcripts in which every word of `text` occurs, newest call first, with their recordings loaded."""
    if not _words(text):
        return []
    found = (
        select(Transcript)
        .join(Transcript.recording)
        .options(joinedload(Transcript.recording))
        .where(Transcript.recording_id.in_(_newest_saying(text, min(limit, MAX_FOUND))))
        .order_by(Recording.started_at.desc())
    )
    return (await session.execute(found)).scalars().all()


def calls_saying(text: str) -> Select[str] | None:
    """The `linkedid` of the newest calls (`NEWEST_CALLS`) in one of whose transcripts all words of `text` occur, to be
    part of a larger query. None: `text` has no word, or only single characters, which were said on too many calls."""
    if not any(len(piece) > 1 or piece.isascii() for piece in pieces(text)):
        return None
    return select(Recording.linkedid).where(Recording.id.in_(_newest_saying(text, NEWEST_CALLS)))


def _newest_saying(text: str, limit: int) -> Select[int]:
    """Recordings, known to be the newest by their ids: to sort by time, each hit would have to be joined first."""
    wanted = select(Transcript.recording_id).where(*_said(text))
    return wanted.order_by(Transcript.recording_id.desc()).limit(limit)


def _said(text: str) -> list[ColumnElement[bool]]:
    conditions = [contains(Transcript.text, word) for word in _words(text) if not is_piece(word)]
    if query := search_query(text):
        conditions.append(Transcript.search.op("@@")(func.to_tsquery("simple", query)))
    return conditions


def _words(text: str) -> list[str]:
    return unicodedata.normalize("NFKC", text).replace("\0", " ").split()
