"""Those who kept their place and wait for a call, as screens and programs read them."""

import datetime as dt
from typing import Annotated

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import phone_of
from core.texts.lines import ONE_LINE
from dispatch.callbacks.models import Callback
from dispatch.callbacks.queue import open_callbacks
from dispatch.callbacks.rules import CallbackRules, CallbackState, TryResult, why_not_now
from web.http.schemas import Message

SHOWN = 100


class TryAnswer(Message):
    begun_at: dt.datetime
    ended_at: dt.datetime | None
    by_name: str
    extension: str
    result: TryResult | None
    """None: under way."""
    linkedid: str
    """The call, once there is one."""


class CallbackAnswer(Message):
    id: int
    order: str
    """Number of the order that says so."""
    linkedid: str
    """The call in which the citizen asked."""
    number: str
    """Masked for those who need not ring it."""
    place_at: dt.datetime
    """When the citizen joined the queue; first come, first called."""
    asked_at: dt.datetime
    state: CallbackState
    tries: int
    tries_most: int
    next_try_at: dt.datetime | None
    why_not: str
    """Why the citizen must not be called now, beside `next_try_at`; empty: no reason."""
    tried: list[TryAnswer]


class CallbacksAnswer(Message):
    callbacks: list[CallbackAnswer]


class SettleRequest(Message):
    note: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]


async def list_callbacks(session: AsyncSession, me: Me, rules: CallbackRules, at: dt.datetime) -> CallbacksAnswer:
    found = await open_callbacks(session, SHOWN)
    return CallbacksAnswer(callbacks=[callback_answer(me, rules, one, at) for one in found])


def callback_answer(me: Me, rules: CallbackRules, one: Callback, at: dt.datetime) -> CallbackAnswer:
    return CallbackAnswer(
        id=one.id,
        order=one.order.number,
        linkedid=one.linkedid,
        number=phone_of(me, one.order, one.number),
        place_at=one.place_at,
        asked_at=one.asked_at,
        state=one.state,
        tries=one.tries,
        tries_most=rules.tries,
        next_try_at=one.next_try_at,
        why_not=why_not_now(rules, number=one.number, asked_at=one.asked_at, at=at),
        tried=[
            TryAnswer(
                begun_at=tried.begun_at,
                ended_at=tried.ended_at,
                by_name=tried.by_name,
                extension=tried.extension,
                result=tried.result,
                linkedid=tried.channel_id,
            )
            for tried in one.all_tries
        ],
    )
