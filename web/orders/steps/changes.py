"""Somebody was quicker: what happened on an order since it was read, and whether that matters to a step. Pure."""

from collections.abc import Sequence

from core.clock import in_city
from dispatch.orders.labels import FIELDS
from dispatch.steps.labels import STEPS
from web.orders.schemas import HistoryAnswer
from web.orders.steps.step_views import STEP_VIEWS


def matters(changes: Sequence[HistoryAnswer]) -> bool:
    """Whether a step must be looked at once more. None at all: only something beside the order's story moved."""
    return any(not STEP_VIEWS[one.step].only_adds for one in changes)


def describe_changes(changes: Sequence[HistoryAnswer]) -> str:
    """What changed, for whoever pressed the button; nothing that was typed is lost."""
    what = "；".join(f"{one.actor_name} {in_city(one.at):%H:%M} {STEPS[one.step]}{_where(one)}" for one in changes)
    return f"您写的时候，工单有了变化：{what}。您写的都还在，核对后再按一次即可。"


def _where(one: HistoryAnswer) -> str:
    """The fields that were written in, by name."""
    names = [FIELDS[name] for name in one.details.get("changes", ()) if name in FIELDS]
    return f"（{'、'.join(names)}）" if names else ""
