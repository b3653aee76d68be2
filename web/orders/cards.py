"""An order as a card or a line: words, limits with their lamps, and the one next click. Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from core.clock import in_city
from dispatch.city.records import City
from dispatch.clock.deadlines import lamp
from dispatch.kinds import Kind, Urgency
from dispatch.orders.labels import KINDS, NO_PLACES, kind_words
from dispatch.orders.limits import RUNS_IN, Limit
from dispatch.orders.models import CoHandlingOffice
from dispatch.policy import Policy
from dispatch.workflow import Step
from web.labels import lasted
from web.orders.schemas import OrderSummary, ReplyAnswer
from web.orders.steps.step_views import card_button

IN_HAND = RUNS_IN[Limit.FINISH]
"""The office's or crew's turn."""


@dataclass(frozen=True)
class DueChip:
    """A limit as people are shown it."""

    name: str
    at: dt.datetime
    lamp: str
    """green, yellow, red; or `met` when its work is done."""
    words: str
    """还剩3小时20分, 已超时1天2小时."""


@dataclass(frozen=True)
class OrderCard:
    order: OrderSummary
    kind: str
    place: str
    due: DueChip | None
    """The limit that runs now; None: none does."""
    click: tuple[Step, str] | None
    """The step that carries the work on with one click, and its words."""

    @property
    def emergency(self) -> bool:
        return self.order.urgency is Urgency.EMERGENCY


def order_card(order: OrderSummary, policy: Policy, at: dt.datetime) -> OrderCard:
    running = [due for due in dues(order, policy, at) if due.lamp != "met"]
    return OrderCard(
        order, kind_name(order.kind, order.urgency), place_words(order, policy.city), running[0] if running else None,
        card_button(order.state),
    )  # fmt: skip


def part_due(parts: Iterable[CoHandlingOffice], code: str, policy: Policy, at: dt.datetime) -> DueChip | None:
    """The limit of an office that helps; None: it has answered its part, or has none."""
    for part in parts:
        if part.office_code == code and part.due_at is not None and part.answered_at is None:
            return _due("协办时限", part.due_at, policy, at)
    return None


def decisions(order: OrderSummary, policy: Policy, at: dt.datetime) -> list[DueChip]:
    """What somebody has asked for or been asked, and must be decided or answered."""
    asked = ("退单待决定", order.return_due_at), ("督办待答复", order.supervision_due_at)
    return [_due(name, due_at, policy, at) for name, due_at in asked if due_at]


def dues(order: OrderSummary, policy: Policy, at: dt.datetime) -> list[DueChip]:
    """The limits of an order, the earlier first. A final order has none running."""
    found = []
    if order.accept_due_at and order.state in RUNS_IN[Limit.ACCEPT]:
        found.append(_due("签收时限", order.accept_due_at, policy, at))
    if order.contact_due_at and order.contacted_at is None and order.state in RUNS_IN[Limit.CONTACT]:
        found.append(_due("首次联系", order.contact_due_at, policy, at))
    if order.finish_due_at:
        runs = order.state in RUNS_IN[Limit.FINISH]
        due = (
            _due("办结时限", order.finish_due_at, policy, at)
            if runs
            else DueChip("办结时限", order.finish_due_at, "met", "")
        )
        found.append(due)
    return found


def kind_name(kind: Kind | None, urgency: Urgency) -> str:
    if kind is None:
        return "未分类"
    return kind_words(kind, urgency) if kind is Kind.HELP else KINDS[kind]


def pieces_of(reply: ReplyAnswer) -> list[tuple[str, str]]:
    """The public answer cut where marked passages begin and end: (text, what is marked there, or "")."""
    edges = {0, len(reply.public_answer)} | {edge for mark in reply.marks for edge in (mark.start, mark.end)}
    cuts = sorted(edges)
    return [
        (
            reply.public_answer[start:end],
            "；".join(mark.name for mark in reply.marks if mark.start <= start and end <= mark.end),
        )
        for start, end in pairwise(cuts)
    ]


def place_words(order: OrderSummary, city: City) -> str:
    """鲁城街道 · 鼓楼大街12号: the town once, however the place was said; without a place why there is none."""
    known = city.towns.get(order.place_town or "")
    town = known.name if known else ""
    place = order.place.removeprefix(town).strip()
    why = NO_PLACES[order.no_place] if order.no_place and not place else ""
    return " · ".join(part for part in (town, place, why) if part)


def _due(name: str, due_at: dt.datetime, policy: Policy, at: dt.datetime) -> DueChip:
    colour = lamp(due_at, at, policy.times, policy.city.calendar)
    left = (due_at - at).total_seconds()
    words = f"还剩{_coarse(left)}" if left > 0 else f"已超时{_coarse(-left)}"
    provisional = "" if policy.city.calendar.is_arranged(in_city(due_at).year) else "（暂定）"
    return DueChip(name + provisional, due_at, str(colour), words)


def _coarse(seconds: float) -> str:
    """Whole minutes: nobody waits for the seconds of a limit."""
    return lasted(seconds) if seconds >= 3600 else f"{max(int(seconds // 60), 1)}分钟"
