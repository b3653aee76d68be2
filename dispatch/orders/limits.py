"""The limits of an order that people are shown, and in which states each runs. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from dispatch.workflow import ACCEPTED, ON_HAND, SET_ASIDE, State


class Limit(StrEnum):
    """The limits of an order that people are shown with a lamp."""

    ACCEPT = "accept"
    CONTACT = "contact"
    FINISH = "finish"


RUNS_IN: Mapping[Limit, frozenset[State]] = {
    Limit.ACCEPT: frozenset({State.REGISTERED, State.DISPATCHED, State.REOPENED}),
    Limit.CONTACT: ACCEPTED,
    Limit.FINISH: ON_HAND | SET_ASIDE | {State.REGISTERED, State.REOPENED},
}
"""In which states each limit runs: the one rule for the red mark on an order, for the lists of what is late and for the
order of a list by limit."""


_NEVER = "to_timestamp((4102358400)::double precision)"
"""30 December 2099, wherever the session is: later than any limit."""


def _running(limit: Limit) -> str:
    states = ", ".join(f"'{state}'::character varying" for state in sorted(RUNS_IN[limit]))
    runs = f"(state)::text = ANY ((ARRAY[{states}])::text[])"
    when = f"({runs} AND (contacted_at IS NULL))" if limit is Limit.CONTACT else f"({runs})"
    return f"CASE WHEN {when} THEN {limit}_due_at ELSE NULL::timestamp with time zone END"


NEAREST_LIMIT = (
    f"CASE WHEN (closed_at IS NULL) THEN COALESCE(LEAST({', '.join(map(_running, Limit))}), {_NEVER}) ELSE {_NEVER} END"
)
"""The earliest limit that runs, as the database keeps it in a column of the order (orders.nearest_limit_at). In the
database's own spelling, by which a model is compared with its table."""
