"""The knowledge base over the API."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from core.instants import Day, Id, Whole
from core.texts.lines import MANY_LINES
from web.http.schemas import Code, Line, Message

Prose = Annotated[str, Field(max_length=10_000), MANY_LINES]


class ArticleSummary(Message):
    id: int
    version: int
    title: str
    bring: list[str]
    office_code: str | None
    source: str
    text: str
    """The body without marks, with everything to bring: what an answer would say."""
    valid: bool
    """Today."""
    review_due: bool
    reports: int
    """Open ones: agents call it out of date."""


class ReportAnswer(Message):
    note: str
    at: dt.datetime
    by: str
    version: int


class ArticleAnswer(ArticleSummary):
    body: str
    html: str
    subjects: list[str]
    valid_from: dt.date
    valid_until: dt.date | None
    review_on: dt.date
    note: str
    edited_at: dt.datetime
    editor: str
    latest: int
    """Number of the latest version."""
    open_reports: list[ReportAnswer]


class ArticlesQuery(Message):
    q: Line = ""
    all: bool = False
    """Also those that are not valid today."""


class DeskKnowledgeQuery(Message):
    q: Line = ""
    call: Code | None = None
    """linkedid: without `q` what is being said is looked up."""


class VersionQuery(Message):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class ArticlesAnswer(Message):
    articles: list[ArticleSummary]


class WriteArticle(Message):
    title: Line
    body: Prose
    source: Line
    valid_from: Day
    review_on: Day
    valid_until: Day | None = None
    bring: list[Line] = Field(default_factory=list)
    subjects: list[Code] = Field(default_factory=list)
    office_code: Code | None = None
    note: Line = ""
    version: Whole | None = None
    """The one that it changes; None for a new article."""


class ReportArticle(Message):
    version: Whole
    note: Line


class AnswerByArticle(Message):
    article: Id
    version: Whole
    """That the agent read: another one is a conflict."""
