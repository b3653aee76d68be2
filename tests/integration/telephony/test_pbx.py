"""The exchange as citizens, agents and crews meet it: real Asterisk, real phones, none of our program."""

from __future__ import annotations

import base64
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from telephony.pbx.checks.configuration import check_configuration
from telephony.pbx.checks.running import check_running
from telephony.pbx.errors import PbxNotRunning, PbxStartFailed
from telephony.pbx.process import PbxProcess
from telephony.pbx.render import install_configuration
from telephony.phone import CallEnded, CallRefused, CallStage, Phone, PhoneAccount, PhoneCall
from tests.support.exchange import PROMPTS, CelRow, Exchange, RawManager, tone, until, until_heard
from tests.support.hearing import heard_seconds, samples_of, seconds_of, spans

CITIZEN_HERTZ, AGENT_HERTZ = 440, 1300


def only(rows: list[CelRow], event: str, **columns: str) -> CelRow:
    found = [row for row in rows if row["event"] == event and all(row[key] == value for key, value in columns.items())]
    assert len(found) == 1, f"{len(found)} × {event} {columns}"
    return found[0]


def user_events(rows: list[CelRow]) -> list[str]:
    return [row["user_event"] for row in rows if row["event"] == "USER_DEFINED"]


def answered_call(exchange: Exchange) -> list[CelRow]:
    """Both sides say a tone of their own in the same moment, twice."""
    skip = exchange.begin()
    with exchange.agent("1001") as agent, exchange.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        leg = agent.wait_call(20)
        exchange.wait_joined(skip)
        for _ in range(2):
            said = [call.media.say(tone(CITIZEN_HERTZ, 1)), leg.media.say(tone(AGENT_HERTZ, 1))]
            for done in said:
                assert done.wait(30)
            call.say(bytes(16000))
        until(lambda: heard_seconds(call.heard(), AGENT_HERTZ) > 1.8, 20, "the citizen hearing the agent")
        until(lambda: heard_seconds(leg.heard(), CITIZEN_HERTZ) > 1.8, 20, "the agent hearing the citizen")
        call.hang_up()
        assert leg.wait_ended(20)
        assert leg.ended is CallEnded.BY_FAR_END
    return exchange.wait_over(skip)


def test_an_answered_call_is_recorded_leg_by_leg_and_in_step(asterisk: Exchange) -> None:
    rows = answered_call(asterisk)
    citizen, city = (samples_of(asterisk.recording(rows, leg)) for leg in ("rx", "tx"))
    assert heard_seconds(citizen, CITIZEN_HERTZ) > 1.8
    assert heard_seconds(citizen, AGENT_HERTZ) == 0
    assert heard_seconds(city, AGENT_HERTZ) > 1.8
    assert heard_seconds(city, CITIZEN_HERTZ) == 0
    # A second of silence lies between the two tones; a shorter gap is a stall of this machine.
    beginnings = [
        [begin for begin, _ in spans(leg, hertz, gap_seconds=0.5)]
        for leg, hertz in ((citizen, CITIZEN_HERTZ), (city, AGENT_HERTZ))
    ]
    assert beginnings[0] == pytest.approx(beginnings[1], abs=0.1)
    assert len(beginnings[0]) == 2


def test_both_legs_last_as_long_as_the_call(asterisk: Exchange) -> None:
    rows = answered_call(asterisk)
    answer = float(next(row for row in rows if row["event"] == "ANSWER")["event_time"])
    hangup = float(only(rows, "HANGUP", context="line")["event_time"])
    for leg in ("rx", "tx"):
        # A stall of this machine costs a recording tenths of a second. What a leg could lack, the greeting, is longer.
        assert abs(seconds_of(asterisk.recording(rows, leg)) - (hangup - answer)) < 1


def test_the_greeting_is_heard_and_recorded_from_its_beginning(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with asterisk.phone("citizen-1") as citizen:
        call = citizen.call("12345")
        until(lambda: any(row["user_event"] == "GREETED" for row in asterisk.cel_rows(skip=skip)), 20, "the greeting")
        until(lambda: heard_seconds(call.heard(), PROMPTS["greeting"]) > 0.9, 20, "the whole greeting")
        call.hang_up()
    rows = asterisk.wait_over(skip)
    assert heard_seconds(samples_of(asterisk.recording(rows, "tx")), PROMPTS["greeting"]) > 0.9


def test_who_is_signed_in_stays_so_when_the_exchange_restarts_and_nobody_is_attached(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.start()
    try:
        exchange.sign_in("1001")
        exchange.stop()
        exchange.start()
        with exchange.phone("1001") as agent, exchange.phone("citizen-1") as citizen:
            call = citizen.call("12345")
            assert agent.wait_call(20).stage in {CallStage.RINGING, CallStage.TALKING}
            call.hang_up()
        rows = exchange.wait_over(0)
        assert exchange.recording(rows, "rx").exists()
    finally:
        exchange.stop()


ODD_CALLERS = [
    ("", ""),
    ("Anonymous", "anonymous"),
    ("", "+8613900000001"),
    ('王小明，"代"李\'四', "0537-4411000"),
    ("letters", "hotline-caller"),
    ("'; $(touch {marker}) `touch {marker}` <script>", "13900000001"),
    ("${SHELL(touch {marker})} $[1+1]", "$(touch {marker})"),
    ("long", "9" * 300),
    ("n" * 300, "13900000001"),
]


@pytest.mark.parametrize(("name", "number"), ODD_CALLERS, ids=range(len(ODD_CALLERS)))
def test_an_odd_caller_is_answered_and_does_no_harm(asterisk: Exchange, tmp_path: Path, name: str, number: str) -> None:
    marker = str(tmp_path / "harm")
    name, number = name.replace("{marker}", marker), number.replace("{marker}", marker)
    skip = asterisk.begin()
    account = PhoneAccount("trunk", "", asterisk.settings.sip_port, host="127.0.0.2", name=name, number=number)
    with asterisk.agent("1001") as agent, Phone(account) as trunk:
        call = trunk.call("12345")
        assert agent.wait_call(20).wait(lambda: call.stage is CallStage.TALKING, 20)
        call.hang_up()
    rows = asterisk.wait_over(skip)
    first = rows[0]
    assert first["context"] == "from-trunk"
    recording = asterisk.recording(rows, "rx")
    assert recording.name == f"{first['uniqueid']}-rx.wav"
    assert recording.exists()
    assert not Path(marker).exists()


def test_a_message_is_recorded_when_nobody_is_signed_in(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with asterisk.phone("citizen-1") as citizen:
        call = citizen.call("12345")
        until(lambda: heard_seconds(call.heard(), PROMPTS["leave-message"]) > 0.9, 20, "being asked")
        call.say(bytes(16000))
        call.say(tone(CITIZEN_HERTZ, 3))
        assert call.wait_ended(20)
        assert heard_seconds(call.heard(), PROMPTS["message-thanks"]) > 0.8
    rows = asterisk.wait_over(skip)
    assert user_events(rows)[-2:] == ["QUEUE_LEFT", "MESSAGE_LEFT"]
    message = asterisk.recording(rows, "message")
    assert heard_seconds(samples_of(message), CITIZEN_HERTZ) > 2.5


def test_silence_after_the_tone_is_no_message(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with asterisk.phone("citizen-1") as citizen:
        assert citizen.call("12345").wait_ended(20)
    assert "MESSAGE_LEFT" not in user_events(asterisk.wait_over(skip))


def test_key_1_in_the_queue_keeps_the_place_by_call_back(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with asterisk.agent("1001", rings=True) as agent, asterisk.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        ringing = agent.wait_call(20)
        call.press("1")
        assert ringing.wait_ended(20)
        assert ringing.ended is CallEnded.MISSED
        assert call.wait_ended(20)
        assert heard_seconds(call.heard(), PROMPTS["callback-noted"]) > 0.8
    asked = only(asterisk.wait_over(skip), "USER_DEFINED", user_event="CALLBACK_ASKED")
    assert asked["extra"] == '{"extra":"13900000001"}'


def dispatch(manager: RawManager, unit: str, ident: str) -> None:
    manager.action("Originate", Channel=f"PJSIP/{unit}", Context="dispatch", Exten="s", Priority="1", Timeout="20000",
                   CallerID='"12345" <12345>', ChannelId=ident, Async="true")  # fmt: skip


def test_a_dispatch_call_speaks_takes_key_1_and_is_recorded(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    ident = f"dispatch-test-{time.time_ns()}"
    with asterisk.manager() as manager, asterisk.phone("unit-01") as crew:
        dispatch(manager, "unit-01", ident)
        call = crew.wait_call(20)
        started = manager.wait_event("AsyncAGIStart", Uniqueid=ident)
        prompt = asterisk.settings.prompts_directory / "greeting"
        for number, command in enumerate((f"STREAM FILE {prompt} 1", "WAIT FOR DIGIT 5000", "HANGUP")):
            manager.action("AGI", Channel=started["Channel"], Command=command, CommandID=str(number))
            if number == 1:
                call.press("1")
            done = manager.wait_event("AsyncAGIExec", CommandId=str(number))
            if number == 1:
                assert "result%3D49" in done["Result"]  # the character code of 1
        assert call.wait_ended(20)
        assert heard_seconds(call.heard(), PROMPTS["greeting"]) > 0.8
    rows = asterisk.wait_over(skip)
    assert rows[0]["uniqueid"] == ident
    assert heard_seconds(samples_of(asterisk.recording(rows, "tx")), PROMPTS["greeting"]) > 0.8


def test_a_busy_crew_and_one_without_a_phone_are_told_apart_by_the_hangup_cause(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with asterisk.manager() as manager, Phone(asterisk.account("unit-01"), PhoneCall.refuse) as crew:
        crew.register()
        for unit, ident in (("unit-01", "dispatch-busy"), ("unit-02", "dispatch-away")):
            dispatch(manager, unit, ident)
            said = manager.wait_event("OriginateResponse", Uniqueid=ident)
            assert (said["Response"], said["Reason"]) == ("Failure", "0")
    rows = asterisk.wait_over(skip)
    assert '"hangupcause":17' in only(rows, "HANGUP", uniqueid="dispatch-busy")["extra"]
    assert not [row for row in rows if row["uniqueid"] == "dispatch-away"]


def test_a_transferred_call_goes_on_in_the_same_recording(asterisk: Exchange) -> None:
    """The second agent's RTP sequence numbers are lower: a MixMonitor that is not restarted loses that voice then."""
    skip = asterisk.begin()
    with (
        asterisk.agent("1001", rings=True) as first,
        asterisk.phone("1002", rings=True) as second,
        asterisk.phone("citizen-1") as citizen,
    ):
        call = citizen.call("12345")
        leg = first.wait_call(20)
        leg.media.sequence = 30_000
        leg.answer()
        asterisk.wait_joined(skip)
        until_heard(call, leg, AGENT_HERTZ)
        leg.transfer("1002")
        other = second.wait_call(20)
        other.media.sequence = 1_000
        other.answer()
        asterisk.wait_joined(skip, 2)
        until_heard(other, call, CITIZEN_HERTZ)
        until_heard(call, other, 1700)
        call.hang_up()
    rows = asterisk.wait_over(skip)
    assert user_events(rows).count("RECORDING_STARTED") == 1
    assert heard_seconds(samples_of(asterisk.recording(rows, "rx")), CITIZEN_HERTZ) > 0.8
    city = samples_of(asterisk.recording(rows, "tx"))
    assert heard_seconds(city, AGENT_HERTZ) > 0.8
    assert heard_seconds(city, 1700) > 0.8


def test_after_a_consultation_the_second_agents_voice_is_recorded(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with (
        asterisk.agent("1001", rings=True) as first,
        asterisk.phone("1002", rings=True) as second,
        asterisk.phone("citizen-1") as citizen,
        asterisk.manager() as manager,
    ):
        call = citizen.call("12345")
        leg = first.wait_call(20)
        leg.media.sequence = 30_000
        leg.answer()
        asterisk.wait_joined(skip)
        until_heard(call, leg, AGENT_HERTZ)
        manager.action("Atxfer", Channel=manager.wait_event("BridgeEnter")["Channel"], Context="agents", Exten="1002")
        other = second.wait_call(20)
        other.media.sequence = 1_000
        other.answer()
        until(lambda: len(manager.events("BridgeEnter")) >= 4, 20, "the consultation")
        leg.hang_up()
        manager.wait_event("AttendedTransfer", Result="Success")
        until_heard(other, call, CITIZEN_HERTZ)
        # The first half second is under Asterisk's own tone that the transfer is done.
        until_heard(call, other, 1700, 2)
        call.hang_up()
    rows = asterisk.wait_over(skip)
    assert heard_seconds(samples_of(asterisk.recording(rows, "rx")), CITIZEN_HERTZ) > 0.8
    city = samples_of(asterisk.recording(rows, "tx"))
    assert heard_seconds(city, AGENT_HERTZ) > 0.8
    assert heard_seconds(city, 1700) > 1.2


@pytest.mark.parametrize("sequence", [1_000, 40_000, 65_500])
def test_after_waiting_with_music_the_agents_voice_is_recorded(asterisk: Exchange, sequence: int) -> None:
    """From 32,768 on it was lost, that is in half of all calls, while trunk and agents spoke the same codec."""
    skip = asterisk.begin()
    with asterisk.agent("1001", rings=True) as agent, asterisk.phone("citizen-1") as citizen:
        call = citizen.call("12345")
        leg = agent.wait_call(20)
        heard = len(call.heard())
        until(lambda: len(call.heard()) - heard > 16_000, 20, "a second of music")
        leg.media.sequence = sequence
        leg.answer()
        asterisk.wait_joined(skip)
        until_heard(call, leg, AGENT_HERTZ)
        call.hang_up()
    rows = asterisk.wait_over(skip)
    assert heard_seconds(samples_of(asterisk.recording(rows, "tx")), AGENT_HERTZ) > 0.8


def test_a_reload_does_not_drop_calls(asterisk: Exchange) -> None:
    with asterisk.phone("1001") as phone:
        call = phone.call("600")
        asterisk.process.reload()
        call.say(tone(CITIZEN_HERTZ, 1))
        until(lambda: heard_seconds(call.heard(), CITIZEN_HERTZ) > 0.9, 20, "the echo")
        assert call.stage is CallStage.TALKING
        call.hang_up()


def test_the_check_has_nothing_to_say_of_a_rendered_running_exchange(asterisk: Exchange) -> None:
    missing = [str(f) for f in check_configuration(asterisk.settings) if "prompt" not in f.what]
    assert missing == []
    assert check_running(asterisk.settings) == []


def test_it_starts_without_a_warning_and_rendering_again_changes_nothing(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.start()
    exchange.stop()
    log = "".join(path.read_text() for path in exchange.settings.log.glob("messages*"))
    assert "modules will be loaded" in log
    assert [line for line in log.splitlines() if "WARNING" in line or "ERROR" in line] == []
    assert install_configuration(exchange.settings) == []
    assert exchange.process.pid() is None


def test_starting_twice_is_one_exchange_and_it_outlives_its_starter(asterisk: Exchange) -> None:
    pid = asterisk.process.pid()
    assert pid is not None
    another = PbxProcess(asterisk.settings)
    another.start()
    assert another.pid() == pid
    assert another.status().running
    assert os.getsid(pid) == pid != os.getsid(0)


def test_the_secrets_are_its_owners_alone_and_the_wrong_one_is_refused(asterisk: Exchange) -> None:
    assert asterisk.settings.secrets_file.stat().st_mode & 0o777 == 0o600
    wrong = PhoneAccount("1001", "wrong", asterisk.settings.sip_port)
    with Phone(wrong) as phone, pytest.raises(CallRefused) as refused:
        phone.call("600", 20)
    assert refused.value.status in {401, 403}


def test_after_a_sigkill_it_starts_again_over_its_stale_files(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.start()
    try:
        pid = exchange.process.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until(lambda: exchange.process.pid() is None, 20, "its end")
        assert not exchange.process.status().running
        with pytest.raises(PbxNotRunning):
            exchange.process.rx("core show uptime")
        exchange.start()
        assert exchange.process.status().running
    finally:
        exchange.stop()


def test_a_configuration_that_asterisk_refuses_is_said_with_its_last_words(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    (exchange.settings.etc / "modules.conf").write_text("[modules]\nautoload = no\nrequire = no_such_module.so\n")
    with pytest.raises(PbxStartFailed) as failed:
        exchange.start()
    assert "no_such_module" in str(failed.value)
    assert exchange.process.pid() is None


def test_a_control_socket_that_nobody_could_reach_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path / ("d" * 100))
    with pytest.raises(PbxStartFailed, match=r"control socket's path is too long .*Fix: put the var directory nearer"):
        exchange.start()
    assert not (exchange.settings.log / "console.log").exists()


def test_the_manager_account_can_run_neither_a_command_nor_a_program(asterisk: Exchange, tmp_path: Path) -> None:
    harm = tmp_path / "harm"
    with asterisk.manager() as manager:
        assert manager.action("Command", Command="core show version")["Message"] == "Permission denied"
        program = manager.action("Originate", Channel="Local/600@agents", Application="System", Data=f"touch {harm}")
        assert program["Response"] == "Error"
        written = manager.action("UpdateConfig", SrcFilename="extensions.conf", DstFilename="extensions.conf")
        assert written["Message"] == "Permission denied"
    assert not harm.exists()


def test_the_metrics_want_a_password_and_the_browser_phones_find_their_web_socket(asterisk: Exchange) -> None:
    root = f"http://127.0.0.1:{asterisk.settings.http_port}"
    assert get(f"{root}/metrics")[0] == 401
    status, text = get(f"{root}/metrics", ("hotline", asterisk.secrets.metrics))
    assert status == 200
    assert "asterisk_channels_count" in text
    assert get(f"{root}/ws")[0] == 426


def get(url: str, account: tuple[str, str] | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url)
    if account:
        request.add_header("Authorization", "Basic " + base64.b64encode(":".join(account).encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, ""


def test_110_takes_the_call_over_and_when_it_does_not_the_citizen_is_queued_again(asterisk: Exchange) -> None:
    skip = asterisk.begin()
    with asterisk.agent("1001") as agent, asterisk.phone("citizen-1") as citizen:
        call = citizen.call("12345")
        leg = agent.wait_call(20)
        asterisk.wait_joined(skip)
        leg.transfer("110")
        again = agent.wait_call(20)
        asterisk.wait_joined(skip, 2)
        with asterisk.phone("emergency-110", rings=True) as police:
            again.transfer("110")
            taken = police.wait_call(20)
            taken.media.sequence = 40_000
            taken.answer()
            until_heard(taken, call, CITIZEN_HERTZ)
            until_heard(call, taken, AGENT_HERTZ)
            call.hang_up()
    said = user_events(asterisk.wait_over(skip))
    assert said[2:] == ["TRANSFER_ASKED", "TRANSFER_FAILED", "TRANSFER_ASKED", "TRANSFERRED_OUT"]
