"""Sentences of the system in an order's answer that quote somebody or name who works on the order.

They were stored once. What they quote may be the reader's own words, said before the citizen asked to stay unnamed:
redacted here, they would show which of the reader's guesses was right (decision 0029).
"""

from collections.abc import Mapping
from typing import Any

from dispatch.assignments.crew_search import without_refusal
from dispatch.assignments.crew_search_rules import SearchAction
from dispatch.steps.life.merge_and_split import with_whom
from dispatch.workflow import Step
from web.orders.schemas import HistoryAnswer, OrderAnswer

_QUOTING = frozenset({Step.HAND_ON, Step.NOBODY_TOOK})
_NAMING = frozenset({Step.JOIN, Step.LEAVE})
_BY_SOMEBODY = frozenset({SearchAction.TAKEN, SearchAction.ALARM_SEEN})
"""Their `why` is who did it."""


def routes_of(order: OrderAnswer) -> set[str]:
    """All reasons for a route in its history."""
    return {why for row in order.history for why in _route(row.details).get("why", ())}


def restore_staff(order: OrderAnswer, shown: dict[str, Any]) -> None:
    """In `shown`, which is `order` with all names covered, name who did something: a missing name would say that the
    reporter has it."""
    for row, one in zip(order.history, shown["history"], strict=True):
        if row.step in _NAMING:
            one["reason"] = with_whom(row.reason, one["reason"])
    for search, ones in zip(order.crew_searches, shown["crew_searches"], strict=True):
        for action, one in zip(search.actions, ones["actions"], strict=True):
            if action.action in _BY_SOMEBODY:
                one["why"] = action.why


def leave_out_refusals(shown: dict[str, Any]) -> None:
    for one in shown["history"]:
        if one["step"] in _QUOTING:
            one["reason"] = without_refusal(one["reason"])
    for search in shown["crew_searches"]:
        for one in search["actions"]:
            one["why"] = without_refusal(one["why"])


def leave_out_rulings(order: OrderAnswer, hidden: Mapping[str, str]) -> OrderAnswer:
    """`hidden`: dispatch.steps.requests.returns.without_hidden_rulings."""
    return order.model_copy(update={"history": [_with_route(row, hidden) for row in order.history]})


def _with_route(row: HistoryAnswer, hidden: Mapping[str, str]) -> HistoryAnswer:
    if not (route := _route(row.details)):
        return row
    why = [hidden.get(one, one) for one in route.get("why", ())]
    return row.model_copy(update={"details": row.details | {"route": {**route, "why": why}}})


def _route(details: Mapping[str, Any]) -> Mapping[str, Any]:
    route = details.get("route")
    return route if isinstance(route, dict) else {}
