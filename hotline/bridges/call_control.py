"""Executes on the exchange what a desk asks for a call: the job `calls.control` of access/calls/permissions.py.

Done at most once. A command that a killed process had begun is not begun again (a citizen must not be transferred
twice, nor a phone rung twice): its row says that it was interrupted. One that waited too long is not done either.
"""

import datetime as dt
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus, clock
from core.channel_ids import ChannelUse, spy_id
from core.database import Sessions, transaction
from core.errors import BadInput, Conflict, HotlineError
from core.jobs import Job, defer
from core.phone import parse_numbers
from dispatch.city.organisation import Office, Unit
from dispatch.orders.models import Order, OrderCall
from dispatch.workflow import Role
from hotline.runtime.job_tools import LineTools
from telephony.calls.models import Call
from telephony.control.commands import DeedKind, DeedState
from telephony.control.conference import DialRefused, Rooms, Spying, Third
from telephony.control.control import DialResult
from telephony.control.models import CallDeed
from telephony.labels import DIAL_RESULTS
from telephony.monitoring.incidents import raise_incident
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()

CONTROL_QUEUE = "control"
CONTROL = "calls.control"
TOO_LATE = dt.timedelta(seconds=20)
"""Nobody wants a call transferred by a click of minutes ago."""

_LISTENS = (DeedKind.LISTEN, DeedKind.WHISPER)
_LONGEST_CALL = dt.timedelta(hours=6)


def _became(deed: DeedKind, result: DialResult) -> str:
    """What became of the call that `deed` placed. A call about an order rings whoever asked for it first."""
    if deed is not DeedKind.CALL_OUT:
        return f"对方电话{DIAL_RESULTS[result]}"
    then = "正在拨对方" if result is DialResult.ANSWERED else "没有拨给对方"
    return f"您的电话{DIAL_RESULTS[result]}，{then}"


async def do_deed(line: LineTools, deed_id: int) -> None:
    """The job `calls.control`."""
    await perform(line.parts.sessions, line.rooms, deed_id, pbx=line.pbx.systemname)


@dataclass(frozen=True)
class _Wish:
    """The row, read."""

    id: int
    linkedid: str
    deed: DeedKind
    target: str
    order_number: str | None
    extension: str


async def perform(sessions: Sessions, rooms: Rooms, deed_id: int, *, pbx: str = "") -> None:
    wish = await _begin(sessions, deed_id)
    if wish is None:
        return
    with structlog.contextvars.bound_contextvars(call=wish.linkedid, deed=wish.deed.value):
        try:
            dialled = await _do(sessions, rooms, wish)
            result = "已完成" if dialled is None else _became(wish.deed, dialled)
            state = DeedState.DONE if dialled in (None, DialResult.ANSWERED) else DeedState.FAILED
        except HotlineError as error:
            state, result = DeedState.FAILED, _plain(error)
            log.warning("deed_failed", detail=error.message)
            if isinstance(error, DialRefused):
                await _tell_refused(sessions, pbx, wish, error.kind)
        except Exception:
            await _finish(sessions, deed_id, DeedState.FAILED, "系统故障，没有办成。请看电话现在的状态。")
            raise
        log.info("deed_done", extension=wish.extension, state=state.value)
    await _finish(sessions, deed_id, state, result)


async def _begin(sessions: Sessions, deed_id: int) -> _Wish | None:
    """None: not to be done (any more); the row says why."""
    async with transaction(sessions) as session:
        row = await session.scalar(select(CallDeed).where(CallDeed.id == deed_id).with_for_update())
        if row is None or row.ended_at is not None:
            return None
        now = clock.now()
        why = ""
        if row.state is DeedState.BEGUN:
            why = "办理时系统中断，不知是否办成。请看电话现在的状态。"
        elif now - row.asked_at > TOO_LATE:
            why = "等候过久，没有办理。请看电话现在的状态，需要时再试。"
        if why:
            row.state, row.result, row.ended_at = DeedState.FAILED, why, now
            await bus.publish(session, "call", row.linkedid)
            return None
        row.state, row.begun_at = DeedState.BEGUN, now
        return _Wish(row.id, row.linkedid, row.deed, row.target, row.order_number, row.extension)


async def _finish(sessions: Sessions, deed_id: int, state: DeedState, result: str) -> None:
    async with transaction(sessions) as session:
        row = await session.get_one(CallDeed, deed_id)
        row.state, row.result, row.ended_at = state, result, clock.now()
        await bus.publish(session, "call", row.linkedid)


async def _do(sessions: Sessions, rooms: Rooms, wish: _Wish) -> DialResult | None:
    """None: nobody was to be rung."""
    call, mine, target = wish.linkedid, wish.extension, wish.target
    match wish.deed:
        case DeedKind.ATTENDED | DeedKind.CONFERENCE:
            return await rooms.invite(call, mine, target, deed_id=wish.id, alone=wish.deed is DeedKind.ATTENDED)
        case DeedKind.EMERGENCY_TRANSFER:
            dialled = await rooms.invite(call, mine, target, deed_id=wish.id, alone=False)
            if dialled is DialResult.ANSWERED:
                await rooms.hand_over(call, mine)
            return dialled
        case DeedKind.LISTEN | DeedKind.WHISPER | DeedKind.BARGE | DeedKind.TAKE_OVER:
            async with sessions() as session:
                # The citizen may have asked for it after the command was stored (access.calls.permissions).
                if await session.scalar(select(_secret_calls(OrderCall.linkedid == call).exists())):
                    raise Conflict("来电人要求保密，这通电话不能监听和介入。")
            return await rooms.spy(call, mine, Spying(wish.deed.value), deed_id=wish.id)
        case DeedKind.CALL_OUT:
            return await rooms.call_out(mine, await _called(sessions, rooms, wish), channel_id=call)
        case DeedKind.TRANSFER:
            await rooms.transfer(call, target, by=mine)
        case DeedKind.HANG_UP:
            await rooms.hang_up(call)
        case _:
            at_once = {
                DeedKind.HOLD: rooms.hold,
                DeedKind.JOIN: rooms.bring_in,
                DeedKind.SEND_BACK: rooms.send_back,
                DeedKind.HAND_OVER: rooms.hand_over,
            }
            await at_once[wish.deed](call, mine)
    return None


def _secret_calls(*which: ColumnElement[bool]) -> Select[str]:
    """Calls (linkedid) of citizens who wish to stay unnamed."""
    return select(OrderCall.linkedid).join(Order, Order.id == OrderCall.order_id).where(Order.confidential, *which)


async def end_listening(session: AsyncSession, order_id: int) -> None:
    """Once a citizen wishes to stay unnamed, nobody listens in on that citizen's calls any more, even if they began
    before. People who spoke in the conference have heard the citizen, and stay.
    """
    heard = CallDeed.linkedid.in_(_secret_calls(Order.id == order_id)), CallDeed.deed.in_(_LISTENS)
    over = exists().where(Call.linkedid == func.concat(ChannelUse.SPY.prefix, CallDeed.id), Call.ended_at.is_not(None))
    begun = CallDeed.begun_at > clock.now() - _LONGEST_CALL, CallDeed.state != DeedState.FAILED
    for spying in await session.scalars(select(CallDeed).where(*heard, *begun, ~over)):
        end = CallDeed(
            linkedid=spy_id(spying.id), deed=DeedKind.HANG_UP, target="", extension=spying.extension,
            account_id=0, account_name="", display_name="系统", role=Role.SYSTEM.value,
            asked_at=clock.now(), state=DeedState.ASKED,
        )  # fmt: skip
        session.add(end)
        await session.flush()
        await defer(session, Job(CONTROL, queue=CONTROL_QUEUE, arguments={"deed_id": end.id}))


async def _called(sessions: Sessions, rooms: Rooms, wish: _Wish) -> Third:
    """The person whom a call for an order is for. Raises Conflict where no number is known."""
    kind, _, code = wish.target.partition(":")
    which_word = code if kind == "citizen" else ""
    async with sessions() as session:
        if kind == "citizen":
            order = await session.scalar(select(Order).where(Order.number == wish.order_number))
            number = order.citizen_phone if order else ""
        elif kind == "unit":
            unit = await session.get(Unit, code)
            number = unit.extension if unit else ""
        else:
            office = await session.get(Office, code)
            number = (office.phone or office.duty_phone) if office else ""
    if kind == "unit" and number:
        return await rooms.third(number)
    found = parse_numbers(number)
    which = int(which_word) if which_word.isdecimal() else 1
    if not found or which > len(found):
        raise Conflict("没有登记可以拨打的电话号码。")
    return await rooms.third(found[which - 1].dial)


async def _tell_refused(sessions: Sessions, pbx: str, wish: _Wish, kind: str) -> None:
    where = f"（工单 {wish.order_number}）" if wish.order_number else ""
    why = f"分机{wish.extension}在页面上外呼被拦下{where}：{kind}。"
    async with transaction(sessions) as session:
        await raise_incident(session, pbx, TroubleKind.TOLL_FRAUD, why, clock.now())


def _plain(error: HotlineError) -> str:
    """For people: what a field says is plainer than the message above it."""
    if isinstance(error, BadInput) and error.fields:
        return " ".join(error.fields.values())
    return (
        error.message
        if isinstance(error, BadInput | Conflict)
        else "交换机没有办成这一步。请看电话现在的状态，需要时再试。"
    )
