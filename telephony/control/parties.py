"""The parties of a call: its live channels, by what each is there. Pure."""

from dataclasses import dataclass

from core.channel_ids import ChannelUse, is_guest, use_of
from core.errors import Conflict
from telephony.calls.call_state import LegRole
from telephony.calls.channel_names import person_of, role_of
from telephony.control.rows import LiveChannel

IN_ROOM = "ConfBridge"
"""The dialplan's application of everybody in the room."""
_ON_HOLD = "MusicOnHold"
_CALLING_OUT = (ChannelUse.CALL_OUT, ChannelUse.CALLBACK)


@dataclass(frozen=True)
class Parties:
    """The live channels of one call."""

    citizen: LiveChannel
    """The caller; in a call that we made, the person called, or our own telephone until that person is there."""
    city: tuple[LiveChannel, ...]
    """Agents, crews, outside numbers, in the order in which they came."""

    def of(self, extension: str) -> LiveChannel | None:
        return next((row for row in self.city if person_of(row.channel) == extension and row.state == "Up"), None)

    @property
    def citizen_in_room(self) -> bool:
        return self.citizen.application == IN_ROOM and self.citizen.application_data.startswith(
            f"{self.citizen.uniqueid},"
        )

    def citizen_at(self, place: str) -> bool:
        """`place`: `join` (in the room) or `hold` (hears music), as the dialplan's [room-citizen] names them."""
        return self.citizen_in_room if place == "join" else self.citizen.application == _ON_HOLD

    def can_be_moved(self, extension: str) -> bool:
        """`extension` is in the room, or put together with the citizen. Answered, and taken away before that, the
        citizen would count as having hung up, and the agent's telephone would be hung up (app_queue, wait_for_answer).
        True also where there is nothing to wait for: that telephone is not in the call.
        """
        agent = self.of(extension)
        return agent is None or agent.application == IN_ROOM or "" != agent.bridge_id == self.citizen.bridge_id

    def have_arrived(self, extension: str, place: str) -> bool:
        """The citizen is at `place` and the agent in the room; or the agent has left, and nobody need wait."""
        agent = self.of(extension)
        return agent is None or (agent.application == IN_ROOM and self.citizen_at(place))


def find_parties(rows: list[LiveChannel], linkedid: str) -> Parties:
    """Raises Conflict when the citizen's channel is not there (any more)."""
    mine = [row for row in rows if row.linkedid == linkedid]
    first = next((row for row in mine if row.uniqueid == linkedid), None)
    ours = first is None or use_of(linkedid) in _CALLING_OUT or role_of(person_of(first.channel)) is LegRole.AGENT
    citizen = (ours and next((row for row in mine if row is not first and _is_called(row)), None)) or first
    if citizen is None:
        raise Conflict("这通电话已经结束。")
    return Parties(citizen, tuple(row for row in mine if row is not citizen and row.endpoint))


def _is_called(row: LiveChannel) -> bool:
    """Nobody's guest and no agent: of a call that we made, whom we called."""
    return not is_guest(row.uniqueid) and role_of(person_of(row.channel)) in (LegRole.OUTSIDE, LegRole.UNIT)
