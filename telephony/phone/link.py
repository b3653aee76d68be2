"""A phone's SIP socket: one thread reads it, answers find who asked, requests go to one handler. Retransmission
and digest are here; what a request means is not."""

from __future__ import annotations

import queue
import socket
import threading
import uuid
from collections.abc import Callable
from typing import Any, cast

import structlog

from telephony.phone.errors import NotRegistered, PhoneSilent
from telephony.phone.library import SIP, SipMessage

log = structlog.get_logger()

FIRST_RETRANSMISSION_SECONDS = 0.5
"""RFC 3261's T1."""
ANSWER_SECONDS = 64 * FIRST_RETRANSMISSION_SECONDS
"""How long a request is sent again before the exchange counts as silent (RFC 3261's Timer F)."""


class SipLink(SIP.SIPClient):
    """pyVoIP's client with a receive loop that neither spins nor loses, and Call-IDs that never come twice."""

    def __init__(
        self, server: str, port: int, user: str, password: str, host: str, on_message: Callable[[SipMessage], None]
    ) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.settimeout(0.2)
        # Its phone is asked for nothing that we leave in use.
        super().__init__(server, port, user, password, cast(Any, None), host, self._socket.getsockname()[1])
        self._on_message = on_message
        self._answers: dict[tuple[str, str], queue.Queue[SipMessage]] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"phone {user}: SIP", daemon=True)
        self._thread.start()

    def gen_call_id(self) -> str:
        """pyVoIP numbers them from 1 again after each start, and Asterisk takes that for an old call."""
        return f"{uuid.uuid4().hex}@{self.myIP}"

    @property
    def contact(self) -> str:
        return f"<sip:{self.username}@{self.myIP}:{self.myPort}>"

    def via(self) -> str:
        return f"SIP/2.0/UDP {self.myIP}:{self.myPort};branch={self.gen_branch()};rport"

    def close(self) -> None:
        self._closing.set()
        if self._thread is not threading.current_thread():
            self._thread.join(2)
        self._socket.close()

    def send(self, text: str) -> None:
        self._socket.sendto(text.encode(), (self.server, self.port))

    def ask(self, text: str, seconds: float) -> SipMessage:
        """Sends a request (not INVITE) until its final answer is here. Raises PhoneSilent."""
        lines = dict(line.split(": ", 1) for line in text.split("\r\n") if line.startswith(("Call-ID: ", "CSeq: ")))
        number, method = lines["CSeq"].split(" ")
        key = (lines["Call-ID"], number)
        box = self._answers.setdefault(key, queue.Queue())
        wait, left = FIRST_RETRANSMISSION_SECONDS, seconds
        try:
            while left > 0:
                self.send(text)
                try:
                    while (answer := box.get(timeout=min(wait, left))).code < 200:
                        pass
                    return answer
                except queue.Empty:
                    left -= wait
                    wait = min(wait * 2, 4)
            raise PhoneSilent(f"{method} had no answer from {self.server}:{self.port} within {seconds:g} s")
        finally:
            self._answers.pop(key, None)

    def sign_in(self, seconds: float = ANSWER_SECONDS, *, leave: bool = False) -> None:
        """Signs the phone in (or out) at the exchange. Raises PhoneSilent or NotRegistered."""
        answer = self.ask(self.gen_first_response(deregister=leave), seconds)
        if answer.code == 401:
            answer = self.ask(self.gen_register(answer, deregister=leave), seconds)
        if answer.code != 200:
            raise NotRegistered(f"account {self.username} was refused: {answer.code} {answer.status.phrase}")

    def authorization(self, challenge: SipMessage) -> str:
        """The header that answers a 401, line end included."""
        realm, nonce = challenge.authentication["realm"], challenge.authentication["nonce"]
        response = self.gen_authorization(challenge).decode()
        return (
            f'Authorization: Digest username="{self.username}",realm="{realm}",nonce="{nonce}",'
            f'uri="sip:{self.server};transport=UDP",response="{response}",algorithm=MD5\r\n'
        )

    def reply(self, request: SipMessage, status: str, *, to_tag: str = "", body: str = "") -> None:
        """Answers a request: what identifies it is copied letter by letter."""
        lines = [f"SIP/2.0 {status}"]
        for line in request.raw.decode(errors="replace").partition("\r\n\r\n")[0].split("\r\n")[1:]:
            name = line.partition(":")[0].lower()
            if name == "to" and to_tag and ";tag=" not in line:
                line += f";tag={to_tag}"
            if name in {"via", "from", "to", "call-id", "cseq"}:
                lines.append(line)
        lines += [f"Contact: {self.contact}", "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY"]
        if body:
            lines.append("Content-Type: application/sdp")
        self.send("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]))

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                raw = self._socket.recv(65535)
            except TimeoutError:
                continue
            except OSError:
                return
            try:
                self._handle(raw)
            except Exception as error:  # a phone must outlive a message that it does not understand
                log.warning("phone_message_not_understood", account=self.username, reason=repr(error), message=raw)

    def _handle(self, raw: bytes) -> None:
        if len(raw.strip(b"\r\n\0")) == 0:
            return
        message = SipMessage(raw)
        box = self._answers.get((message.call_id, message.headers["CSeq"]["check"])) if message.is_answer else None
        if box is not None:
            box.put(message)
        else:
            self._on_message(message)
