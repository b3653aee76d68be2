"""A phone: an account at the exchange, its registration, its calls in and out."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from core.errors import Unavailable
from telephony.phone.call import CallEnded, CallStage, Dialog, PhoneCall
from telephony.phone.errors import CallRefused, PhoneSilent
from telephony.phone.library import SipMessage
from telephony.phone.link import ANSWER_SECONDS, FIRST_RETRANSMISSION_SECONDS, SipLink

RingHandler = Callable[[PhoneCall], None]


@dataclass(frozen=True)
class PhoneAccount:
    user: str
    password: str
    port: int
    """The exchange's SIP port."""
    server: str = "127.0.0.1"
    host: str = "127.0.0.1"
    """Our own address."""
    name: str = ""
    """What the far end reads as caller's name. Anything at all; agents' and crews' is set by the exchange."""
    number: str | None = None
    """The caller's number as the far end sees it; None: the account; "": none."""


class Phone:
    """Open until `close()` (or used as a context manager).

    `on_ring` is called in a thread of its own for each incoming call and may answer, refuse or let ring; without
    it each call is answered at once. `wait_call` gives the calls one by one in either case.
    """

    def __init__(self, account: PhoneAccount, on_ring: RingHandler | None = None) -> None:
        self.account = account
        self._on_ring: RingHandler = on_ring or PhoneCall.answer
        self._calls: dict[str, PhoneCall] = {}
        self._incoming: queue.Queue[PhoneCall] = queue.Queue()
        self._outgoing: dict[str, _Invitation] = {}
        self._threads: list[threading.Thread] = []
        self._registered = False
        self._closing = threading.Event()
        self._link = SipLink(
            account.server, account.port, account.user, account.password, account.host, self._on_message
        )

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def register(self, seconds: float = ANSWER_SECONDS) -> None:
        """Signs in, with one retry, and stays so. Raises PhoneSilent or NotRegistered."""
        try:
            self._link.sign_in(seconds)
        except Unavailable:
            self._link.sign_in(seconds)
        if not self._registered:
            self._registered = True
            self._start(self._keep_registered, "registration")

    def call(self, number: str, seconds: float = 30) -> PhoneCall:
        """Calls and waits for the answer. Raises CallRefused, or PhoneSilent (having hung up)."""
        call = self.dial(number)
        try:
            call.wait_answered(seconds)
        except PhoneSilent:
            call.hang_up()
            raise
        return call

    def dial(self, number: str) -> PhoneCall:
        """Calls without waiting."""
        account, link = self.account, self._link
        shown = account.user if account.number is None else account.number
        local = f"{_display(account.name)}<sip:{quote(shown, safe='+-_.!~*()')}{'@' if shown else ''}{account.host}>"
        remote = f"<sip:{quote(number, safe='+-_.!~*()')}@{account.server}:{account.port}>"
        dialog = Dialog(link.gen_call_id(), local, link.gen_tag(), remote, "", remote.strip("<>"), 0)
        call = PhoneCall(link, dialog, incoming=False, caller_name=account.name, caller_number=shown)
        invitation = _Invitation(call, link)
        self._calls[dialog.call_id] = call
        self._outgoing[dialog.call_id] = invitation
        call.cancel = invitation.cancel  # type: ignore[method-assign]
        self._start(invitation.insist, "INVITE")
        return call

    def wait_call(self, seconds: float) -> PhoneCall:
        """The next call that came in (it may ring, talk or be over). Raises PhoneSilent."""
        try:
            return self._incoming.get(timeout=seconds)
        except queue.Empty:
            raise PhoneSilent(f"no call came in within {seconds:g} s") from None

    def calls(self) -> list[PhoneCall]:
        """Those that live."""
        return [call for call in self._calls.values() if call.stage is not CallStage.ENDED]

    def close(self) -> None:
        """Hangs up, signs out, leaves no thread and no socket. Safe to call twice."""
        if self._closing.is_set():
            return
        self._closing.set()
        for call in self.calls():
            call.hang_up(1)
        for call in self._calls.values():
            call.media.stop()
        if self._registered:
            with contextlib.suppress(Unavailable):
                self._link.sign_in(2, leave=True)
        self._link.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(5)

    # ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────

    def _on_message(self, message: SipMessage) -> None:
        if message.is_answer:
            invitation = self._outgoing.get(message.call_id)
            if invitation is not None and message.cseq_method == "INVITE":
                invitation.on_answer(message)
            return
        handler = {"INVITE": self._on_invite, "BYE": self._on_bye, "CANCEL": self._on_cancel}.get(message.method)
        if handler is not None:
            handler(message)
        elif message.method != "ACK":
            self._link.reply(message, "200 OK")  # OPTIONS asks whether we live; NOTIFY and INFO want a receipt

    def _on_invite(self, message: SipMessage) -> None:
        known = self._calls.get(message.call_id)
        if known is not None:
            self._on_known_invite(known, message)
            return
        remote, local = message.headers["From"], message.headers["To"]
        dialog = Dialog(
            message.call_id, local["raw"], self._link.gen_tag(), remote["raw"], remote["tag"], message.contact_uri, 0
        )
        caller = remote["caller"].strip().strip('"').replace('\\"', '"')
        call = PhoneCall(self._link, dialog, incoming=True, caller_name=caller, caller_number=remote["number"] or "")
        call.invite = message
        self._calls[message.call_id] = call
        self._link.reply(message, "180 Ringing", to_tag=dialog.local_tag)
        self._incoming.put(call)
        self._start(lambda: self._on_ring(call), "ring")

    def _on_known_invite(self, call: PhoneCall, message: SipMessage) -> None:
        """A new offer within the call (hold, other address); while it rings, only the same request once more."""
        if call.stage is CallStage.RINGING:
            self._link.reply(message, "180 Ringing", to_tag=call.dialog.local_tag)
        elif call.stage is CallStage.TALKING:
            host, port, codecs, keys = message.audio() if message.body.get("m") else ("", 0, [], 101)
            codec = codecs[0] if codecs else call.media.codec
            self._link.reply(message, "200 OK", to_tag=call.dialog.local_tag, body=call.describe(codec, keys))
            if port:
                call.media.talk_to(host, port, codec, keys)
        else:
            self._link.reply(message, "481 Call/Transaction Does Not Exist", to_tag=call.dialog.local_tag)

    def _on_bye(self, message: SipMessage) -> None:
        call = self._calls.get(message.call_id)
        self._link.reply(message, "200 OK" if call else "481 Call/Transaction Does Not Exist")
        if call is not None:
            call.end(CallEnded.BY_FAR_END)

    def _on_cancel(self, message: SipMessage) -> None:
        self._link.reply(message, "200 OK")
        if (call := self._calls.get(message.call_id)) is not None:
            call.refuse("487 Request Terminated", CallEnded.MISSED)

    # ── threads ───────────────────────────────────────────────────────────────────────────────────────────────

    def _keep_registered(self) -> None:
        while not self._closing.wait(self._link.default_expires / 2):
            with contextlib.suppress(Unavailable):
                self._link.sign_in()

    def _start(self, work: Callable[[], None], what: str) -> None:
        thread = threading.Thread(target=work, name=f"phone {self.account.user}: {what}", daemon=True)
        thread.start()
        self._threads = [*(other for other in self._threads if other.is_alive()), thread]


class _Invitation:
    """An INVITE of ours until its final answer."""

    def __init__(self, call: PhoneCall, link: SipLink) -> None:
        self._call = call
        self._link = link
        self._heard = threading.Event()
        self._via = link.via()
        self._authorization = ""
        self._text = self._compose()

    def _compose(self) -> str:
        return self._call.compose("INVITE", headers=self._authorization, body=self._call.describe(), via=self._via)

    def insist(self) -> None:
        """Sends it again until something is heard, for 32 s as RFC 3261 has it."""
        wait = FIRST_RETRANSMISSION_SECONDS
        while wait <= 16 and not self._heard.is_set() and self._call.stage is not CallStage.ENDED:
            self._link.send(self._text)
            self._heard.wait(wait)
            wait *= 2
        if not self._heard.is_set() and self._call.stage is not CallStage.ENDED:
            self._call.refusal = CallRefused(408, "the exchange did not answer")
            self._call.end(CallEnded.REFUSED)

    def on_answer(self, answer: SipMessage) -> None:
        self._heard.set()
        if answer.code < 200:
            if answer.code > 100:
                self._call.ringing()
        elif answer.code < 300:
            self._accepted(answer)
        else:
            self._link.send(self._acknowledge(answer))
            if answer.code == 401 and not self._authorization and self._call.stage is not CallStage.ENDED:
                self._via = self._link.via()
                self._authorization = self._link.authorization(answer)
                self._text = self._compose()
                self._link.send(self._text)
            elif self._call.stage is not CallStage.ENDED:
                self._call.refusal = CallRefused(answer.code, answer.status.phrase)
                self._call.end(CallEnded.REFUSED)

    def _accepted(self, answer: SipMessage) -> None:
        dialog = self._call.dialog
        dialog.remote_tag = answer.headers["To"]["tag"]
        dialog.target = answer.contact_uri
        # The two fixes of pyVoIP's ACK: to the Contact, and with the tag that the far end gave.
        self._link.send(self._call.compose("ACK", cseq=int(answer.headers["CSeq"]["check"])))
        if not self._call.talking(answer) and self._call.ended is CallEnded.BY_US and not self._call.media.heard():
            # Answered while our CANCEL was on its way: hang up as one would.
            self._link.send(self._call.compose("BYE"))

    def _acknowledge(self, answer: SipMessage) -> str:
        """Of a refusal: same branch, same target, the answer's To."""
        text = self._call.compose("ACK", cseq=int(answer.headers["CSeq"]["check"]), via=self._via)
        to = answer.headers["To"]
        return text.replace(f"To: {self._call.dialog.remote}\r\n", f"To: {to['raw']};tag={to['tag']}\r\n")

    def cancel(self) -> None:
        self._link.send(self._call.compose("CANCEL", cseq=self._call.dialog.cseq, via=self._via))


def _display(name: str) -> str:
    """A quoted string; line ends would be a second header."""
    clean = " ".join(name.splitlines())
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '" ' if clean else ""
