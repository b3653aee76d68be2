"""Executes on the exchange what a desk asks for a call: the job `calls.control` of access/calls/command_requests.py.

Done at most once. A command that a killed process had begun is not begun again (a citizen must not be transferred
twice, nor a phone rung twice): its row says that it was interrupted. One that waited too long is not done either.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.calls.command_requests import NOT_THIS_CALL, command_job
from core import bus, clock
from core.channel_ids import ChannelUse, guest_id, spy_id
from core.database import Sessions, transaction
from core.errors import BadInput, Conflict, HotlineError
from core.jobs import defer
from core.numbers.phone import parse_numbers
from dispatch.city.organisation import Office, Unit
from dispatch.orders.families.family import may_name_confidential
from dispatch.orders.models import Order, OrderCall
from dispatch.workflow import Role
from hotline.runtime.job_tools import LineTools
from telephony.calls.models import Call
from telephony.control.commands import IN_TURN, CommandKind, CommandState
from telephony.control.conference import DialRefused, Rooms, Spying, Third
from telephony.control.dial_results import DialResult
from telephony.control.models import CallCommand
from telephony.labels import DIAL_RESULTS
from telephony.monitoring.incidents import raise_incident
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()

TOO_LATE = dt.timedelta(seconds=20)
"""Nobody wants a call transferred by a click of minutes ago."""

_LISTENS = (CommandKind.LISTEN, CommandKind.WHISPER)
_RINGS = (CommandKind.BARGE, CommandKind.TAKE_OVER, CommandKind.CONFERENCE, CommandKind.ATTENDED)
"""A telephone rings first, as a guest's channel."""
_LONGEST_CALL = dt.timedelta(hours=6)


def _became(command: CommandKind, result: DialResult) -> str:
    """What became of the call that `command` placed. A call about an order rings whoever asked for it first."""
    if command is not CommandKind.CALL_OUT:
        return f"对方电话{DIAL_RESULTS[result]}"
    then = "正在拨对方" if result is DialResult.ANSWERED else "没有拨给对方"
    return f"您的电话{DIAL_RESULTS[result]}，{then}"


async def do_command(line: LineTools, command_id: int, linkedid: str, command: str) -> None:
    """The job `calls.control`. Many are done at once, but of one call a key never overtakes another: jobs start in the
    order in which they were deferred, and each takes its place before it reads anything."""
    kind, todo = CommandKind(command), partial(perform, line.runtime.sessions, line.rooms, command_id)
    if kind is not CommandKind.HANG_UP:
        async with line.command_turns.of(linkedid):
            if kind in IN_TURN:
                await todo(pbx=line.pbx.systemname)
                return
    await todo(pbx=line.pbx.systemname)


@dataclass(frozen=True)
class _Request:
    """The row, read."""

    id: int
    linkedid: str
    command: CommandKind
    target: str
    order_number: str | None
    extension: str
    by_stranger: bool


async def perform(sessions: Sessions, rooms: Rooms, command_id: int, *, pbx: str = "") -> None:
    command = await _begin(sessions, command_id)
    if command is None:
        return
    with structlog.contextvars.bound_contextvars(call=command.linkedid, command=command.command.value):
        try:
            dialled = await _do(sessions, rooms, command)
            result = "已完成" if dialled is None else _became(command.command, dialled)
            state = CommandState.DONE if dialled in (None, DialResult.ANSWERED) else CommandState.FAILED
        except HotlineError as error:
            state, result = CommandState.FAILED, _plain(error)
            log.warning("command_failed", detail=error.message)
            if isinstance(error, DialRefused):
                await _report_refused(sessions, pbx, command, error.kind)
        except Exception:
            await _finish(sessions, command_id, CommandState.FAILED, "系统故障，没有办成。请看电话现在的状态。")
            raise
        log.info("command_done", extension=command.extension, state=state.value)
    await _finish(sessions, command_id, state, result)


async def _begin(sessions: Sessions, command_id: int) -> _Request | None:
    """None: not to be done (any more); the row says why."""
    async with transaction(sessions) as session:
        row = await session.scalar(select(CallCommand).where(CallCommand.id == command_id).with_for_update())
        if row is None or row.ended_at is not None:
            return None
        now = clock.now()
        why = ""
        if row.state is CommandState.BEGUN:
            why = "办理时系统中断，不知是否办成。请看电话现在的状态。"
        elif now - row.asked_at > TOO_LATE:
            why = "等候过久，没有办理。请看电话现在的状态，需要时再试。"
        if why:
            row.state, row.result, row.ended_at = CommandState.FAILED, why, now
            await bus.publish(session, "call", row.linkedid)
            return None
        row.state, row.begun_at = CommandState.BEGUN, now
        return _Request(
            row.id, row.linkedid, row.command, row.target, row.order_number, row.extension, row.by_stranger
        )  # fmt: skip


async def _finish(sessions: Sessions, command_id: int, state: CommandState, result: str) -> None:
    async with transaction(sessions) as session:
        row = await session.get_one(CallCommand, command_id)
        row.state, row.result, row.ended_at = state, result, clock.now()
        await bus.publish(session, "call", row.linkedid)


async def _do(sessions: Sessions, rooms: Rooms, command: _Request) -> DialResult | None:
    """None: nobody was to be called."""
    call, mine, target = command.linkedid, command.extension, command.target
    if command.by_stranger:
        async with sessions() as session:
            # The citizen may have asked for it after the command was stored (access.calls.command_requests).
            if await session.scalar(select(_secret_calls(OrderCall.linkedid == call).exists())):
                raise Conflict(NOT_THIS_CALL)
    match command.command:
        case CommandKind.ATTENDED | CommandKind.CONFERENCE:
            return await rooms.invite(
                call, mine, target, command_id=command.id, alone=command.command is CommandKind.ATTENDED
            )
        case CommandKind.EMERGENCY_TRANSFER:
            dialled = await rooms.invite(call, mine, target, command_id=command.id, alone=False)
            if dialled is DialResult.ANSWERED:
                await rooms.hand_over(call, mine)
            return dialled
        case CommandKind.LISTEN | CommandKind.WHISPER | CommandKind.BARGE | CommandKind.TAKE_OVER:
            return await rooms.spy(call, mine, Spying(command.command.value), command_id=command.id)
        case CommandKind.CALL_OUT:
            return await rooms.call_out(mine, await _called(sessions, rooms, command), channel_id=call)
        case CommandKind.TRANSFER:
            await rooms.transfer(call, target, by=mine)
        case CommandKind.HANG_UP:
            await rooms.hang_up(call)
        case _:
            at_once = {
                CommandKind.HOLD: rooms.hold,
                CommandKind.JOIN: rooms.bring_in,
                CommandKind.SEND_BACK: rooms.send_back,
                CommandKind.HAND_OVER: rooms.hand_over,
            }
            await at_once[command.command](call, mine)
    return None


def _secret_calls(*which: ColumnElement[bool]) -> Select[str]:
    """Calls (linkedid) in which a citizen may be heard or named who wishes to stay unnamed."""
    return select(OrderCall.linkedid).where(may_name_confidential(OrderCall.order_id), *which)


async def end_listening(session: AsyncSession, order_ids: Collection[int]) -> None:
    """Once a citizen of these orders' family wishes to stay unnamed, nobody listens in on their calls any more, even if
    they began before, and no telephone rings any more to bring somebody in whom the agent has not called in. People who
    spoke in the conference have heard the citizen, and stay.
    """
    over = exists().where(
        Call.linkedid == func.concat(ChannelUse.SPY.prefix, CallCommand.id), Call.ended_at.is_not(None)
    )
    listens = and_(CallCommand.command.in_(_LISTENS), CallCommand.state != CommandState.FAILED, ~over)
    rings = and_(CallCommand.command.in_(_RINGS), CallCommand.state == CommandState.BEGUN, CallCommand.by_stranger)
    theirs = CallCommand.linkedid.in_(_secret_calls(OrderCall.order_id.in_(order_ids)))
    begun = CallCommand.begun_at > clock.now() - _LONGEST_CALL
    for asked in await session.scalars(select(CallCommand).where(theirs, begun, or_(listens, rings))):
        channel = spy_id(asked.id) if asked.command in _LISTENS else guest_id(asked.id, asked.linkedid)
        end = CallCommand(
            linkedid=channel, command=CommandKind.HANG_UP, target="", extension=asked.extension,
            account_id=0, account_name="", display_name="系统", role=Role.SYSTEM.value,
            asked_at=clock.now(), state=CommandState.ASKED,
        )  # fmt: skip
        session.add(end)
        await session.flush()
        await defer(session, command_job(end))


async def _called(sessions: Sessions, rooms: Rooms, command: _Request) -> Third:
    """The person whom a call for an order is for. Raises Conflict where no number is known."""
    kind, _, code = command.target.partition(":")
    which_word = code if kind == "citizen" else ""
    async with sessions() as session:
        if kind == "citizen":
            order = await session.scalar(select(Order).where(Order.number == command.order_number))
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


async def _report_refused(sessions: Sessions, pbx: str, command: _Request, kind: str) -> None:
    where = f"（工单 {command.order_number}）" if command.order_number else ""
    why = f"分机{command.extension}在页面上外呼被拦下{where}：{kind}。"
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
