"""Make the real calls of samples/cel/README.md with a real Asterisk and save what CEL says of each.

Run it from the repository's root: `python -m tests.support.capture_calls [CASE …]`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import Unavailable
from telephony.phone import Phone, PhoneCall
from tests.support.exchange import Exchange, RawManager, tone, until

HERE = Path(__file__).parents[2] / "samples/cel"
Case = Callable[[Exchange, RawManager], int]
"""Makes the call and gives the number of linkedids that it has."""
CASES: dict[str, Case] = {}


def case(scenario: Case) -> Case:
    CASES[scenario.__name__.replace("_", "-")] = scenario
    return scenario


def talk(call: PhoneCall, seconds: float = 1.0) -> None:
    call.say(tone(440, seconds))


def in_bridge(manager: RawManager, count: int = 2) -> None:
    """Waits until the given number of channels are in bridges since this case began."""
    until(lambda: len(manager.events("BridgeEnter")) >= count, 15, "the bridge")


def channel_of(manager: RawManager, endpoint: str) -> str:
    return [e["Channel"] for e in manager.events("BridgeEnter") if e["Channel"].startswith(f"PJSIP/{endpoint}-")][-1]


@case
def answered(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001"), pbx.phone("citizen-1", number="13900000001", name="王小明") as citizen:
        call = citizen.call("12345")
        in_bridge(manager)
        talk(call)
        call.hang_up()
    return 1


@case
def answered_agent_hangs_up(pbx: Exchange, manager: RawManager) -> int:
    """The caller presses nothing when asked for a rating."""
    with pbx.agent("1001") as agent, pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        leg = agent.wait_call(10)
        in_bridge(manager)
        talk(leg)
        leg.hang_up()
        call.wait_ended(8)
    return 1


@case
def survey_key_pressed(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001") as agent, pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        leg = agent.wait_call(10)
        in_bridge(manager)
        talk(leg)
        leg.hang_up()
        manager.wait_event("CEL", 5, UserDefType="CONVERSATION_ENDED")
        time.sleep(0.5)
        call.press("4")
        call.wait_ended(8)
    return 1


@case
def first_agent_does_not_answer(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001", rings=True), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        manager.wait_event("DialBegin", DestChannel=first_channel(manager))
        with pbx.agent("1002"):
            in_bridge(manager)
            talk(call)
            call.hang_up()
    return 1


def first_channel(manager: RawManager) -> str:
    until(lambda: manager.events("DialBegin"), 10, "a ringing agent")
    return manager.events("DialBegin")[0]["DestChannel"]


@case
def abandoned_in_queue(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001", rings=True), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        first_channel(manager)
        time.sleep(1)
        call.hang_up()
    return 1


@case
def hung_up_in_greeting(pbx: Exchange, manager: RawManager) -> int:
    with pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        time.sleep(0.6)
        call.hang_up()
    return 1


@case
def message_left(pbx: Exchange, manager: RawManager) -> int:
    """Nobody is signed in; the caller speaks and is then silent."""
    with pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        time.sleep(4)
        talk(call, 3)
        call.wait_ended(15)
    return 1


@case
def message_left_by_hanging_up(pbx: Exchange, manager: RawManager) -> int:
    with pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        time.sleep(4)
        talk(call, 3)
        call.hang_up()
    return 1


@case
def no_agents_and_no_message(pbx: Exchange, manager: RawManager) -> int:
    """Nobody is signed in; the caller hangs up while being asked for a message."""
    with pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        time.sleep(2)
        call.hang_up()
    return 1


@case
def no_agents_and_silence(pbx: Exchange, manager: RawManager) -> int:
    """Nobody is signed in; the caller says nothing after the tone."""
    with pbx.phone("citizen-1", number="13900000001") as citizen:
        citizen.call("12345").wait_ended(20)
    return 1


@case
def callback_asked(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001", rings=True), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        first_channel(manager)
        call.press("1")
        call.wait_ended(10)
    return 1


@case
def callback_asked_number_withheld(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001", rings=True), pbx.phone("citizen-1", number="anonymous", name="Anonymous") as citizen:
        call = citizen.call("12345")
        first_channel(manager)
        call.press("1")
        time.sleep(2)
        call.press("13900000001#")
        call.wait_ended(10)
    return 1


@case
def message_by_key(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001", rings=True), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        first_channel(manager)
        call.press("2")
        time.sleep(2.5)
        talk(call, 3)
        call.wait_ended(15)
    return 1


@case
def blind_transfer_to_agent(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001"), pbx.phone("1002"), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        in_bridge(manager)
        talk(call)
        manager.action("BlindTransfer", Channel=channel_of(manager, "1001"), Context="agents", Exten="1002")
        in_bridge(manager, 4)
        talk(call)
        call.hang_up()
    return 1


@case
def blind_transfer_by_refer(pbx: Exchange, manager: RawManager) -> int:
    """The agent's own telephone transfers (SIP REFER)."""
    with pbx.agent("1001") as agent, pbx.phone("1002"), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        leg = agent.wait_call(10)
        in_bridge(manager)
        leg.transfer("1002")
        in_bridge(manager, 4)
        talk(call)
        call.hang_up()
    return 1


@case
def blind_transfer_not_answered(pbx: Exchange, manager: RawManager) -> int:
    """The second agent's telephone is not there: the citizen goes back to the queue and gets the first again."""
    with pbx.agent("1001"), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        in_bridge(manager)
        manager.action("BlindTransfer", Channel=channel_of(manager, "1001"), Context="agents", Exten="1002")
        in_bridge(manager, 4)
        talk(call)
        call.hang_up()
    return 1


@case
def attended_transfer(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001") as agent, pbx.phone("1002"), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        leg = agent.wait_call(10)
        in_bridge(manager)
        talk(call)
        manager.action("Atxfer", Channel=channel_of(manager, "1001"), Context="agents", Exten="1002")
        in_bridge(manager, 4)
        talk(leg)
        leg.hang_up()
        manager.wait_event("AttendedTransfer")
        talk(call)
        call.hang_up()
    return 1


@case
def transferred_to_110(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001"), pbx.phone("emergency-110"), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        in_bridge(manager)
        manager.action("BlindTransfer", Channel=channel_of(manager, "1001"), Context="emergency", Exten="110")
        in_bridge(manager, 4)
        talk(call)
        call.hang_up()
    return 1


@case
def transfer_to_110_fails(pbx: Exchange, manager: RawManager) -> int:
    """110 does not answer: back to the queue, where the agent gets the caller again."""
    with pbx.agent("1001"), pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        in_bridge(manager)
        manager.action("BlindTransfer", Channel=channel_of(manager, "1001"), Context="emergency", Exten="110")
        in_bridge(manager, 4)
        call.hang_up()
    return 1


def originate(manager: RawManager, channel: str, ident: str) -> None:
    manager.action("Originate", Channel=channel, Context="dispatch", Exten="s", Priority="1", Timeout="5000",
                   CallerID='"12345" <12345>', ChannelId=ident, Async="true")  # fmt: skip


@case
def dispatch_answered(pbx: Exchange, manager: RawManager) -> int:
    """Plays a prompt, waits for key 1, says so in a CEL event of its own, hangs up."""
    ident = f"dispatch-1-{int(time.time())}"
    with pbx.phone("unit-01") as crew:
        originate(manager, "PJSIP/unit-01", ident)
        call = crew.wait_call(10)
        channel = manager.wait_event("AsyncAGIStart")["Channel"]

        def agi(command: str) -> None:
            manager.action("AGI", Channel=channel, Command=command, CommandID=command)
            manager.wait_event("AsyncAGIExec", CommandId=command)

        agi("STREAM FILE greeting 1")
        call.press("1")
        agi("WAIT FOR DIGIT 3000")
        agi("EXEC CELGenUserEvent ACKNOWLEDGED,1")
        agi("HANGUP")
        call.wait_ended(5)
    return 1


@case
def dispatch_crew_hangs_up(pbx: Exchange, manager: RawManager) -> int:
    with pbx.phone("unit-01") as crew:
        originate(manager, "PJSIP/unit-01", f"dispatch-2-{int(time.time())}")
        call = crew.wait_call(10)
        manager.wait_event("AsyncAGIStart")
        call.hang_up()
    return 1


@case
def dispatch_not_answered(pbx: Exchange, manager: RawManager) -> int:
    with pbx.phone("unit-01", rings=True):
        originate(manager, "PJSIP/unit-01", f"dispatch-3-{int(time.time())}")
        manager.wait_event("OriginateResponse", 15)
    return 1


@case
def dispatch_busy(pbx: Exchange, manager: RawManager) -> int:
    with Phone(pbx.account("unit-01"), PhoneCall.refuse) as crew:
        crew.register()
        originate(manager, "PJSIP/unit-01", f"dispatch-4-{int(time.time())}")
        manager.wait_event("OriginateResponse", 15)
    return 1


@case
def dispatch_phone_away(pbx: Exchange, manager: RawManager) -> int:
    """The crew's telephone is not registered: there is no channel and CEL says nothing at all."""
    originate(manager, "PJSIP/unit-02", f"dispatch-5-{int(time.time())}")
    manager.wait_event("OriginateResponse", 15)
    return 0


@case
def hold_and_unhold(pbx: Exchange, manager: RawManager) -> int:
    with pbx.agent("1001") as agent, pbx.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        leg = agent.wait_call(10)
        in_bridge(manager)
        leg.hold()
        manager.wait_event("Hold")
        leg.unhold()
        manager.wait_event("Unhold")
        call.hang_up()
    return 1


@case
def agent_calls_crew(pbx: Exchange, manager: RawManager) -> int:
    with pbx.phone("1001") as agent, pbx.phone("unit-01"):
        call = agent.call("unit-01")
        in_bridge(manager)
        talk(call)
        call.hang_up()
    return 1


@case
def two_agents_ring(pbx: Exchange, manager: RawManager) -> int:
    """With the strategy ringall."""
    with pbx.agent("1001", rings=True), pbx.agent("1002", rings=True) as second, pbx.phone("citizen-1") as citizen:
        call = citizen.call("12345")
        leg = second.wait_call(10)
        until(lambda: len(manager.events("DialBegin")) == 2, 5, "both ringing")
        leg.answer()
        in_bridge(manager)
        talk(call)
        call.hang_up()
    return 1


@case
def waited_too_long(pbx: Exchange, manager: RawManager) -> int:
    """The queue's time is up (3 s here); the caller hangs up when asked for a message."""
    with pbx.agent("1001", rings=True), pbx.phone("citizen-1") as citizen:
        call = citizen.call("12345")
        time.sleep(5.5)
        call.hang_up()
    return 1


VARIANT = {"two-agents-ring": {"ring_strategy": "ringall"}, "waited-too-long": {"queue_wait_seconds": 3}}
KEPT_EVENTS = ("CEL", "Hold", "Unhold", "OriginateResponse", "AsyncAGIStart", "AsyncAGIExec", "AsyncAGIEnd")


def capture(pbx: Exchange, name: str) -> str:
    with pbx.manager() as manager:
        skip = pbx.begin()
        linkedids = CASES[name](pbx, manager)
        pbx.wait_over(skip, linkedids) if linkedids else time.sleep(1)
        lines = pbx.cel_lines()[skip:]
        until(lambda: len(manager.events("CEL")) >= len(lines), 5, "the same over the manager")
        frames = [f for f in manager.frames if f.split("\r\n")[0].removeprefix("Event: ") in KEPT_EVENTS]
    (HERE / f"{name}.csv").write_text("".join(f"{line}\n" for line in lines))
    (HERE / f"{name}.ami").write_text("".join(frame.replace("\r\n", "\n") + "\n\n" for frame in frames))
    return f"{len(lines)} rows"


def main(names: list[str]) -> int:
    failed = 0
    variants: list[tuple[dict[str, object], list[str]]] = [({}, [n for n in names if n not in VARIANT])]
    variants += [(VARIANT[name], [name]) for name in names if name in VARIANT]
    for settings, group in variants:
        if not group:
            continue
        with tempfile.TemporaryDirectory(prefix="cel-") as directory:
            pbx = Exchange(Path(directory), **settings)
            pbx.start()
            try:
                for name in group:
                    try:
                        result = capture(pbx, name)
                    except (AssertionError, Unavailable, IndexError) as error:
                        failed += 1
                        result = f"FAILED: {error!r}"
                    sys.stdout.write(f"{name:36} {result}\n")
                    sys.stdout.flush()
            finally:
                pbx.stop()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(CASES)))
