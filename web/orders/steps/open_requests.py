"""What was asked of whom on an order and is open: the row of history that asks. Pure."""

from dataclasses import dataclass

from dispatch.workflow import State, Step
from web.orders.schemas import HistoryAnswer, OrderAnswer

CAME_BACK = (Step.SEND_BACK, Step.REOPEN)


@dataclass(frozen=True)
class OpenRequests:
    to_return: HistoryAnswer | None
    """A return (退单); None: none is open."""
    extension: HistoryAnswer | None
    declined: HistoryAnswer | None
    """The answer to the latest return, where it was no, and nothing was asked since."""
    escalated: HistoryAnswer | None
    """Why a leader is asked for an instruction (批示); None: none is asked."""
    came_back: HistoryAnswer | None
    """Why the latest reply came back (退回重办, 重新办理), as long as no other was given."""


def open_requests(order: OrderAnswer) -> OpenRequests:
    return OpenRequests(
        to_return=_latest(order, Step.ASK_RETURN) if order.return_due_at else None,
        extension=_latest(order, Step.ASK_EXTENSION) if order.extension_until_at else None,
        declined=_answer(order),
        escalated=_latest(order, Step.ESCALATE) if order.state is State.ESCALATED else None,
        came_back=_came_back(order),
    )


def _answer(order: OrderAnswer) -> HistoryAnswer | None:
    told = [row for row in order.history if row.step in (Step.ASK_RETURN, Step.REDISPATCH, Step.DECLINE_RETURN)]
    return told[-1] if told and told[-1].step is Step.DECLINE_RETURN else None


def _came_back(order: OrderAnswer) -> HistoryAnswer | None:
    told = [row for row in order.history if row.step in (Step.REPLY, *CAME_BACK)]
    return told[-1] if told and told[-1].step is not Step.REPLY else None


def _latest(order: OrderAnswer, step: Step) -> HistoryAnswer | None:
    return next((row for row in reversed(order.history) if row.step is step), None)
