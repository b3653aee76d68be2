"""Articles found as one types, and proposed by what is being said."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.texts.normal_form import asked_words, normal_form
from core.texts.search import pieces
from knowledge.models import Article, ArticleReport, ArticleVersion

SHOWN = 8
_MOST_PIECES = 300
"""Of a conversation's latest words."""
_CANDIDATES = 40
TITLE_BAR = 0.34
"""How much of a title (0 to 1) must have been said before the article is proposed without its subject being chosen."""
_SUBJECT_BONUS = 0.5


@dataclass(frozen=True)
class Proposed:
    article: ArticleVersion
    score: float


def _latest() -> Select[ArticleVersion]:
    same = (ArticleVersion.article_id == Article.id) & (ArticleVersion.version == Article.version)
    return select(ArticleVersion).join(Article, same).where(Article.withdrawn_at.is_(None))


def _on(query: Select[ArticleVersion], day: dt.date) -> Select[ArticleVersion]:
    return query.where(
        ArticleVersion.valid_from <= day, or_(ArticleVersion.valid_until.is_(None), ArticleVersion.valid_until >= day)
    )


async def search(
    session: AsyncSession, words: str, *, day: dt.date | None, limit: int = SHOWN
) -> Sequence[ArticleVersion]:
    """Every word must be there; articles with it in the title come first. `day`: only what is valid then; None: all."""
    query = _latest() if day is None else _on(_latest(), day)
    asked = asked_words(words)
    for word in asked:
        known = [piece for piece in pieces(word) if piece.isascii() or len(piece) > 1]
        if known:
            wanted = " & ".join(f"'{piece}'" + (":*" if piece.isascii() else "") for piece in known)
            query = query.where(Article.search.op("@@")(func.to_tsquery("simple", wanted)))
    # Checked here, in the same normal form: a city has some hundred articles.
    found = []
    for article in await session.scalars(query.order_by(ArticleVersion.article_id.desc())):
        title = normal_form(article.title)
        text = "\n".join((title, normal_form("\n".join((article.body, *article.bring)))))
        if all(word in text for word in asked):
            found.append((tuple(word not in title for word in asked), article))
    return [article for _, article in sorted(found, key=lambda one: one[0])][:limit]


async def propose(
    session: AsyncSession, said: str, *, subjects: Collection[str], day: dt.date, limit: int = SHOWN
) -> list[Proposed]:
    """What may answer a matter of which `said` is known so far, the likeliest first. `subjects`: what it may be."""
    wanted = list(dict.fromkeys(piece for piece in pieces(said) if len(piece) > 1))[-_MOST_PIECES:]
    if not wanted:
        return []
    words = func.to_tsquery("simple", " | ".join(f"'{piece}'" for piece in wanted))
    query = _on(_latest(), day).where(Article.search.op("@@")(words))
    rows = await session.scalars(query.order_by(func.ts_rank(Article.search, words).desc()).limit(_CANDIDATES))
    scored = [Proposed(row, score(row.title, row.subjects, set(wanted), subjects)) for row in rows]
    found = sorted((one for one in scored if one.score >= TITLE_BAR), key=lambda one: one.score, reverse=True)
    return found[:limit]


def score(title: str, of: Collection[str], said: Collection[str], subjects: Collection[str]) -> float:
    """How much of the title was said, and more where it is on a subject that is spoken of. Pure."""
    parts = {piece for piece in pieces(title) if len(piece) > 1}
    alike = len(parts & set(said)) / len(parts) if parts else 0.0
    return alike + _SUBJECT_BONUS * bool(alike and set(of) & set(subjects))


async def to_look_at(session: AsyncSession, day: dt.date) -> Sequence[ArticleVersion]:
    """For editors: what agents call out of date, what is due for review, what is no longer valid."""
    reported = select(ArticleReport.article_id).where(ArticleReport.settled_at.is_(None))
    query = _latest().where(
        or_(
            ArticleVersion.article_id.in_(reported),
            ArticleVersion.review_on <= day,
            ArticleVersion.valid_until < day,
        )
    )
    return (await session.scalars(query.order_by(ArticleVersion.review_on))).all()
