"""The far end may hang up in the very moment in which a call is answered or its sound begins."""

import socket
import struct
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from telephony.phone.call import LEAST_RING_SECONDS, CallEnded, CallStage, Dialog, PhoneCall
from telephony.phone.library import RTP
from telephony.phone.media import FRAME_BYTES, FRAME_SAMPLES, CallMedia
from telephony.phone.phone import _Invitation as OutgoingInvitation


def test_a_stop_in_the_middle_of_the_start_waits_for_it_and_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    media = CallMedia("127.0.0.1")
    failed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    stopping = threading.Thread(target=media.stop, name="stopping")
    start = threading.Thread.start

    def start_slowly(thread: threading.Thread) -> None:
        if thread.name.startswith("phone: RTP"):
            start(stopping)
            stopping.join(0.2)  # the whole of it, were the two not kept apart
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_slowly)
    media.talk_to("127.0.0.1", 9, 8, 101)
    stopping.join(5)
    assert not failed
    assert not [thread for thread in threading.enumerate() if thread.name == f"phone: RTP {media.port}"]


def test_nothing_begins_to_sound_after_the_end() -> None:
    media = CallMedia("127.0.0.1")
    media.stop()
    media.talk_to("127.0.0.1", 9, 8, 101)
    assert not [thread for thread in threading.enumerate() if thread.name == f"phone: RTP {media.port}"]


def test_what_came_before_the_end_is_heard_though_the_end_is_noticed_first() -> None:
    media = CallMedia("127.0.0.1")
    media.assoc = {8: RTP.PayloadType.PCMA}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(10):
            header = struct.pack("!BBHII", 0x80, 8, number, number * FRAME_SAMPLES, 1)
            sender.sendto(header + bytes(FRAME_SAMPLES), ("127.0.0.1", media.port))
    media._stopping.set()
    media._run()
    assert len(media.heard()) == 10 * FRAME_BYTES
    media.stop()


class _HangsUpWhileAnswered:
    """A link on which the far end's BYE arrives between our answer and the first sound."""

    myIP = "127.0.0.1"
    call: PhoneCall

    def reply(self, *_: object, **__: object) -> None:
        self.call.end(CallEnded.BY_FAR_END)


class _EndsTwice(threading.Condition):
    """Its holder releases it, and before the next statement the far end's BYE is there."""

    call: PhoneCall
    again = True

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        if self.again:
            self.again = False
            self.call.end(CallEnded.BY_FAR_END)


class _Invitation:
    def audio(self) -> tuple[str, int, list[int], int]:
        return "127.0.0.1", 9, [8], 101


def incoming(link: Any) -> PhoneCall:
    dialog = Dialog("id", "<sip:1001@here>", "a", "<sip:1@there>", "b", "sip:1@there", 1)
    return PhoneCall(link, dialog, incoming=True, caller_name="", caller_number="1")


def test_who_ended_a_call_first_has_ended_it_though_both_hang_up_at_once() -> None:
    call = incoming(_HangsUpWhileAnswered())
    call._changed = changed = _EndsTwice()
    changed.call = call
    call.end(CallEnded.BY_US)
    assert (call.stage, call.ended, changed.again) == (CallStage.ENDED, CallEnded.BY_US, False)


def test_a_call_that_ends_while_it_is_answered_has_ended() -> None:
    link = _HangsUpWhileAnswered()
    call = link.call = incoming(link)
    call.invite = _Invitation()  # type: ignore[assignment]
    call.answer()
    assert (call.stage, call.ended) == (CallStage.ENDED, CallEnded.BY_FAR_END)
    assert not [thread for thread in threading.enumerate() if thread.name == f"phone: RTP {call.media.port}"]


class _Talks:
    """A link that keeps what was said on it, and of whose requests each is answered."""

    myIP, contact = "127.0.0.1", "<sip:1@127.0.0.1>"

    def __init__(self) -> None:
        self.said: list[str] = []

    def via(self) -> str:
        return "SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1"

    def reply(self, _: object, status: str, **__: object) -> None:
        self.said.append(status)

    def send(self, text: str) -> None:
        self.said.append(text.split(" ")[0])

    def ask(self, text: str, _: float) -> Any:
        self.send(text)
        return SimpleNamespace(code=200)


class _IsHungUpUpon(_Talks):
    """Whoever holds the receiver puts it down between our answer's leaving and the next statement."""

    call: PhoneCall

    def reply(self, _: object, status: str, **__: object) -> None:
        super().reply(_, status)
        if status == "200 OK":
            self.down = threading.Thread(target=self.call.hang_up)
            self.down.start()
            self.down.join(0.2)  # the whole of it, were the two not kept apart


def test_whoever_hangs_up_in_the_moment_of_the_answer_ends_the_call_at_the_other_end_too() -> None:
    """Asterisk has the answer and would take a refusal for nothing: the citizen would talk to nobody."""
    link = _IsHungUpUpon()
    call = link.call = incoming(link)
    call.invite = _Invitation()  # type: ignore[assignment]
    call.answer()
    link.down.join(5)
    assert (link.said, call.ended) == (["200 OK", "BYE"], CallEnded.BY_US)


def test_whoever_gives_up_in_the_moment_in_which_it_is_answered_hangs_up() -> None:
    link: Any = _Talks()
    dialog = Dialog("id", "<sip:1@here>", "a", "<sip:2@there>", "", "sip:2@there", 1)
    call = PhoneCall(link, dialog, incoming=False, caller_name="", caller_number="1")
    invitation = OutgoingInvitation(call, link)
    call.cancel = invitation.cancel  # type: ignore[method-assign]

    def audio() -> tuple[str, int, list[int], int]:
        call.hang_up()
        return "127.0.0.1", 9, [8], 101

    headers = {"To": {"tag": "b"}, "CSeq": {"check": "1"}}
    answer: Any = SimpleNamespace(code=200, headers=headers, contact_uri="sip:2@there", audio=audio)
    invitation.on_answer(answer)
    assert (link.said, call.ended) == (["ACK", "CANCEL", "BYE"], CallEnded.BY_US)


class _HearsAnswers:
    """A link that records when it had to answer."""

    myIP = "127.0.0.1"

    def __init__(self) -> None:
        self.answered_at: list[float] = []

    def reply(self, *_: object, **__: object) -> None:
        self.answered_at.append(time.monotonic())


def test_a_telephone_rings_before_it_is_answered() -> None:
    link = _HearsAnswers()
    began = time.monotonic()
    call = incoming(link)
    call.invite = _Invitation()  # type: ignore[assignment]
    call.answer()
    call.end(CallEnded.BY_US)
    assert link.answered_at[0] - began >= LEAST_RING_SECONDS


def test_who_gives_up_while_it_rings_is_not_answered() -> None:
    link = _HearsAnswers()
    call = incoming(link)
    call.invite = _Invitation()  # type: ignore[assignment]
    answering = threading.Thread(target=call.answer)
    answering.start()
    call.end(CallEnded.MISSED)
    answering.join(5)
    assert (call.stage, call.ended, link.answered_at) == (CallStage.ENDED, CallEnded.MISSED, [])
