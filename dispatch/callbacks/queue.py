"""Call-backs: requests of citizens who kept their place, each try to reach them, and its result. Every function works
in the caller's transaction. The line process places the calls (hotline/bridges/line/callbacks.py); the result comes
from the call's own facts (hotline/pipeline.py), so it is known even when our program died meanwhile.
"""

import datetime as dt
import re

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core import bus, channel_ids
from core.errors import BadInput, NotFound
from core.jobs import Job, defer
from core.numbers.phone import number_key
from core.numbers.plan import is_mobile, spellings
from dispatch.callbacks.models import Callback, CallbackTry
from dispatch.callbacks.rules import CallbackRules, CallbackState, TryResult, after_try, check_try
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import link_call
from dispatch.orders.models import CallPurpose

DIAL = "callbacks.dial"
"""The line's job; its argument is the try's id."""
TOPIC = "callback"
_OPEN = [state for state in CallbackState if state.open]
_CHANNEL_ID = re.compile(r"out-callback-(\d{1,18})-(\d{1,6})")


def is_callback(linkedid: str) -> bool:
    """Whether this call of ours is a try to call a citizen back."""
    return _CHANNEL_ID.fullmatch(linkedid) is not None


async def note_request(
    session: AsyncSession, *, order_id: int, linkedid: str, number: str, place_at: dt.datetime, asked_at: dt.datetime
) -> None:
    """Once for each call, however often it is reported."""
    await session.execute(
        insert(Callback)
        .values(
            order_id=order_id, linkedid=linkedid, number=number, place_at=place_at, asked_at=asked_at,
            state=CallbackState.WAITING, tries=0, note="", version=1,
        )
        .on_conflict_do_nothing(index_elements=[Callback.linkedid])
    )  # fmt: skip
    await bus.publish(session, TOPIC, linkedid)


async def open_callbacks(session: AsyncSession, limit: int) -> list[Callback]:
    """In the order of their places: first come, first served. With their orders."""
    wanted = select(Callback).where(Callback.state.in_(_OPEN)).options(selectinload(Callback.order))
    return list(await session.scalars(wanted.order_by(Callback.place_at, Callback.id).limit(limit)))


async def begin_try(
    session: AsyncSession, rules: CallbackRules, callback_id: int, actor: Actor, extension: str, *, at: dt.datetime
) -> CallbackTry:
    """Claims the call-back for this agent and rings the agent's telephone. Raises NotFound, Conflict, BadInput."""
    callback = await _locked(session, callback_id)
    check_try(
        rules, state=callback.state, number=callback.number,
        asked_at=callback.asked_at, next_try_at=callback.next_try_at, at=at,
    )  # fmt: skip
    number = len(callback.all_tries) + 1
    begun = CallbackTry(
        callback_id=callback.id, channel_id=channel_ids.callback_id(callback.id, number), extension=extension,
        by_id=actor.account_id, by_name=actor.name, begun_at=at,
    )  # fmt: skip
    session.add(begun)
    callback.state = CallbackState.DIALLING
    await session.flush()
    await link_call(session, callback.order_id, begun.channel_id, CallPurpose.CALL_BACK, at=at)
    await defer(session, Job(DIAL, queue="line", arguments={"try_id": begun.id}, key=f"callback-try-{begun.id}"))
    await bus.publish(session, TOPIC, callback.id)
    return begun


async def finish_try(
    session: AsyncSession, rules: CallbackRules, channel_id: str, result: TryResult, *, at: dt.datetime
) -> None:
    """What became of a try; the first word counts. Nothing where there is no such try."""
    finished = await session.scalar(
        update(CallbackTry)
        .where(CallbackTry.channel_id == channel_id, CallbackTry.result.is_(None))
        .values(result=result, ended_at=at)
        .returning(CallbackTry.callback_id)
    )
    if finished is None:
        return
    callback = await _locked(session, finished)
    if callback.state is CallbackState.DIALLING:
        after = after_try(rules, result, callback.tries, at)
        callback.state, callback.tries, callback.next_try_at = after.state, after.tries, after.next_try_at
        callback.ended_at = None if after.state.open else at
        if after.state is CallbackState.REACHED:
            await settle_number(session, callback.number, "同一号码已回电接通", at=at)
    await bus.publish(session, TOPIC, callback.id)


async def settle(session: AsyncSession, callback_id: int, actor: Actor, note: str, *, at: dt.datetime) -> None:
    """A person says why no call is needed. Raises NotFound, BadInput."""
    if not note.strip():
        raise BadInput(fields={"note": "请说明为什么不用回电。"})
    callback = await _locked(session, callback_id)
    if callback.state is CallbackState.DIALLING:
        raise BadInput("正在回电，请等这次通话结束。")
    if callback.state.open:
        callback.state, callback.ended_at = CallbackState.SETTLED, at
        callback.note = f"{note.strip()}（{actor.name}）"
        await bus.publish(session, TOPIC, callback.id)


async def settle_number(session: AsyncSession, number: str, note: str, *, at: dt.datetime) -> None:
    """Whoever waits under this number, in whatever spelling, was spoken with in another way. A mobile telephone is one
    person's; a landline may be a family's, a hotel's, a switchboard's: there a person says so (`open_requests_of`)."""
    key = number_key(number)
    if not is_mobile(key):
        return
    settled = await session.scalars(
        update(Callback)
        .where(Callback.number.in_(spellings(key)), Callback.state == CallbackState.WAITING)
        .values(state=CallbackState.SETTLED, ended_at=at, note=note, version=Callback.version + 1)
        .returning(Callback.id)
    )
    for callback_id in settled.all():
        await bus.publish(session, TOPIC, callback_id)


async def open_requests_of(session: AsyncSession, number: str) -> list[Callback]:
    """Citizens who wait for a call on this number, in whatever spelling, in the order of their places; with their
    orders.
    """
    known = spellings(number_key(number))
    if not known:
        return []
    wanted = select(Callback).where(Callback.number.in_(known), Callback.state == CallbackState.WAITING)
    return list(
        await session.scalars(wanted.options(selectinload(Callback.order)).order_by(Callback.place_at, Callback.id))
    )


async def _locked(session: AsyncSession, callback_id: int) -> Callback:
    callback = await session.scalar(
        select(Callback).where(Callback.id == callback_id).with_for_update().execution_options(populate_existing=True)
    )
    if callback is None:
        raise NotFound("没有这个回电。", callback_id=callback_id)
    return callback
