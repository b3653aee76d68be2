"""Articles written, read, reported as out of date and taken back. The caller's transaction."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.errors import BadInput, Conflict, NotFound
from core.texts.search import search_document
from knowledge.models import Article, ArticleReport, ArticleVersion

TOPIC = "article"
LONGEST_TITLE = 100
LONGEST_BODY = 10_000


@dataclass(frozen=True)
class Writing:
    """What an editor has written."""

    title: str
    body: str
    source: str
    valid_from: dt.date
    review_on: dt.date
    bring: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    office_code: str | None = None
    valid_until: dt.date | None = None
    note: str = ""


@dataclass(frozen=True)
class Editor:
    account_id: int | None
    name: str


def wrong_in(writing: Writing) -> dict[str, str]:
    """Field → what is wrong with it, in Chinese. Pure."""
    wrong = {}
    if not writing.title.strip():
        wrong["title"] = "请填写标题。"
    elif len(writing.title) > LONGEST_TITLE:
        wrong["title"] = f"标题最多{LONGEST_TITLE}个字。"
    if not writing.body.strip():
        wrong["body"] = "请填写答复的内容。"
    elif len(writing.body) > LONGEST_BODY:
        wrong["body"] = f"内容最多{LONGEST_BODY}个字。"
    if not writing.source.strip():
        wrong["source"] = "请写明依据：文件名称、文号或者网址。"
    if writing.valid_until is not None and writing.valid_until < writing.valid_from:
        wrong["valid_until"] = "失效日期不能早于生效日期。"
    return wrong


async def create(session: AsyncSession, writing: Writing, *, by: Editor, at: dt.datetime) -> Article:
    """The first version of a new article. Raises BadInput."""
    _check(writing)
    article = Article(version=0)
    session.add(article)
    await session.flush()
    return await _write(session, article, writing, by, at)


async def revise(
    session: AsyncSession, article_id: int, version: int, writing: Writing, *, by: Editor, at: dt.datetime
) -> Article:
    """The next version; open reports against it are settled. Raises NotFound, BadInput; Conflict when somebody wrote
    one since `version`."""
    _check(writing)
    article = await _locked(session, article_id)
    if article.version != version:
        raise Conflict("这篇文章刚刚被别人改过。您写的都还在，看过新的一版以后再按一次即可。", version=article.version)
    article.withdrawn_at = article.withdrawn_by = None
    return await _write(session, article, writing, by, at)


async def withdraw(session: AsyncSession, article_id: int, *, by: Editor, at: dt.datetime) -> None:
    """It is found no more; people whose answers rest on it can still read it. A new version brings it back."""
    article = await _locked(session, article_id)
    article.withdrawn_at, article.withdrawn_by = at, by.name
    await _settle(session, article, by, at)
    await bus.publish(session, TOPIC, article.id)


async def report(
    session: AsyncSession, article_id: int, version: int, note: str, *, by: str, at: dt.datetime
) -> ArticleReport:
    """`note` says what is out of date. Raises NotFound, BadInput."""
    if not note.strip():
        raise BadInput(fields={"note": "请写明哪里过时了，方便编辑核对。"})
    await get_version(session, article_id, version)
    said = ArticleReport(article_id=article_id, version=version, note=note.strip()[:1000], at=at, by=by)
    session.add(said)
    await bus.publish(session, TOPIC, article_id)
    return said


async def settle(session: AsyncSession, article_id: int, *, by: Editor, at: dt.datetime) -> None:
    """An editor has looked at the reports and the article stands as it is."""
    article = await _locked(session, article_id)
    await _settle(session, article, by, at)
    await bus.publish(session, TOPIC, article.id)


async def get_version(session: AsyncSession, article_id: int, version: int | None = None) -> ArticleVersion:
    """None: the latest. Raises NotFound."""
    if version is None:
        article = await session.get(Article, article_id)
        version = article.version if article else None
    found = await session.get(ArticleVersion, (article_id, version)) if version else None
    if found is None:
        raise NotFound("知识库里没有这篇文章。")
    return found


async def versions_of(session: AsyncSession, article_id: int) -> Sequence[ArticleVersion]:
    """The latest first."""
    query = select(ArticleVersion).where(ArticleVersion.article_id == article_id)
    return (await session.scalars(query.order_by(ArticleVersion.version.desc()))).all()


async def open_reports(session: AsyncSession, article_ids: Sequence[int]) -> dict[int, list[ArticleReport]]:
    rows = await session.scalars(
        select(ArticleReport)
        .where(ArticleReport.article_id.in_(article_ids), ArticleReport.settled_at.is_(None))
        .order_by(ArticleReport.id)
    )
    found: dict[int, list[ArticleReport]] = {}
    for row in rows:
        found.setdefault(row.article_id, []).append(row)
    return found


def is_valid(article: ArticleVersion, day: dt.date) -> bool:
    return article.valid_from <= day and (article.valid_until is None or day <= article.valid_until)


def _check(writing: Writing) -> None:
    if wrong := wrong_in(writing):
        raise BadInput(fields=wrong)


async def _locked(session: AsyncSession, article_id: int) -> Article:
    article = await session.get(Article, article_id, with_for_update=True)
    if article is None:
        raise NotFound("知识库里没有这篇文章。")
    return article


async def _write(session: AsyncSession, article: Article, writing: Writing, by: Editor, at: dt.datetime) -> Article:
    article.version += 1
    article.search = _search(writing)
    session.add(
        ArticleVersion(
            article_id=article.id,
            version=article.version,
            title=writing.title.strip(),
            body=writing.body.strip(),
            bring=[item.strip() for item in writing.bring if item.strip()],
            subjects=list(writing.subjects),
            office_code=writing.office_code,
            source=writing.source.strip(),
            valid_from=writing.valid_from,
            valid_until=writing.valid_until,
            review_on=writing.review_on,
            note=writing.note.strip(),
            edited_at=at,
            editor_id=by.account_id,
            editor=by.name,
        )
    )
    await _settle(session, article, by, at)
    await bus.publish(session, TOPIC, article.id)
    return article


def _search(writing: Writing) -> ColumnElement[object]:
    title = func.to_tsvector("simple", search_document(writing.title))
    rest = func.to_tsvector("simple", search_document("\n".join((writing.body, *writing.bring))))
    return func.setweight(title, text("'A'")).op("||")(func.setweight(rest, text("'D'")))


async def _settle(session: AsyncSession, article: Article, by: Editor, at: dt.datetime) -> None:
    await session.flush()
    for said in (await open_reports(session, [article.id])).get(article.id, ()):
        said.settled_at, said.settled_by = at, by.name
    await session.flush()
