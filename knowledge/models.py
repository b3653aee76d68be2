"""Rows of the knowledge base: an article, every version of it as it was, and what agents said against it.

Versions are append-only: an answer that rests on one can be held to it years later.
"""

import datetime as dt
from typing import Any

from sqlalchemy import DDL, BigInteger, ForeignKey, Identity, Index, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Article(Base):
    """What can be found; its words are its latest version's."""

    __tablename__ = "articles"
    __table_args__ = (Index("ix_articles_search", "search", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    version: Mapped[int]
    """The latest; an edit names the one that it was made on."""
    search: Mapped[Any | None] = mapped_column(TSVECTOR, deferred=True)
    """Pieces (core.texts.search) of the latest version; the title's weigh A, the rest D."""
    withdrawn_at: Mapped[dt.datetime | None]
    """Not found any more; its versions stay."""
    withdrawn_by: Mapped[str | None]


class ArticleVersion(Base):
    """One edition of an article. Never rewritten."""

    __tablename__ = "article_versions"

    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    """Plain text or Markdown."""
    bring: Mapped[list[str]]
    """一次性告知: all that the citizen has to bring, said at once."""
    subjects: Mapped[list[str]]
    """Codes of the city's subject categories."""
    office_code: Mapped[str | None]
    """Whose rule it is."""
    source: Mapped[str]
    """Where it is written: document, number, page."""
    valid_from: Mapped[dt.date]
    valid_until: Mapped[dt.date | None]
    """The last day; None: until somebody says otherwise."""
    review_on: Mapped[dt.date]
    """By then an editor looks at it again."""
    note: Mapped[str]
    """What this version changed."""
    edited_at: Mapped[dt.datetime]
    editor_id: Mapped[int | None] = mapped_column(BigInteger)
    editor: Mapped[str]


class ArticleReport(Base):
    """Somebody at the desk says that an article is out of date."""

    __tablename__ = "article_reports"
    __table_args__ = (Index("ix_article_reports_open", "article_id", postgresql_where="settled_at IS NULL"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"))
    version: Mapped[int]
    """The version that the agent read."""
    note: Mapped[str]
    at: Mapped[dt.datetime]
    by: Mapped[str]
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[str | None]


APPEND_ONLY_SQL = (
    """
    CREATE OR REPLACE FUNCTION refuse_rewriting_articles() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'article_versions is append-only: what an answer rested on is never rewritten';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER article_versions_append_only
    BEFORE UPDATE OR DELETE ON article_versions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_articles()
    """,
)
"""For the migration too: alembic does not see triggers."""

for _statement in APPEND_ONLY_SQL:
    event.listen(ArticleVersion.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
