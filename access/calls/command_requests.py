"""Permissions for commands on calls, and the row that says what was asked for."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.calls.dialling import check_limit, which_number, whom
from access.visibility.calls import may_hear, orders_of
from access.visibility.disclosures import disclose
from access.visibility.rules import may_know
from core import bus, clock
from core.channel_ids import call_out_id
from core.city_words import city_words
from core.errors import BadInput, Conflict, NotAllowed, NotFound
from core.jobs import Job, defer
from core.numbers.phone import number_key
from core.numbers.plan import dial_form
from dispatch.citizens.redaction import stays_unnamed
from dispatch.city.organisation import Office, Unit
from dispatch.orders.drafts import link_call
from dispatch.orders.models import CallPurpose, Order
from dispatch.workflow import Role
from recordings.archive.listening_log import SoundListener
from telephony.calls.call_state import Direction, LegRole
from telephony.calls.models import Call
from telephony.control.commands import CommandKind, CommandState
from telephony.control.conference import EMERGENCY, Outgoing, outgoing_of
from telephony.control.models import CallCommand
from telephony.pbx.settings import PbxSettings

CONTROL, CONTROL_QUEUE = "calls.control", "control"

SPYING = frozenset({CommandKind.LISTEN, CommandKind.WHISPER, CommandKind.BARGE, CommandKind.TAKE_OVER})
CALLS_IN = frozenset({CommandKind.TRANSFER, CommandKind.ATTENDED, CommandKind.CONFERENCE})
"""Another telephone is with the citizen from then on: as good as SPYING for one who is not in the call. Anybody may
call in 110, 119, 120."""
_ANY_CALL = frozenset({CommandKind.HANG_UP, CommandKind.LISTEN, CommandKind.WHISPER})
"""All else is for calls with somebody from outside: only they have a room."""
NOT_THIS_CALL = "来电人要求保密，这通电话不能监听和介入，也不能转给别人。"


@dataclass(frozen=True)
class CallRequest:
    """A call about an order."""

    to: Literal["citizen", "office", "unit"]
    code: str = ""
    """Of the office or crew; empty: the order's."""
    which: int | None = None
    """Which of the citizen's numbers, where several were left; counted from 1."""
    reason: str = ""


async def ask_command(
    session: AsyncSession, me: Me, linkedid: str, command: CommandKind, target: str = "", pbx: PbxSettings | None = None
) -> CallCommand:
    """Store the wanted, and have it done after the commit. `pbx`: where `target` is what somebody typed, the exchange
    whose rule of numbers holds. Raises NotFound, NotAllowed, Conflict, BadInput, DialRefused."""
    call = await session.get(Call, linkedid)
    if call is None:
        raise NotFound("没有这通电话。")
    extension = _phone_for(me, call, command)
    if call.ended_at is not None:
        raise Conflict("这通电话已经结束。")
    if pbx is not None:
        target = whom(target, outgoing_of(pbx))
    called_in = command in CALLS_IN and target not in EMERGENCY and extension != me.extension
    by_stranger = command in SPYING or called_in
    if by_stranger:
        linked = (await orders_of(session, [linkedid]))[linkedid]
        if not await may_hear(session, me, call, linked):
            raise NotAllowed(NOT_THIS_CALL)
    if call.direction not in (Direction.INBOUND, Direction.OUTBOUND) and command not in _ANY_CALL:
        raise Conflict("内部通话和派单电话不能转接、保持和三方通话。")
    row = CallCommand(linkedid=linkedid, command=command, target=target, extension=extension, by_stranger=by_stranger)
    return await _store(session, me, row)


def _phone_for(me: Me, call: Call, command: CommandKind) -> str:
    """The telephone that the command uses: the actor's own, or for a supervisor that of the agent in the call."""
    here = [leg.endpoint for leg in call.legs if leg.ended_at is None and leg.role is LegRole.AGENT and leg.answered_at]
    if command in SPYING:
        if me.extension is None:
            raise BadInput("您的账号没有分机号，不能监听。请联系系统管理员。")
        if me.extension in here:
            raise Conflict("您已经在这通电话里。")
        return me.extension
    if me.extension in here and me.extension is not None:
        return me.extension
    if me.role is not Role.SUPERVISOR:
        raise NotAllowed("这不是您正在接的电话。")
    if not here and command is not CommandKind.HANG_UP:
        raise Conflict("这通电话现在没有人在接听。")
    return here[0] if here else ""


async def ask_call_out(
    session: AsyncSession,
    me: Me,
    order: Order,
    wanted: CallRequest,
    who: SoundListener,
    *,
    place: str,
    pbx: PbxSettings,
) -> CallCommand:
    """A call about an order, recorded on it: our own phone rings first. Offices and crews call the citizen only, and
    see the line's number; anybody else who calls a citizen leaves a disclosure with a reason, and sees
    the citizen's data once the citizen answers. Raises BadInput, NotAllowed.
    """
    if me.role in (Role.OFFICE, Role.UNIT) and wanted.to != "citizen":
        raise NotAllowed("这里只能给来电人回电。")
    if wanted.to == "citizen":
        if not order.citizen_phone:
            raise BadInput("这张工单没有留下电话号码。")
        if not may_know(me, confidential=stays_unnamed(order)):
            raise NotAllowed(f"来电人要求保密，不能直接回电。请联系{city_words().coordinator}。")
        which = which_number(me, order, wanted.which, outgoing_of(pbx))
        target = "citizen" if which == 1 else f"citizen:{which}"
    else:
        code = wanted.code or (order.unit_code if wanted.to == "unit" else order.lead_office_code)
        if not code or await session.get(Unit if wanted.to == "unit" else Office, code) is None:
            raise BadInput(fields={"code": "这张工单还没有对应的单位，请先选择。"})
        target = f"{wanted.to}:{code}"
    row = CallCommand(linkedid="", command=CommandKind.CALL_OUT, target=target, order_number=order.number)
    row.extension = await _own_phone(session, me, outgoing_of(pbx))
    await check_limit(session, pbx, order=order.number, at=clock.now())
    purpose = (
        CallPurpose.FOLLOW_UP
        if wanted.to == "citizen" and me.role not in (Role.OFFICE, Role.UNIT)
        else CallPurpose.CREW
    )
    stored = await _store(session, me, row)
    await link_call(session, order.id, stored.linkedid, purpose, at=stored.asked_at)
    if purpose is CallPurpose.FOLLOW_UP:
        await disclose(
            session,
            me,
            who,
            order=order,
            linkedid=stored.linkedid,
            confidential=stays_unnamed(order),
            reason=wanted.reason.strip() or ("" if stays_unnamed(order) else f"就工单{order.number}给来电人回电"),
            place=place,
            minutes=0,
            at=stored.asked_at,
        )
    return stored


async def _own_phone(session: AsyncSession, me: Me, outgoing: Outgoing) -> str:
    """Raises BadInput where none is registered, or one that may not be dialled: a slip of whoever registered it, so no
    incident."""
    number = me.extension or ""
    if me.role is Role.UNIT and me.unit_code and (unit := await session.get(Unit, me.unit_code)):
        number = unit.extension
    elif me.role is Role.OFFICE and me.office_code and (office := await session.get(Office, me.office_code)):
        number = dial_form(number_key(office.phone or office.duty_phone))
    if not number:
        raise BadInput("您的账号没有登记电话，不能呼叫。请联系系统管理员。")
    if number not in outgoing.own and not outgoing.may_dial(number):
        raise BadInput("您单位登记的电话不能从本热线拨打，请联系系统管理员更正登记的号码。")
    return number


def command_job(row: CallCommand) -> Job:
    """It names call and command, so that its place among those of the call is known before the row is read."""
    arguments = {"command_id": row.id, "linkedid": row.linkedid, "command": row.command.value}
    return Job(CONTROL, queue=CONTROL_QUEUE, arguments=arguments)


async def _store(session: AsyncSession, me: Me, row: CallCommand) -> CallCommand:
    row.account_id, row.account_name = me.account_id, me.name
    row.display_name, row.role = me.display_name, me.role.value
    row.asked_at, row.state, row.result = clock.now(), CommandState.ASKED, ""
    session.add(row)
    await session.flush()
    row.linkedid = row.linkedid or call_out_id(row.id)
    await defer(session, command_job(row))
    await bus.publish(session, "call", row.linkedid)
    return row


async def commands_of(session: AsyncSession, linkedid: str) -> list[CallCommand]:
    rows = await session.scalars(
        select(CallCommand).where(CallCommand.linkedid == linkedid).order_by(CallCommand.id.desc())
    )
    return list(rows)
