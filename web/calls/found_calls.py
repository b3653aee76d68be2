"""Calls by what somebody types: a citizen's number or its last digits, an order's number, an agent, what was said; and
why each was found."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, false, func, literal_column, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from access.accounts.sessions import Me
from access.visibility.asked_numbers import AskedNumber, asked_number
from access.visibility.calls import said_on_calls
from access.visibility.rules import caller_may_be_found, may_be_heard
from core.numbers.phone import number_key
from core.numbers.plan import spellings
from core.texts.found_words import FoundWords, words_in
from core.texts.normal_form import asked_words
from dispatch.orders.models import Order, OrderCall
from recordings.transcripts.search import calls_saying
from telephony.calls.call_state import Direction
from telephony.calls.models import MOBILE_KEY, Call, Leg
from web.calls.schemas import CallSummary

_IS_MOBILE: ColumnElement[bool] = literal_column(f"calls.caller_key ~ '{MOBILE_KEY}'")
"""As the index ix_calls_caller_ending has it."""


async def calls_asked_for(session: AsyncSession, me: Me, wanted: Select[Call], typed: str) -> Select[Call]:
    """`wanted`, sorted and limited, narrowed to the calls that `typed` finds."""
    asked = asked_number(me, typed)
    ways = _by_number(me, asked)
    if not asked.nothing_else:
        ways.append([Call.linkedid.in_(_of_order(typed))])
        if endpoints := await _endpoints(session, typed):
            ways.append([Call.linkedid.in_(select(Leg.linkedid).where(Leg.endpoint.in_(endpoints)))])
        if (said := calls_saying(typed, among=[may_be_heard(me)])) is not None:
            ways.append([Call.linkedid.in_(said)])
    # The first of each, then the first of all: one query over all at once would use no index.
    found = [wanted.with_only_columns(Call.linkedid, Call.started_at).where(*way) for way in ways]
    return wanted.where(Call.linkedid.in_(select(union(*found).subquery().c.linkedid)) if found else false())


async def why_found(
    session: AsyncSession, me: Me, calls: Sequence[CallSummary], typed: str
) -> Mapping[str, FoundWords]:
    """By call, in the order in which `calls_asked_for` looks."""
    if not typed or not calls:
        return {}
    asked, number = asked_number(me, typed), typed.strip().upper()
    linkedids = [call.linkedid for call in calls]
    endpoints = () if asked.nothing_else else await _endpoints(session, typed)
    legs = select(Leg.linkedid).where(Leg.linkedid.in_(linkedids), Leg.endpoint.in_(endpoints))
    of_agent = set(await session.scalars(legs)) if endpoints else set()
    said: Mapping[str, str] = {}
    if not asked.nothing_else and calls_saying(typed) is not None:
        said = await said_on_calls(session, me, typed, linkedids)
    found = {}
    for call in calls:
        if asked.whole:
            found[call.linkedid] = FoundWords("", "", "", "按号码找到")
        elif asked.ending and call.caller_number.endswith(asked.ending):
            found[call.linkedid] = FoundWords("", asked.ending, "", "号码尾号")
        elif number in [order.number for order in call.orders]:
            found[call.linkedid] = FoundWords("", number, "", "工单")
        elif call.linkedid in of_agent:
            found[call.linkedid] = FoundWords("", typed.strip(), "", "坐席")
        elif where := words_in(said.get(call.linkedid, ""), asked_words(typed), "", "通话里说到"):
            found[call.linkedid] = where
    return found


def _by_number(me: Me, asked: AskedNumber) -> list[list[ColumnElement[bool]]]:
    if asked.whole:
        key = number_key(asked.whole)
        dialled = [Call.direction == Direction.OUTBOUND, Call.called_number.in_(spellings(key))]
        return [[Call.caller_key == key, caller_may_be_found(me)], [*dialled, caller_may_be_found(me)]]
    if asked.ending:
        last_digits = func.right(Call.caller_key, literal_column("4"))
        return [[_IS_MOBILE, last_digits == asked.ending, caller_may_be_found(me)]]
    return []


def _of_order(typed: str) -> Select[str]:
    of_order = select(OrderCall.linkedid).join(Order, Order.id == OrderCall.order_id)
    return of_order.where(Order.number == typed.strip().upper())


async def _endpoints(session: AsyncSession, typed: str) -> Sequence[str]:
    """The telephones of the agents with this name or extension, also of those who have left."""
    asked = typed.strip()
    named = or_(Account.display_name == asked, Account.extension == asked)
    rows = await session.scalars(select(Account.extension).where(named, Account.extension.is_not(None)))
    return [endpoint for extension in rows if extension for endpoint in (extension, f"{extension}-web")]
