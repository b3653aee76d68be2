"""Commands to the PBX: arguments that are refused, and rows read from what Asterisk 22 sent."""

from collections.abc import Coroutine
from typing import Any

import pytest
from asterisk.ami.action import Action

from core.errors import BadInput, Conflict
from core.tasks import spawn
from telephony.ami.framing import ManagerEvent, ManagerResponse
from telephony.ami.status import ManagerActionFailed
from telephony.calls.channel_names import endpoint_of
from telephony.control.control import Control
from telephony.control.dial_results import DialResult, parse_dial_result
from telephony.control.rows import DeviceState, parse_channels, parse_device_state, parse_queue


class Refusing:
    """A manager that answers everything with one refusal, or nothing at all."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.sent: list[Action] = []

    async def send(self, action: Action, *, seconds: float | None = None) -> ManagerResponse:
        self.sent.append(action)
        if self.refusal:
            raise ManagerActionFailed(action.name, ManagerResponse("Error", {"Message": self.refusal}))
        return ManagerResponse("Success")

    async def collect(
        self, action: Action, *, seconds: float | None = None
    ) -> tuple[ManagerResponse, list[ManagerEvent]]:
        return await self.send(action), []


BAD = ["", "1001/x", "1001&PJSIP/1002", "unit 07", "1001\r\nAction: Originate", "Unit-07", "灯", "a" * 65]


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_name_never_reaches_asterisk(name: str) -> None:
    conn = Refusing()
    control = Control(conn)
    dial = {"caller_id": "12345", "ring_seconds": 5.0}
    commands = [
        lambda: control.queue_add(name),
        lambda: control.queue_remove(name),
        lambda: control.queue_pause(name, "lunch"),
        lambda: control.originate_dispatch(name, "dispatch-1-1", **dial),
        lambda: control.originate_dispatch("unit-07", name, **dial),
        lambda: control.redirect("PJSIP/1001-00000001", name, "110"),
        lambda: control.transfer("PJSIP/1001-00000001", "emergency", name),
    ]
    for command in commands:
        with pytest.raises(BadInput):
            await command()
    assert conn.sent == []


class Moving(Refusing):
    """Refuses a channel that is on its way, `times` times."""

    def __init__(self, times: int, refusal: str = "Redirect failed, channel not up.") -> None:
        super().__init__(refusal)
        self.times = times

    async def send(self, action: Action, *, seconds: float | None = None) -> ManagerResponse:
        self.times -= 1
        if self.times < 0:
            self.refusal = ""
        return await super().send(action, seconds=seconds)


def both(control: Control) -> Coroutine[Any, Any, None]:
    return control.redirect_both("PJSIP/trunk-1", ("room-citizen", "hold"), "PJSIP/1001-1", ("room-guest", "agent"))


async def test_a_channel_on_its_way_is_asked_again_until_it_can_be_sent_elsewhere() -> None:
    conn = Moving(2)
    await Control(conn).redirect("PJSIP/trunk-1", "room-citizen", "join")
    assert [action.name for action in conn.sent] == ["Redirect"] * 3
    conn = Moving(2, "Redirect failed, extra channel not up.")
    await both(Control(conn))
    assert len(conn.sent) == 3


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("Channel does not exist: PJSIP/trunk-1", "有一方刚刚挂断"),
        ("ExtraChannel does not exist: PJSIP/1001-1", "有一方刚刚挂断"),
        ("Redirect failed, channel not up.", "通话还在，请稍后再试"),
    ],
)
async def test_a_channel_that_is_gone_or_never_arrives_is_said_in_words_for_the_agent(
    monkeypatch: pytest.MonkeyPatch, refusal: str, words: str
) -> None:
    monkeypatch.setattr("telephony.control.control._UNDER_WAY_SECONDS", 0.01)
    with pytest.raises(Conflict, match=words):
        await both(Control(Refusing(refusal)))


async def test_another_refusal_of_a_redirect_is_raised_at_once() -> None:
    conn = Refusing("Secondary redirect failed")
    with pytest.raises(ManagerActionFailed, match="Secondary"):
        await both(Control(conn))
    assert len(conn.sent) == 1


@pytest.mark.parametrize(
    "dial",
    [
        *({"caller_id": "1<2>", "ring_seconds": 5}, {"caller_id": "", "ring_seconds": 5}),
        *({"caller_id": "1", "ring_seconds": 0}, {"caller_id": "1", "ring_seconds": 601}),
    ],
)
async def test_a_call_wants_a_number_and_a_sensible_time(dial: dict) -> None:
    with pytest.raises(BadInput):
        await Control(Refusing()).originate_dispatch("unit-07", "dispatch-1-1", **dial)


async def test_what_is_so_already_is_no_failure() -> None:
    assert not await Control(Refusing("Unable to add interface: Already there")).queue_add("1001")
    assert not await Control(Refusing("Unable to remove interface: Not there")).queue_remove("1001")
    assert not await Control(Refusing("Interface not found")).queue_unpause("1001")
    assert not await Control(Refusing("No such channel")).hang_up("dispatch-1-1")
    with pytest.raises(ManagerActionFailed):
        await Control(Refusing("Permission denied")).queue_add("1001")


@pytest.mark.parametrize(
    ("answered", "reason", "cause", "result"),
    [
        (True, "4", "", DialResult.ANSWERED),
        (False, "0", "17", DialResult.BUSY),
        (False, "0", "21", DialResult.BUSY),
        (False, "0", "19", DialResult.NO_ANSWER),
        (False, "3", "", DialResult.NO_ANSWER),
        (False, "0", "", DialResult.UNREACHABLE),
        (False, "77", "", DialResult.FAILED),
    ],
)
def test_what_became_of_a_call(answered: bool, reason: str, cause: str, result: DialResult) -> None:
    assert parse_dial_result(answered, reason, cause) is result


@pytest.mark.parametrize(
    ("word", "state"),
    [
        *(("1", DeviceState.NOT_IN_USE), ("NOT_INUSE", DeviceState.NOT_IN_USE), ("Not in use", DeviceState.NOT_IN_USE)),
        *(("6", DeviceState.RINGING), ("RINGINUSE", DeviceState.RING_IN_USE), ("ONHOLD", DeviceState.ON_HOLD)),
        *(("5", DeviceState.UNAVAILABLE), ("INVALID", DeviceState.INVALID), ("", DeviceState.UNKNOWN)),
        *(("99", DeviceState.UNKNOWN), ("nonsense", DeviceState.UNKNOWN)),
    ],
)
def test_asterisks_words_for_a_phones_state(word: str, state: DeviceState) -> None:
    assert parse_device_state(word) is state


@pytest.mark.parametrize(
    ("interface", "endpoint"),
    [("PJSIP/1001", "1001"), ("PJSIP/1001-web-0000002a", "1001-web"), ("PJSIP/unit-07", "unit-07"), ("Local/x@y", "")],
)
def test_the_endpoint_in_a_channels_name(interface: str, endpoint: str) -> None:
    assert endpoint_of(interface) == endpoint


def test_a_queue_is_read_with_members_and_callers_in_order() -> None:
    member = {"Queue": "hotline", "Location": "PJSIP/1001", "Status": "1", "Paused": "1", "PausedReason": "午餐"}
    caller = {"Queue": "hotline", "Channel": "PJSIP/trunk-00000001", "Uniqueid": "qufu-1.1", "CallerIDNum": "<unknown>"}
    queue = parse_queue(
        "hotline",
        [
            ManagerEvent("QueueParams", {"Queue": "hotline", "Completed": "7", "Abandoned": "2"}),
            ManagerEvent("QueueMember", {**member, "InCall": "0", "CallsTaken": "3", "LastCall": "1763712000"}),
            ManagerEvent("QueueMember", {**member, "Queue": "other"}),
            ManagerEvent("QueueEntry", {**caller, "Position": "2", "Wait": "5"}),
            ManagerEvent("QueueEntry", {**caller, "Position": "1", "Wait": "9"}),
        ],
    )
    assert (queue.completed, queue.abandoned) == (7, 2)
    assert [(m.endpoint, m.state, m.paused, m.paused_reason, m.calls_taken) for m in queue.members] == [
        ("1001", DeviceState.NOT_IN_USE, True, "午餐", 3)
    ]
    assert [(one.position, one.wait_seconds, one.caller_number) for one in queue.waiting] == [(1, 9, ""), (2, 5, "")]


def test_a_live_channel_tells_whether_it_awaits_our_orders() -> None:
    keys = {"Channel": "PJSIP/unit-07-00000003", "Uniqueid": "dispatch-7-1", "Duration": "00:01:05"}
    keys |= {"Application": "AGI", "ApplicationData": "agi:async"}
    [row] = parse_channels([ManagerEvent("CoreShowChannel", keys), ManagerEvent("Other", {})])
    assert (row.endpoint, row.duration_seconds, row.awaits_orders) == ("unit-07", 65, True)


class Started(Refusing):
    """A manager that takes an originate; what becomes of it the test tells. The telephone is registered at `place`."""

    def __init__(self, place: str = "PJSIP/unit-07/sip:unit-07@127.0.0.1:5060") -> None:
        super().__init__()
        self.place = place

    async def send(self, action: Action, *, seconds: float | None = None) -> ManagerResponse:
        await super().send(action)
        return ManagerResponse("Success", {"Value": self.place} if action.name == "Getvar" else {})


@pytest.mark.parametrize(
    ("expected", "result"),
    [
        (["OriginateResponse", "HangupRequest"], DialResult.BUSY),
        (["HangupRequest", "OriginateResponse"], DialResult.BUSY),
        (["OriginateResponse", "Hangup"], DialResult.BUSY),
        (["OriginateResponse"], DialResult.UNREACHABLE),
    ],
)
async def test_a_busy_phone_is_busy_in_whichever_order_asterisk_tells_it(
    expected: list[str], result: DialResult, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony.control.placed_calls._CAUSE_SECONDS", 0.05)
    control = Control(Started())
    dialling = spawn(
        control.originate_dispatch("unit-07", "dispatch-1-1", caller_id="12345", ring_seconds=5), name="dial"
    )
    await until(lambda: control._dialled)
    for name in expected:
        said = {"Response": "Failure", "Reason": "0"} if name == "OriginateResponse" else {"Cause": "17"}
        control.handle(ManagerEvent(name, {"Uniqueid": "dispatch-1-1", **said}))
    assert await dialling is result


async def test_only_a_telephones_own_contact_is_rung_and_it_is_the_one_that_was_looked_at(until: Any) -> None:
    conn = Started()
    control = Control(conn)
    dialling = spawn(control.originate_dispatch("unit-07", "d-1", caller_id="12345", ring_seconds=5), name="dial")
    await until(lambda: len(conn.sent) == 2)
    assert conn.sent[1].keys["Channel"] == conn.place
    control.handle(ManagerEvent("OriginateResponse", {"Uniqueid": "d-1", "Response": "Success", "Reason": "4"}))
    assert await dialling is DialResult.ANSWERED
    for elsewhere in ("", "PJSIP/unit-07/sip:0085212345678@127.0.0.1:5060", f"{conn.place};maddr=10.0.0.9"):
        conn = Started(elsewhere)
        rung = await Control(conn).originate_dispatch("unit-07", "d-2", caller_id="12345", ring_seconds=5)
        assert rung is DialResult.UNREACHABLE
        assert [one.name for one in conn.sent] == ["Getvar"]
