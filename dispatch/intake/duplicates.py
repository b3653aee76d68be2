"""Other orders on what a draft says: open ones nearby or on the same subject, and such as may be the same matter.

SQL narrows by indexes; dispatch.intake.similarity judges how much alike places and matters are, with the bars of
desk.toml.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.citizens.redaction import redactor_of
from dispatch.city.records import City
from dispatch.intake.caller_history import place_query
from dispatch.intake.desk_rules import DeskRules
from dispatch.intake.similarity import place_likeness, text_likeness
from dispatch.orders.models import Order
from dispatch.workflow import FINAL, State

_CANDIDATES = 200
"""Newest or best matching rows that are compared; more would only be older."""


@dataclass(frozen=True)
class MatterToCompare:
    """What is known so far of the matter in hand."""

    subject: str | None = None
    town: str | None = None
    place: str = ""
    text: str = ""
    """Title and matter."""

    @property
    def empty(self) -> bool:
        return not (self.subject or self.place or (self.town and self.text))


@dataclass(frozen=True)
class Like:
    order: Order
    score: float
    """0 to 1, only for putting in order."""
    why: tuple[str, ...]
    can_join: bool
    likely: bool = False
    """So much alike that whoever registers another is asked first."""


async def find_duplicates(
    session: AsyncSession,
    city: City,
    rules: DeskRules,
    matter: MatterToCompare,
    *,
    besides: Iterable[int],
    at: dt.datetime,
) -> list[Like]:
    """Orders of the last days that may be this very matter, the most alike first."""
    if matter.empty:
        return []
    since = at - dt.timedelta(days=rules.duplicate_days)
    query = _others(besides).where(Order.received_at >= since, Order.received_at <= at)
    query = query.where(Order.state.not_in((State.MERGED, State.INVALID)))
    query = _narrowed(query, matter)
    found = [judge(city, rules, matter, order, at) for order in await session.scalars(query.limit(_CANDIDATES))]
    return _best(found, rules.duplicates_shown)


async def find_twin(
    session: AsyncSession, city: City, rules: DeskRules, matter: MatterToCompare, *, besides: int, at: dt.datetime
) -> Like | None:
    """The open order that is likely this very matter."""
    found = await find_duplicates(session, city, rules, matter, besides={besides}, at=at)
    return next((one for one in found if one.likely), None)


def twin_words(twin: Like) -> str:
    """What whoever registers is asked."""
    title = redactor_of([twin.order]).text(twin.order.title)
    why = "；".join(twin.why)
    return f"{twin.order.number}“{title}”可能是同一件事（{why}）。是同一件，请并入；不是，请确认另行登记。"


async def find_nearby(
    session: AsyncSession,
    city: City,
    rules: DeskRules,
    matter: MatterToCompare,
    *,
    besides: Iterable[int],
    at: dt.datetime,
) -> list[Like]:
    """Open orders at or near the place, or on the same subject in the same town, the nearest first."""
    if not matter.town and not matter.subject:
        return []
    query = _others(besides).where(Order.closed_at.is_(None))
    if matter.town:
        query = query.where(Order.place_town == matter.town)
    else:
        query = query.where(Order.subject == matter.subject)
    found = await session.scalars(query.order_by(Order.received_at.desc()).limit(_CANDIDATES))
    return _best([_near(city, rules, matter, order, at) for order in found], rules.nearby_shown)


def judge(city: City, rules: DeskRules, matter: MatterToCompare, order: Order, at: dt.datetime) -> Like | None:
    """Whether `order` may be the same matter, and why; None: it is another. Pure."""
    if matter.town and order.place_town and matter.town != order.place_town:
        return None
    # By what everybody may read of it: the degree of similarity must not reveal what is redacted.
    hide = redactor_of([order])
    near = place_likeness(city, matter.place, hide.without(order.place))
    if near < rules.place_bar:
        return None
    alike = text_likeness(matter.text, hide.without(f"{order.title}\n{order.matter}"))
    same_subject = bool(matter.subject) and matter.subject == order.subject
    if not same_subject and ((matter.subject and order.subject) or alike < rules.text_bar):
        return None
    why = [_same_subject(city, order)] if same_subject else [f"诉求文字相近（{alike:.0%}）"]
    why += [f"地点相近：{hide.text(order.place)}（{near:.0%}）", f"{_ago(order, at)}受理"]
    can_join = order.state not in FINAL
    likely = can_join and same_subject and near >= rules.ask_place_bar
    return Like(order, near + alike + same_subject, tuple(why), can_join, likely)


def _near(city: City, rules: DeskRules, matter: MatterToCompare, order: Order, at: dt.datetime) -> Like | None:
    hide = redactor_of([order])
    near = place_likeness(city, matter.place, hide.without(order.place))
    same_subject = bool(matter.subject) and matter.subject == order.subject
    if near < rules.place_bar and not same_subject:
        return None
    why = [f"地点相近：{hide.text(order.place)}"] if near >= rules.place_bar else []
    why += [_same_subject(city, order)] if same_subject else []
    return Like(order, near + same_subject, (*why, f"{_ago(order, at)}受理"), order.state not in FINAL)


def _others(besides: Iterable[int]) -> Select[Any]:
    # A draft says nothing yet that somebody could join.
    return select(Order).where(Order.id.not_in(list(besides)), Order.state != State.DRAFT)


def _narrowed(query: Select[Any], matter: MatterToCompare) -> Select[Any]:
    if matter.town:
        query = query.where(or_(Order.place_town == matter.town, Order.place_town.is_(None)))
    if matter.subject:
        query = query.where(or_(Order.subject == matter.subject, Order.subject.is_(None)))
    wanted = place_query(matter.place)
    if wanted is None:
        return query.where(false())
    words = func.to_tsquery("simple", wanted)
    # The more pairs of the place it holds, the earlier it is compared.
    return query.where(Order.search.op("@@")(words)).order_by(
        func.ts_rank(Order.search, words).desc(), Order.received_at.desc()
    )


def _best(found: Sequence[Like | None], shown: int) -> list[Like]:
    kept = [one for one in found if one is not None]
    kept.sort(key=lambda one: (one.can_join, one.likely, one.score), reverse=True)
    return kept[:shown]


def _same_subject(city: City, order: Order) -> str:
    subject = city.subjects.get(order.subject or "")
    return f"同一事项：{subject.name if subject else order.subject}"


def _ago(order: Order, at: dt.datetime) -> str:
    hours = (at - order.received_at).total_seconds() / 3600
    if hours < 1:
        return f"{max(int(hours * 60), 1)}分钟前"
    return f"{int(hours)}小时前" if hours < 24 else f"{int(hours / 24)}天前"
