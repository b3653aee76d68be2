"""What an office has asked for on an order and nobody has decided: the row of history that asks. Pure."""

from dataclasses import dataclass

from dispatch.workflow import Step
from web.orders.schemas import HistoryAnswer, OrderAnswer


@dataclass(frozen=True)
class OpenRequests:
    to_return: HistoryAnswer | None
    """A return (退单); None: none is open."""
    extension: HistoryAnswer | None


def open_requests(order: OrderAnswer) -> OpenRequests:
    return OpenRequests(
        to_return=_latest(order, Step.ASK_RETURN) if order.return_due_at else None,
        extension=_latest(order, Step.ASK_EXTENSION) if order.extension_until_at else None,
    )


def _latest(order: OrderAnswer, step: Step) -> HistoryAnswer | None:
    return next((row for row in reversed(order.history) if row.step is step), None)
