"""Citizen, agent and a third: transfer, consultation, three-way conversation, hold; a supervisor listens or steps in.

Commands on a live call with a citizen, incoming or ours, over the manager. Each is one or two orders to the PBX; what
follows (who stays connected, who is queued again, when it is over) is the dialplan's room (extensions.conf,
docs/decisions/0012), so that nothing hangs on this process living.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from core.channel_ids import guest_id, is_guest, spy_id
from core.errors import BadInput, Conflict
from core.numbers.dialling import Dialling
from core.numbers.phone import parse_numbers
from telephony.calls.call_state import LegRole
from telephony.calls.channel_names import person_of, role_of
from telephony.control.arguments import CALL_HEADER, OUTGOING_BY
from telephony.control.dial_results import DialAnswer, DialResult
from telephony.control.moves import Moves
from telephony.control.parties import IN_ROOM, Parties, find_parties
from telephony.control.rows import DeviceState, LiveChannel
from telephony.pbx.settings import PbxSettings

INVITED_SECONDS = 30.0
"""How long the third party's phone rings."""
EMERGENCY = frozenset({"110", "119", "120"})


class Pbx(Protocol):
    """What is needed of telephony.control.control.Control."""

    async def live_channels(self) -> list[LiveChannel]: ...
    async def device_states(self) -> dict[str, DeviceState]: ...
    async def redirect(self, channel: str, context: str, extension: str) -> None: ...
    async def redirect_both(self, first: str, to: tuple[str, str], second: str, then: tuple[str, str]) -> None: ...
    async def set_variable(self, channel: str, name: str, value: str) -> None: ...
    async def hang_up(self, channel: str) -> bool: ...
    async def ask_to_dial(self, number: str, extension: str, *, spend: bool) -> DialAnswer: ...
    async def ring(
        self,
        address: str,
        channel_id: str,
        to: tuple[str, str],
        *,
        caller_id: str,
        ring_seconds: float,
        variables: dict[str, str],
    ) -> DialResult: ...


class Spying(StrEnum):
    """How a supervisor takes part in an agent's call."""

    LISTEN = "listen"
    WHISPER = "whisper"
    """Only the agent hears the supervisor."""
    BARGE = "barge"
    """Both hear the supervisor."""
    TAKE_OVER = "take_over"
    """Both hear the supervisor, then the agent is dropped."""


@dataclass(frozen=True)
class Outgoing:
    """How this exchange reaches telephones that are not its own."""

    line_number: str
    """Shown to whom we call outside."""
    trunk: bool
    """Whether there is a way out."""
    own: frozenset[str]
    """Accounts of agents (without `-web`), crews, offices."""
    emergency: frozenset[str] = EMERGENCY
    played: frozenset[str] = frozenset()
    """Emergency numbers that a test phone plays."""
    dialling: Dialling = field(default_factory=Dialling)
    """Which outside numbers may be called."""
    simulated: bool = False
    """Without a way out, simulated citizens are called instead of outside numbers: the last digit says which."""

    def may_dial(self, digits: str) -> bool:
        return digits in self.emergency or self.dialling.may_dial(digits, own_line=self.line_number)


@dataclass(frozen=True)
class Third:
    """Somebody to be called."""

    number: str
    """As dialled: an extension, 110, an outside number."""
    address: str
    """`PJSIP/1002`, `PJSIP/110@trunk`."""
    outside: bool


def parse_third(number: str, outgoing: Outgoing, phones: dict[str, DeviceState]) -> Third:
    """The party that `number` means. Raises BadInput where it cannot be reached from here. Of an agent's two telephones
    (browser and desk) the one that is there, the browser's first.
    """
    if number in outgoing.own:
        web = phones.get(f"{number}-web", DeviceState.INVALID)
        there = web not in (DeviceState.INVALID, DeviceState.UNAVAILABLE, DeviceState.UNKNOWN)
        return Third(number, f"PJSIP/{number}-web" if there else f"PJSIP/{number}", outside=False)
    if number in outgoing.played:
        return Third(number, f"PJSIP/emergency-{number}", outside=True)
    number = outside_number(number, outgoing)
    if outgoing.simulated and not outgoing.trunk:
        return Third(number, f"PJSIP/citizen-{number[-1]}", outside=True)
    if not outgoing.trunk:
        raise BadInput(fields={"to": "本机没有设置外线，打不到外部号码。请联系系统管理员。"})
    return Third(number, f"PJSIP/{number}@trunk", outside=True)


def outside_number(typed: str, outgoing: Outgoing) -> str:
    """The digits to be dialled for what somebody typed or what stands on an order. Raises DialRefused for what may not
    be called, BadInput for what is no number, or more than one."""
    plain = typed.strip()
    if plain in outgoing.emergency:
        return plain
    found = parse_numbers(plain)
    if not found:
        raise BadInput(fields={"to": f"没有“{plain[:30]}”这个分机，也不是可以拨打的电话号码。请核对后再试。"})
    if len(found) > 1:
        raise BadInput(fields={"to": "这里有几个号码，一次只能拨打一个，请选定一个再试。"})
    (one,) = found
    # What is nothing but digits is dialled as it stands, so that the exchange looks at the very same.
    digits = plain if plain.isascii() and plain.isdigit() and outgoing.may_dial(plain) else one.dial
    if not outgoing.may_dial(digits):
        raise _not_allowed(plain)
    return digits


def _refuse_if_there(parties: Parties, third: Third) -> None:
    """Raises Conflict for a telephone that is in the call, or rings for it: it would be taken out of it first."""
    if any(person_of(row.channel) == third.number for row in parties.city):
        raise Conflict(f"{third.number}已经在这通电话里，或者正在振铃，不能再呼叫。")


def _not_allowed(number: str) -> "DialRefused":
    return DialRefused(
        f"“{number[:30]}”不在可以拨打的号码范围内（国际长途、声讯台、客服号码和本热线都不能拨打）。请核对号码。"
    )


class DialRefused(BadInput):
    """The rule of numbers, or a limit of the day, does not allow it: reported to the supervisors."""

    def __init__(self, why: str, *, kind: str = "号码不在允许范围") -> None:
        super().__init__(why, fields={"to": why})
        self.kind = kind
        """In Chinese, without the number."""


def _check_talking(parties: Parties) -> None:
    if parties.citizen.state != "Up" or role_of(person_of(parties.citizen.channel)) is LegRole.AGENT:
        raise Conflict("对方还没有接听。")


def outgoing_of(pbx: PbxSettings) -> Outgoing:
    return Outgoing(
        line_number=pbx.line_number,
        trunk=pbx.trunk_host is not None,
        own=frozenset(pbx.agents + pbx.crews + pbx.offices),
        emergency=frozenset(pbx.emergency_numbers),
        played=frozenset(pbx.emergency_numbers) if pbx.test_phones else frozenset(),
        dialling=pbx.dialling,
        simulated=pbx.test_phones,
    )


class Rooms:
    """Each command raises Conflict where the call is not in the needed state, and what the connection raises."""

    def __init__(self, pbx: Pbx, outgoing: Outgoing) -> None:
        self._pbx = pbx
        self._outgoing = outgoing
        self._moves = Moves(self._parties)

    async def third(self, number: str) -> Third:
        return parse_third(number, self._outgoing, await self._pbx.device_states())

    async def transfer(self, linkedid: str, number: str, *, by: str) -> None:
        """Blind: the citizen leaves everybody for `number`; if nobody answers there, the citizen is queued again. `by`:
        the extension that counts as the one who dials. Raises DialRefused.
        """
        third = await self.third(number)
        async with self._moves.turn(linkedid):
            parties = await self._talking(linkedid)
            _refuse_if_there(parties, third)
            if third.outside:
                await self._ask(third, by, spend=False)
                await self._pbx.set_variable(parties.citizen.channel, OUTGOING_BY, by)
            await self._pbx.redirect(parties.citizen.channel, "transfer", third.number)

    async def invite(self, linkedid: str, extension: str, number: str, *, command_id: int, alone: bool) -> DialResult:
        """Ring `number`; on answer it joins `extension` and the citizen, who meanwhile talk on, or (`alone`) joins
        `extension` while the citizen hears music. Returns when it was answered, or not: then the citizen is with the
        agent again.
        """
        third = await self.third(number)
        _refuse_if_there(await self._parties(linkedid), third)
        await self._ask(third, extension, spend=True)
        await self._enter(linkedid, extension, citizen_to="hold" if alone else "join")
        parties = await self._parties(linkedid)
        result = await self._ring_into(parties.citizen, linkedid, third, command_id, alone=alone)
        if alone and result is not DialResult.ANSWERED:
            await self.bring_in(linkedid, extension)
        return result

    async def hold(self, linkedid: str, extension: str) -> None:
        """The citizen hears music; `bring_in` takes the citizen back. If the agent hangs up meanwhile, the citizen is
        queued again.
        """
        await self._enter(linkedid, extension, citizen_to="hold")

    async def bring_in(self, linkedid: str, extension: str) -> None:
        """The citizen, who hears music, is in the conversation again. One who is in it stays: taken out of a
        conversation of two, both would be alone.
        """
        async with self._moves.turn(linkedid):
            parties = await self._parties(linkedid)
            mine = parties.of(extension)
            if mine is None:
                raise Conflict("您不在这通电话里。")
            in_room = mine.context == "room-guest" or is_guest(mine.uniqueid)
            if in_room and not parties.citizen_in_room:
                await self._pbx.redirect(parties.citizen.channel, "room-citizen", "join")
                await self._arrived(linkedid, extension, "join")

    async def send_back(self, linkedid: str, extension: str) -> None:
        """Drop the third party; citizen and `extension` continue."""
        await self.bring_in(linkedid, extension)
        for row in await self._pbx.live_channels():
            if row.linkedid == linkedid and is_guest(row.uniqueid) and person_of(row.channel) != extension:
                await self._pbx.hang_up(row.channel)

    async def hand_over(self, linkedid: str, extension: str) -> None:
        """`extension` leaves; the citizen continues with the third party, or waits while that telephone still rings."""
        parties = await self._parties(linkedid)
        mine = parties.of(extension)
        if mine is None:
            raise Conflict("您不在这通电话里。")
        if len(parties.city) < 2:
            raise Conflict("还没有第三方，不能交接。请先呼叫对方。")
        await self._pbx.hang_up(mine.channel)

    async def hang_up(self, linkedid: str) -> None:
        """End the whole call; or, by its own channel's id, let a guest's telephone go."""
        if is_guest(linkedid):
            await self._pbx.hang_up(linkedid)
            return
        parties = await self._parties(linkedid)
        await self._pbx.hang_up(parties.citizen.channel)

    async def spy(self, linkedid: str, extension: str, mode: Spying, *, command_id: int) -> DialResult:
        """Ring the supervisor's own phone; on answer the supervisor takes part as `mode` says."""
        parties = await self._parties(linkedid)
        agent = next((row for row in parties.city if row.state == "Up" and person_of(row.channel) != extension), None)
        if agent is None:
            raise Conflict("这通电话现在没有人在接听，无法监听。")
        me = await self.third(extension)
        if mode in (Spying.BARGE, Spying.TAKE_OVER):
            result = await self.invite(
                linkedid, person_of(agent.channel), extension, command_id=command_id, alone=False
            )
            if mode is Spying.TAKE_OVER and result is DialResult.ANSWERED:
                await self._pbx.hang_up(agent.channel)
            return result
        return await self._pbx.ring(
            me.address,
            spy_id(command_id),
            ("spy", mode.value),
            caller_id=self._outgoing.line_number,
            ring_seconds=INVITED_SECONDS,
            variables={"SPIED": agent.channel, CALL_HEADER: linkedid},
        )

    async def call_out(self, own: str, target: Third, *, channel_id: str) -> DialResult:
        """Ring `own` phone first (an extension, or an office's outside number); picked up, `target` is called. Both see
        the line's number only. Returns when `own` was picked up. Raises DialRefused."""
        first = await self.third(own)
        await self._ask(first, own, spend=True)
        await self._ask(target, own, spend=False)
        return await self._pbx.ring(
            first.address,
            channel_id,
            ("call-out", "s"),
            caller_id=self._outgoing.line_number,
            ring_seconds=INVITED_SECONDS,
            variables={
                "TARGET": target.address,
                "NUMBER": target.number,
                "OUTSIDE": "yes" if target.outside else "no",
                OUTGOING_BY: own,
                CALL_HEADER: channel_id,
            },
        )

    async def _ask(self, whom: Third, by: str, *, spend: bool) -> None:
        """The exchange alone knows how often `by` has dialled today. `spend`: what we dial ourselves; it counts by
        itself what its dialplan dials. Raises DialRefused. Nobody asks about 110."""
        if not whom.outside or whom.number in self._outgoing.emergency:
            return
        match await self._pbx.ask_to_dial(whom.number, by, spend=spend):
            case DialAnswer.LIMITED:
                most = self._outgoing.dialling.extension_day
                why = f"分机{by}今天外呼已满{most}次，不能再打。请联系督查员。"
                raise DialRefused(why, kind="超过每天的次数")
            case DialAnswer.REFUSED:
                raise _not_allowed(whom.number)

    async def _parties(self, linkedid: str) -> Parties:
        return find_parties(await self._pbx.live_channels(), linkedid)

    async def _talking(self, linkedid: str) -> Parties:
        """Raises Conflict while whom we call has not picked up."""
        parties = await self._parties(linkedid)
        _check_talking(parties)
        return parties

    async def _enter(self, linkedid: str, extension: str, *, citizen_to: str) -> None:
        """Citizen and agent into the room, both in one command; a party already there stays. Returns once they are
        there.
        """
        async with self._moves.turn(linkedid):
            parties = await self._moves.until(linkedid, lambda now: now.can_be_moved(extension))
            _check_talking(parties)
            agent = parties.of(extension)
            if agent is None:
                raise Conflict("您不在这通电话里。")
            if not parties.can_be_moved(extension):
                raise Conflict("电话还没有接通，请稍后再试。")
            citizen = parties.citizen
            if agent.application == IN_ROOM:
                if not parties.citizen_at(citizen_to):
                    await self._pbx.redirect(citizen.channel, "room-citizen", citizen_to)
            else:
                place = {"ROOM": citizen.uniqueid, "CITIZEN_CHANNEL": citizen.channel, "GROUP(room)": citizen.uniqueid}
                for name, value in place.items():
                    await self._pbx.set_variable(agent.channel, name, value)
                await self._pbx.redirect_both(
                    citizen.channel, ("room-citizen", citizen_to), agent.channel, ("room-guest", "agent")
                )
            await self._arrived(linkedid, extension, citizen_to)

    async def _arrived(self, linkedid: str, extension: str, citizen_to: str) -> None:
        """Returns also when one of them has hung up on the way: what follows then is the dialplan's."""
        with suppress(Conflict):
            await self._moves.until(linkedid, lambda now: now.have_arrived(extension, citizen_to))

    async def _ring_into(
        self, citizen: LiveChannel, linkedid: str, third: Third, command_id: int, *, alone: bool
    ) -> DialResult:
        return await self._pbx.ring(
            third.address,
            guest_id(command_id, linkedid),
            ("room-guest", "third"),
            # Never the citizen's: whom a telephone may show the citizen to, the desk's page knows (decision 0014).
            caller_id=self._outgoing.line_number,
            ring_seconds=INVITED_SECONDS,
            variables={
                "ROOM": citizen.uniqueid,
                "NUMBER": third.number,
                "CITIZEN_CHANNEL": citizen.channel,
                "OUTSIDE": "yes" if third.outside else "no",
                "ALONE": "yes" if alone else "no",
                "GROUP(invited)": citizen.uniqueid,
                **({} if third.outside else {CALL_HEADER: linkedid}),
            },
        )
