"""Show readers their own words in an order as typed, whatever they name (access.visibility.rules.wrote).

Only these words are restored; the rest of the same row stays covered.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from access.accounts.sessions import Me
from access.visibility.rules import may_know, wrote
from dispatch.citizens.redaction import holds_a_secret
from dispatch.orders.models import Order, OrderStep, Reply
from dispatch.orders.permissions import author
from dispatch.orders.step_fields import MATTER, Fields
from dispatch.steps.requests.returns import PRECEDENT
from dispatch.workflow import Role

_GIVEN = frozenset(Fields.model_fields) - MATTER
"""What a step is given, as its history row keeps it; what the order itself says is not its author's alone."""


def restore_own_words(
    me: Me, order: Order, steps: Sequence[OrderStep], replies: Sequence[Reply], told: dict[str, Any]
) -> None:
    """Restore what `me` wrote in `told`, an order's answer with all texts covered. `steps` and `replies` are the rows
    behind it, in the same order."""
    if wrote(me, order.answer_author):
        told["public_answer"] = order.public_answer
    for reply, shown in zip(replies, told["replies"], strict=True):
        by = author(Role.UNIT if reply.unit_code else Role.OFFICE, None, reply.office_code, reply.unit_code)
        if wrote(me, by):
            shown |= {"done": reply.done, "public_answer": reply.public_answer}
    for part, shown in zip(order.co_offices, told["parts"], strict=True):
        if wrote(me, author(Role.OFFICE, None, part.office_code, None)):
            shown["answer"] = part.answer
        if wrote(me, part.task_author):
            shown["task"] = part.task
    for step, shown in zip(steps, told["history"], strict=True):
        if wrote(me, step.author):
            shown["reason"] = step.reason
            shown["details"] |= {name: step.details[name] for name in shown["details"].keys() & _GIVEN}
    if not may_know(me, confidential=True) and holds_a_secret(order):
        _leave_out_precedents(told["history"])


def _leave_out_precedents(history: Iterable[dict[str, Any]]) -> None:
    """A ruling on another order may be the reader's own words, and names here whom it named there by chance or not."""
    for shown in history:
        if isinstance(route := shown["details"].get("route"), dict):
            why = [one for one in route.get("why", ()) if not one.startswith(PRECEDENT)]
            shown["details"]["route"] = route | {"why": why}
