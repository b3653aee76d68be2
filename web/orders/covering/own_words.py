"""Show readers their own words in an order as typed, whatever they name (access.visibility.rules.wrote).

Only these words are restored; the rest of the same row stays covered. Behind an office's link the words of the office's
other people are closed.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from access.accounts.sessions import Me
from access.visibility.rules import OF_THE_OFFICE, closed_behind_link, kept_from, wrote
from dispatch.orders.actors import author, is_by
from dispatch.orders.models import Order, OrderStep, Reply
from dispatch.orders.step_fields import MATTER, TEXTS, Fields
from dispatch.steps.requests.returns import PRECEDENT
from dispatch.workflow import Role

_GIVEN = frozenset(Fields.model_fields) - MATTER
"""What a step is given, as its history row keeps it; what the order itself says is not its author's alone."""


def restore_own_words(
    me: Me, order: Order, steps: Sequence[OrderStep], replies: Sequence[Reply], answer: dict[str, Any]
) -> None:
    """Restore what `me` wrote in `answer`, an order's answer with all texts covered. `steps` and `replies` are the rows
    behind it, in the same order."""
    # A reply and a part are stored by the step that gives them, at its instant.
    given_by = {step.at: step.author for step in steps if step.author}

    def show(shown: dict[str, Any], by: str, typed: dict[str, Any]) -> None:
        if wrote(me, by):
            shown |= typed
        elif closed_behind_link(me, order, by):
            shown |= {name: OF_THE_OFFICE for name, text in typed.items() if text and name in _CLOSED}

    show(answer, order.answer_author, {"public_answer": order.public_answer})
    for reply, shown in zip(replies, answer["replies"], strict=True):
        role = Role.UNIT if reply.unit_code else Role.OFFICE
        by = _author(given_by.get(reply.at), author(role, None, reply.office_code, reply.unit_code))
        show(shown, by, {"done": reply.done, "public_answer": reply.public_answer})
    for part, shown in zip(order.co_offices, answer["parts"], strict=True):
        given = given_by.get(part.answered_at) if part.answered_at else None
        show(shown, _author(given, author(Role.OFFICE, None, part.office_code, None)), {"answer": part.answer})
        show(shown, part.task_author, {"task": part.task})
    for step, shown in zip(steps, answer["history"], strict=True):
        show(shown, step.author, {"reason": step.reason})
        details = shown["details"]
        show(details, step.author, {name: step.details[name] for name in details.keys() & _GIVEN})
    if kept_from(me, order):
        _leave_out_precedents(answer["history"])


_CLOSED = TEXTS | {"answer"}


def _author(given: str | None, whose: str) -> str:
    """Of what belongs to the office or crew `whose`, given by a step of the author `given`."""
    return given if given and is_by(given, whose) else whose


def _leave_out_precedents(history: Iterable[dict[str, Any]]) -> None:
    """A ruling on another order may be the reader's own words, and names here whom it named there by chance or not."""
    for shown in history:
        if isinstance(route := shown["details"].get("route"), dict):
            why = [one for one in route.get("why", ()) if not one.startswith(PRECEDENT)]
            shown["details"]["route"] = route | {"why": why}
