"""How an order stands, by the number that a caller has keyed in: what the telephone's room needs of the orders."""

from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from core.database import Sessions
from core.errors import BadInput, Unavailable
from dispatch.city.records import City
from dispatch.numbering import parse_number
from dispatch.steps.take import find_order
from dispatch.workflow import State
from ivr.progress_flow import NoOrderFound, OrderProgress

PIECES: Mapping[State, str] = {state: state.value.replace("_", "-") for state in State}
"""State → its recorded piece `state-…`, in words for a citizen."""
_WITHOUT_LIMIT = frozenset({State.DRAFT, State.ANSWERED, State.FOLLOW_UP, State.CLOSED, State.MERGED, State.INVALID})


async def find_progress(sessions: Sessions, city: City, keyed: str) -> OrderProgress | NoOrderFound:
    """A caller who knows an order's number hears its state and its limit, nothing else. Raises Unavailable."""
    try:
        number = parse_number(keyed, city.number_prefix)
    except BadInput:
        return NoOrderFound.MISTYPED
    try:
        async with sessions() as session:
            order = await find_order(session, str(number))
    except SQLAlchemyError as error:
        raise Unavailable("the orders cannot be read now") from error
    if order is None:
        return NoOrderFound.UNKNOWN
    due_at = None if order.state in _WITHOUT_LIMIT else order.finish_due_at
    return OrderProgress(order.number, PIECES[order.state], due_at)
