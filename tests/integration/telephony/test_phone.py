"""The phone against a real Asterisk: long talk, keys, odd names, refusals, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from telephony.phone import (
    AsyncPhone,
    CallEnded,
    CallRefused,
    CallStage,
    NotRegistered,
    Phone,
    PhoneAccount,
    PhoneCall,
    PhoneSilent,
)
from tests.support.exchange import Exchange, free_port, tone, until, until_heard, write_wav
from tests.support.hearing import heard_seconds, samples_of


def test_a_call_stays_up_longer_than_one_whose_ack_was_not_understood(tmp_path: Path) -> None:
    """Asterisk drops a call 64 times T1 after the answer when the ACK is wrong, as pyVoIP's is: of a tenth of a second
    here, not of half a second."""
    exchange = Exchange(tmp_path)
    file = exchange.settings.etc / "pjsip.conf"
    usual, quick = "timer_t1 = 500\n", "timer_t1 = 100\ntimer_b = 6400\n"
    assert usual in file.read_text()
    file.write_text(file.read_text().replace(usual, quick))
    exchange.start()
    try:
        with exchange.phone("1001") as phone:
            call = phone.call("600")
            assert not call.wait_ended(8)
            until_heard(call, call, 440)
            call.hang_up()
            assert call.ended is CallEnded.BY_US
    finally:
        exchange.stop()


def test_two_phones_hear_each_other_and_read_each_others_names(asterisk: Exchange, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "said.wav", tone(440, 1))
    with asterisk.phone("1001") as caller, asterisk.phone("unit-01", rings=True) as crew:
        call = caller.dial("unit-01")
        incoming = crew.wait_call(20)
        assert (incoming.caller_name, incoming.caller_number) == ("1001", "1001")
        assert call.wait(lambda: call.stage is CallStage.RINGING, 20)
        incoming.answer()
        call.wait_answered(20)
        assert call.play(file, file)
        until(lambda: heard_seconds(incoming.heard(), 440) > 1.8, 20, "hearing it")
        incoming.save_heard(tmp_path / "heard.wav")
        assert heard_seconds(samples_of(tmp_path / "heard.wav"), 440) > 1.8
        incoming.hang_up()
        assert call.wait_ended(20)
        assert call.ended is CallEnded.BY_FAR_END


def test_keys_are_heard_out_of_band_at_the_other_end(asterisk: Exchange) -> None:
    with (
        asterisk.phone("1001") as caller,
        asterisk.phone("unit-01") as crew,
        asterisk.manager() as manager,
    ):
        call = caller.call("unit-01")
        incoming = crew.wait_call(20)
        call.press("15#")
        until(lambda: incoming.keys_heard == "15#", 20, "hearing the keys")
        manager.wait_event("DTMFEnd", Digit="#", Direction="Received")
        ends = [event["Digit"] for event in manager.events("DTMFEnd", Direction="Received")]
        assert ends == ["1", "5", "#"]
        call.hang_up()


def test_a_chinese_name_arrives_whole(asterisk: Exchange) -> None:
    with (
        asterisk.agent("1001", rings=True) as agent,
        asterisk.phone("citizen-1", name='孔令"仁" \\ \'', number="+8613900000001") as citizen,
    ):
        call = citizen.call("12345")
        incoming = agent.wait_call(20)
        assert incoming.caller_name.startswith("孔令")
        assert incoming.caller_number == "+8613900000001"
        call.hang_up()


def test_hold_and_unhold_stop_and_resume_the_sound(asterisk: Exchange) -> None:
    with asterisk.phone("1001") as caller, asterisk.phone("unit-01") as crew, asterisk.manager() as manager:
        call = caller.call("unit-01")
        crew.wait_call(20)
        call.hold()
        manager.wait_event("Hold")
        call.unhold()
        manager.wait_event("Unhold")
        assert call.stage is CallStage.TALKING
        call.hang_up()


def test_giving_up_while_it_rings_is_a_missed_call_there(asterisk: Exchange) -> None:
    with asterisk.phone("1001") as caller, asterisk.phone("unit-01", rings=True) as crew:
        call = caller.dial("unit-01")
        incoming = crew.wait_call(20)
        call.hang_up()
        assert incoming.wait_ended(20)
        assert incoming.ended is CallEnded.MISSED


def test_busy_and_forbidden_numbers_are_refusals_with_their_status(asterisk: Exchange) -> None:
    with asterisk.phone("1001") as caller, Phone(asterisk.account("unit-01"), PhoneCall.refuse) as crew:
        crew.register()
        with pytest.raises(CallRefused) as busy:
            caller.call("unit-01")
        assert busy.value.status == 486
        # Nobody's extension is a number outside, and one that no city's rule of numbers allows.
        with pytest.raises(CallRefused) as forbidden:
            caller.call("4711")
        assert forbidden.value.status == 403


def test_a_wrong_password_and_a_dead_exchange_are_said_within_their_limits(asterisk: Exchange) -> None:
    with Phone(PhoneAccount("1001", "wrong", asterisk.settings.sip_port)) as wrong, pytest.raises(NotRegistered):
        wrong.register()
    with Phone(PhoneAccount("1001", "any", free_port())) as lonely, pytest.raises(PhoneSilent):
        lonely.register(0.6)


async def test_many_phones_wait_at_once_in_asyncio_and_leave_nothing(asterisk: Exchange) -> None:
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    phones = [AsyncPhone(asterisk.account(f"citizen-{n}")) for n in range(1, 7)]
    await asyncio.gather(*(phone.register() for phone in phones))
    calls = await asyncio.gather(*(phone.call("12345") for phone in phones))
    assert {call.stage for call in calls} == {CallStage.TALKING}
    await asyncio.gather(*(phone.hang_up(call) for phone, call in zip(phones, calls, strict=True)))
    await asyncio.gather(*(phone.close() for phone in phones))
    until(lambda: threading.active_count() <= threads, 20, "the end of all threads")
    assert len(os.listdir("/proc/self/fd")) <= files
