"""One call as a phone sees it: its SIP dialog, its stage, its sound."""

from __future__ import annotations

import contextlib
import threading
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from telephony.phone.errors import CallRefused, PhoneSilent
from telephony.phone.library import SipMessage
from telephony.phone.link import ANSWER_SECONDS, SipLink
from telephony.phone.media import CallMedia

LEAST_RING_SECONDS = 0.3
"""No call is answered sooner: no hand is quicker. Asterisk's queue (22.10.1) must have seen a telephone ring before it
sees it answer. Else it never ends the dialling (`wait_for_answer` in app_queue.c, where the channel is up already), the
citizen's channel keeps the agent's, and the agent counts as busy until the citizen has hung up, long after a transfer.
"""


class CallStage(StrEnum):
    CALLING = "calling"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


class CallEnded(StrEnum):
    """The party or cause that ended it."""

    BY_US = "by_us"
    BY_FAR_END = "by_far_end"
    REFUSED = "refused"
    MISSED = "missed"
    """It rang here and the caller gave up."""


@dataclass
class Dialog:
    """What SIP wants repeated in each request of a call."""

    call_id: str
    local: str
    local_tag: str
    remote: str
    remote_tag: str
    target: str
    cseq: int


class PhoneCall:
    """Made by Phone. Its methods block and may be called from any thread; they raise what errors.py lists."""

    def __init__(self, link: SipLink, dialog: Dialog, *, incoming: bool, caller_name: str, caller_number: str) -> None:
        self._link = link
        self.dialog = dialog
        self.incoming = incoming
        self.caller_name = caller_name
        self.caller_number = caller_number
        self.media = CallMedia(link.myIP)
        self.stage = CallStage.RINGING if incoming else CallStage.CALLING
        self.ended: CallEnded | None = None
        self.refusal: CallRefused | None = None
        self.on_hold = False
        self._began = time.monotonic()
        self._changed = threading.Condition()
        self.invite: SipMessage | None = None
        """Of an incoming call, the request to be answered."""
        self.sdp_version = 1

    # ── what one does with a receiver ─────────────────────────────────────────────────────────────────────────

    def answer(self) -> None:
        """Takes the incoming call once it has rung; nothing happens when it has ended meanwhile."""
        self.wait(lambda: self.stage is not CallStage.RINGING, self._began + LEAST_RING_SECONDS - time.monotonic())
        with self._changed:  # Whoever hangs up in this moment hangs up what the far end knows as answered.
            if self.invite is None or self.stage is not CallStage.RINGING:
                return
            host, port, codecs, keys = self.invite.audio()
            codec = codecs[0] if codecs else 8
            self._link.reply(self.invite, "200 OK", to_tag=self.dialog.local_tag, body=self.describe(codec, keys))
            self.media.talk_to(host, port, codec, keys)
            self._become(CallStage.TALKING)

    def refuse(self, status: str = "486 Busy Here", how: CallEnded = CallEnded.REFUSED) -> None:
        """Of an incoming call that rings; nothing happens to another."""
        with self._changed:
            if self.incoming and self.invite is not None and self.stage is CallStage.RINGING:
                self._link.reply(self.invite, status, to_tag=self.dialog.local_tag)
                self.end(how)

    def hang_up(self, seconds: float = 5) -> None:
        """Ends the call in whatever stage it is."""
        self.refuse("603 Decline")
        with self._changed:
            stage = self.stage
            self.end(CallEnded.BY_US)
        if stage is CallStage.TALKING:
            with contextlib.suppress(PhoneSilent):  # the far end is gone as well; the call is over either way
                self.request("BYE", seconds=seconds)
        elif stage is not CallStage.ENDED:
            self.cancel()

    def play(self, *files: Path, seconds: float | None = None) -> bool:
        """Says wav files (8 kHz, 16 bits, mono) one after the other. True when all was said before the call ended."""
        return self.say(b"".join(read_wav(file) for file in files), seconds=seconds)

    def say(self, samples: bytes, *, seconds: float | None = None) -> bool:
        self.media.say(samples).wait(seconds)
        return self.stage is CallStage.TALKING

    def press(self, keys: str, seconds: float = 5) -> None:
        """Presses keys out of band (RFC 4733); returns when they were sent."""
        for key in keys:
            self.media.press(key).wait(seconds)

    def hold(self) -> None:
        self._renegotiate("sendonly")
        self.on_hold = True

    def unhold(self) -> None:
        self._renegotiate("sendrecv")
        self.on_hold = False

    def transfer(self, number: str, seconds: float = ANSWER_SECONDS) -> None:
        """Blind transfer of the far end by REFER; with that this call is over. Raises CallRefused."""
        answer = self.request("REFER", headers=f"Refer-To: <sip:{number}@{self._link.server}>\r\n", seconds=seconds)
        if answer.code != 202:
            raise CallRefused(answer.code, answer.status.phrase)
        self.hang_up()

    # ── what one hears ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def keys_heard(self) -> str:
        return self.media.digits

    def heard(self) -> bytes:
        return self.media.heard()

    def save_heard(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(file), "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(8000)
            wav.writeframes(self.heard())

    def wait_answered(self, seconds: float) -> None:
        """Raises CallRefused, or PhoneSilent when nobody has answered by then (it goes on ringing)."""
        if not self.wait(lambda: self.stage in {CallStage.TALKING, CallStage.ENDED}, seconds):
            raise PhoneSilent(f"nobody answered within {seconds:g} s")
        if self.refusal is not None:
            raise self.refusal
        if self.stage is CallStage.ENDED:
            raise CallRefused(487, "ended before it was answered")

    def wait_ended(self, seconds: float) -> bool:
        return self.wait(lambda: self.stage is CallStage.ENDED, seconds)

    def wait(self, predicate: Callable[[], bool], seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(predicate, seconds)

    # ── SIP: used by Phone ────────────────────────────────────────────────────────────────────────────────────

    def describe(self, codec: int | None = None, keys: int = 101, direction: str = "sendrecv") -> str:
        """Our SDP; without a codec both are offered."""
        host, names = self._link.myIP, {0: "PCMU", 8: "PCMA"}
        codecs = [8, 0] if codec is None else [codec]
        lines = ["v=0", f"o=- 1 {self.sdp_version} IN IP4 {host}", "s=phone", f"c=IN IP4 {host}", "t=0 0"]
        lines.append(f"m=audio {self.media.port} RTP/AVP {' '.join(map(str, codecs))} {keys}")
        lines += [f"a=rtpmap:{number} {names[number]}/8000" for number in codecs]
        lines += [f"a=rtpmap:{keys} telephone-event/8000", f"a=fmtp:{keys} 0-15", "a=ptime:20", f"a={direction}", ""]
        return "\r\n".join(lines)

    def compose(self, method: str, *, headers: str = "", body: str = "", cseq: int | None = None, via: str = "") -> str:
        dialog = self.dialog
        if cseq is None:
            dialog.cseq += 1
            cseq = dialog.cseq
        to_tag = f";tag={dialog.remote_tag}" if dialog.remote_tag else ""
        content = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"{method} {dialog.target} SIP/2.0\r\nVia: {via or self._link.via()}\r\nMax-Forwards: 70\r\n"
            f"From: {dialog.local};tag={dialog.local_tag}\r\nTo: {dialog.remote}{to_tag}\r\n"
            f"Call-ID: {dialog.call_id}\r\nCSeq: {cseq} {method}\r\nContact: {self._link.contact}\r\n"
            f"{headers}{content}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def request(self, method: str, *, headers: str = "", body: str = "", seconds: float = ANSWER_SECONDS) -> SipMessage:
        """A request within the call; a challenge is answered once."""
        answer = self._link.ask(self.compose(method, headers=headers, body=body), seconds)
        if answer.code == 401:
            headers += self._link.authorization(answer)
            answer = self._link.ask(self.compose(method, headers=headers, body=body), seconds)
        return answer

    def cancel(self) -> None:
        """Replaced by Phone for an outgoing call that rings."""

    def _renegotiate(self, direction: str) -> None:
        self.sdp_version += 1
        answer = self.request("INVITE", body=self.describe(self.media.codec, self.media.keys_payload, direction))
        self._link.send(self.compose("ACK", cseq=int(answer.headers["CSeq"]["check"])))
        if answer.code != 200:
            raise CallRefused(answer.code, answer.status.phrase)

    def talking(self, answer: SipMessage) -> bool:
        """The far end has answered; False where nobody waits for it (any more)."""
        host, port, codecs, keys = answer.audio()
        with self._changed:
            if self.stage not in {CallStage.CALLING, CallStage.RINGING}:
                return False
            self.media.talk_to(host, port, codecs[0] if codecs else 8, keys)
            self._become(CallStage.TALKING)
        return True

    def ringing(self) -> None:
        if self.stage is CallStage.CALLING:
            self._become(CallStage.RINGING)

    def end(self, how: CallEnded) -> None:
        with self._changed:
            if self.stage is CallStage.ENDED:
                return
            self.ended = how
            self._become(CallStage.ENDED)
        self.media.stop()

    def _become(self, stage: CallStage) -> None:
        with self._changed:
            if self.stage is CallStage.ENDED:  # hung up while it was being answered
                return
            self.stage = stage
            self._changed.notify_all()


def read_wav(file: Path) -> bytes:
    """Samples of a wav file. Raises ValueError when it is not 8 kHz, 16 bits, mono."""
    with wave.open(str(file), "rb") as wav:
        if (wav.getframerate(), wav.getsampwidth(), wav.getnchannels()) != (8000, 2, 1):
            raise ValueError(f"{file} is not 8 kHz, 16 bits, mono: convert it, for instance with sox")
        return wav.readframes(wav.getnframes())
