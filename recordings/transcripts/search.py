"""Finding what was said: two-character pieces from the index, every hit checked again in the covered text itself."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from core.texts.normal_form import asked_words, normal_form
from core.texts.search import is_piece, like_pattern, pieces, search_document, search_query
from recordings.models import Recording, Transcript, TranscriptState

MAX_FOUND = 200
NEWEST_CALLS = 500
"""How many calls, the newest, are searched to find orders by what was said: a word said on a hundred thousand would be
read for minutes, and nobody turns ten pages for it.
"""

Hide = Callable[[str], str]
"""A text with the names and numbers of a call's citizens taken out of it."""
Cover = Callable[[AsyncSession, str], Awaitable[Hide]]
"""Of the call with that linkedid; this package does not know its citizens."""


async def search_transcripts(
    session: AsyncSession, text: str, *, limit: int = 50, among: Sequence[ColumnElement[bool]] = ()
) -> Sequence[Transcript]:
    """Transcripts in which every word of `text` occurs, newest call first, with their recordings loaded. `among`: which
    recordings the asker may hear; in the question itself, since removing hits from the answer afterwards would reveal
    that they exist.
    """
    if not asked_words(text):
        return []
    found = (
        select(Transcript)
        .join(Transcript.recording)
        .options(joinedload(Transcript.recording))
        .where(Transcript.recording_id.in_(_newest_saying(text, min(limit, MAX_FOUND), among)))
        .order_by(Recording.started_at.desc())
    )
    return (await session.execute(found)).scalars().all()


def calls_saying(text: str, *, among: Sequence[ColumnElement[bool]] = ()) -> Select[str] | None:
    """The `linkedid` of the newest calls (`NEWEST_CALLS`) in one of whose transcripts all words of `text` occur, to be
    part of a larger query. None: `text` has no word, or only single characters, which were said on too many calls."""
    if not any(len(piece) > 1 or piece.isascii() for word in asked_words(text) for piece in pieces(word)):
        return None
    return select(Recording.linkedid).where(Recording.id.in_(_newest_saying(text, NEWEST_CALLS, among)))


async def passages_saying(
    session: AsyncSession, text: str, linkedids: Sequence[str], *, among: Sequence[ColumnElement[bool]] = ()
) -> dict[str, str]:
    """By call, of those in one of whose transcripts all words of `text` occur: what was said, nobody covered."""
    wanted = (
        select(Recording.linkedid, Transcript.text)
        .join(Transcript.recording)
        .where(Recording.linkedid.in_(linkedids), *_said(text), *among)
        .order_by(Recording.started_at.desc())
    )
    return {linkedid: said for linkedid, said in await session.execute(wanted)}


async def index_call(session: AsyncSession, linkedid: str, cover: Cover) -> None:
    """Rebuild the search index of one call's transcripts."""
    rows = await session.execute(
        select(Transcript.id, Transcript.text)
        .join(Transcript.recording)
        .where(Recording.linkedid == linkedid, Transcript.state == TranscriptState.DONE)
        .with_for_update(of=Transcript)
    )
    known = rows.all()
    hide = await cover(session, linkedid) if known else str
    for transcript_id, text in known:
        found_by = found_by_text(text, hide)
        row = update(Transcript).where(Transcript.id == transcript_id).execution_options(synchronize_session=False)
        await session.execute(row.values(found_by))


def found_by_text(text: str, hide: Hide) -> dict[str, object]:
    """The columns that a transcript is found by."""
    covered = normal_form(hide(text))
    return {"search_text": covered, "search": func.to_tsvector("simple", search_document(covered))}


async def calls_not_indexed(session: AsyncSession, *, limit: int) -> Sequence[str]:
    """Calls with transcripts of before this index, newest first."""
    wanted = (
        select(Recording.linkedid)
        .join(Transcript, Transcript.recording_id == Recording.id)
        .where(Transcript.search.is_(None), Transcript.state == TranscriptState.DONE)
        .order_by(Transcript.id.desc())
        .limit(limit)
    )
    return list(dict.fromkeys(await session.scalars(wanted)))


def _newest_saying(text: str, limit: int, among: Sequence[ColumnElement[bool]]) -> Select[int]:
    """Recordings, known to be the newest by their ids: to sort by time, each hit would have to be joined first."""
    wanted = select(Transcript.recording_id).where(*_said(text))
    if among:
        wanted = wanted.join(Transcript.recording).where(*among)
    return wanted.order_by(Transcript.recording_id.desc()).limit(limit)


def _said(text: str) -> list[ColumnElement[bool]]:
    words = asked_words(text)
    covered = func.coalesce(Transcript.search_text, Transcript.text)
    conditions: list[ColumnElement[bool]] = [covered.like(like_pattern(word)) for word in words if not is_piece(word)]
    if query := search_query(text):
        conditions.append(Transcript.search.op("@@")(func.to_tsquery("simple", query)))
    return conditions
