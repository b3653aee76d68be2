"""A bare SIP caller over UDP: says exactly the headers that a test wants said, however odd. From any loopback
address, so that it is the trunk (127.0.0.2) or a stranger."""

from __future__ import annotations

import hashlib
import itertools
import re
import socket
import struct
import time
import uuid
from collections.abc import Mapping
from typing import Self

_STATUS = re.compile(rb"SIP/2\.0 (\d{3})")
_NUMBERS = itertools.count(1)
SECONDS = 30
"""How long an answer that must come is waited for."""


class Sound:
    """Sends 20 ms of A-law at a time to the exchange, as a carrier without telephone-event does."""

    def __init__(self, host: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._number = 0

    def say(self, samples: bytes, port: int) -> None:
        """`samples`: 8 kHz, 16 bits; takes as long as they last."""
        begun = time.monotonic()
        for at in range(0, len(samples) - 319, 320):
            self._number += 1
            head = struct.pack(">BBHII", 0x80, 8, self._number & 0xFFFF, self._number * 160, 4711)
            self._socket.sendto(
                head + bytes(map(alaw, struct.unpack("<160h", samples[at : at + 320]))), ("127.0.0.1", port)
            )
            time.sleep(max(0.0, begun + at / 16000 - time.monotonic()))

    def close(self) -> None:
        self._socket.close()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest(user: str, password: str, method: str, uri: str, challenge: str) -> str:
    """The value of Authorization that answers the value of WWW-Authenticate, as RFC 2617 has it."""
    asked = dict(re.findall(r'(realm|nonce|opaque)="([^"]*)"', challenge))
    secret = _md5(f"{user}:{asked['realm']}:{password}")
    given = _md5(f"{secret}:{asked['nonce']}:00000001:c:auth:{_md5(f'{method}:{uri}')}")
    said = ", ".join(f'{name}="{value}"' for name, value in asked.items())
    return (
        f'Digest username="{user}", {said}, uri="{uri}", response="{given}", algorithm=MD5, '
        'qop=auth, nc=00000001, cnonce="c"'
    )


def answers(said: str, user: str, password: str, method: str, nonce: str) -> bool:
    """Whether that value of Authorization knows the password and answers this nonce."""
    given = dict(re.findall(r'(\w+)="?([^",\s]*)"?', said))
    if given.get("username") != user or given.get("nonce") != nonce:
        return False
    secret = _md5(f"{user}:{given['realm']}:{password}")
    asked = _md5(f"{method}:{given['uri']}")
    middle = f"{given['nc']}:{given['cnonce']}:{given['qop']}:" if "qop" in given else ""
    return given["response"] == _md5(f"{secret}:{nonce}:{middle}{asked}")


def alaw(sample: int) -> int:
    """ITU-T G.711."""
    sign, size = (0x80, sample) if sample >= 0 else (0, -sample - 1)
    size = min(size >> 3, 4095)
    exponent = max(size.bit_length() - 5, 0)
    code = (exponent << 4 | (size >> max(exponent, 1)) & 0x0F) if size >= 32 else size >> 1
    return (sign | code) ^ 0x55


class RawCaller:
    """One address and port; `invite` as often as wanted."""

    def __init__(self, port: int, host: str = "127.0.0.2") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._exchange = ("127.0.0.1", port)
        self.host, self.port = self._socket.getsockname()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def invite(self, user: str = "12345", *, sender: str = "", media: int = 30000, **said: str) -> RawInvite:
        """`user`: of the request line, as it stands there; `sender`: all of From but its tag; `said`: other headers by
        their name with _ for -, in place of ours or added to them. `media`: our RTP port."""
        return RawInvite(self, user, sender or f"<sip:13900000001@{self.host}>", said, media)

    def register(self, user: str, password: str, *contacts: str) -> int:
        """The status after the password was given. `contacts`: each a header of its own, as it stands."""
        call_id, uri = uuid.uuid4().hex, "sip:127.0.0.1"

        def ask(number: int, *more: str) -> str:
            lines = (
                f"REGISTER {uri} SIP/2.0",
                f"Via: SIP/2.0/UDP {self.host}:{self.port};rport;branch=z9hG4bK{uuid.uuid4().hex}",
                *("Max-Forwards: 70", f"From: <sip:{user}@127.0.0.1>;tag=a", f"To: <sip:{user}@127.0.0.1>"),
                *(f"Call-ID: {call_id}", f"CSeq: {number} REGISTER", *(f"Contact: {one}" for one in contacts)),
                *(*more, "Content-Length: 0", "", ""),
            )
            self.send("\r\n".join(lines))
            while not (answer := self.receive(SECONDS)).startswith(b"SIP/2.0"):
                """The exchange's own question whether we are there."""
            return answer.decode()

        challenge = _header(ask(1).encode(), "WWW-Authenticate")
        answer = ask(2, f"Authorization: {digest(user, password, 'REGISTER', uri, challenge)}")
        return int(answer.split(" ")[1])

    def send(self, text: str) -> None:
        self._socket.sendto(text.encode("utf-8", "surrogateescape"), self._exchange)

    def receive(self, seconds: float) -> bytes:
        """Raises TimeoutError."""
        self._socket.settimeout(seconds)
        return self._socket.recv(65535)


class RawInvite:
    """One INVITE that was sent, and what came of it."""

    def __init__(self, caller: RawCaller, user: str, sender: str, said: Mapping[str, str], media: int) -> None:
        self._caller = caller
        self._uri = f"sip:{user}@127.0.0.1"
        self.branch = f"z9hG4bK{uuid.uuid4().hex}"
        self._headers = {
            "Max-Forwards": "70",
            "From": f"{sender};tag={uuid.uuid4().hex[:8]}",
            "To": f"<{self._uri}>",
            "Call-ID": f"{uuid.uuid4().hex}-{next(_NUMBERS)}",
            "Contact": f"<sip:raw@{caller.host}:{caller.port}>",
            **{name.replace("_", "-"): value for name, value in said.items()},
        }
        self._answer = b""
        self.statuses: list[int] = []
        self._number = 1
        lines = (
            "v=0", f"o=- 1 1 IN IP4 {caller.host}", "s=-", f"c=IN IP4 {caller.host}", "t=0 0",
            f"m=audio {media} RTP/AVP 8",
        )  # fmt: skip
        self._body = "".join(f"{line}\r\n" for line in lines)
        self._send("INVITE", 1, self._body)

    def final(self, seconds: float = SECONDS) -> int:
        """The final answer's status, which is acknowledged. Raises TimeoutError."""
        while not self.statuses or self.statuses[-1] < 200:
            answer = self._caller.receive(seconds)
            found = _STATUS.match(answer)
            if found and b"CSeq: %d INVITE" % self._number in answer and self.branch.encode() in answer:
                self.statuses.append(int(found[1]))
                self._answer = answer
        asked, self._headers["To"] = self._headers["To"], _header(self._answer, "To")
        self._send("ACK", self._number)
        if self.statuses[-1] == 401:
            self._headers["To"] = asked
        return self.statuses[-1]

    def sign_in(self, user: str, password: str) -> None:
        """Once more, with the answer to the 401 that came."""
        said = digest(user, password, "INVITE", self._uri, _header(self._answer, "WWW-Authenticate"))
        self._headers["Authorization"] = said
        self._number += 1
        self.branch = f"z9hG4bK{uuid.uuid4().hex}"
        self.statuses.append(100)
        self._send("INVITE", self._number, self._body)

    def ended(self, seconds: float = SECONDS) -> int:
        """What the exchange says to our BYE. Raises TimeoutError."""
        while True:
            answer = self._caller.receive(seconds)
            if (found := _STATUS.match(answer)) and b" BYE" in _header(answer, "CSeq").encode():
                return int(found[1])

    @property
    def answer(self) -> str:
        return self._answer.decode("utf-8", "replace")

    @property
    def media_port(self) -> int:
        """Where the exchange wants our sound."""
        found = re.search(rb"m=audio (\d+)", self._answer)
        assert found
        return int(found[1])

    def hang_up(self, **said: str) -> None:
        self._headers.pop("Authorization", None)
        self._send_within("BYE", said, "", "")

    def ask(self, method: str, *, body: str = "", kind: str = "application/sdp", **said: str) -> str:
        """A request within the call, with further headers, or others in place of ours, and what answers it. Its
        branch, for `answer_to`."""
        return self._send_within(method, said, body, kind)

    def answer_to(self, branch: str, seconds: float = SECONDS) -> int:
        """The final status of a request of `ask`, which is acknowledged. Raises TimeoutError."""
        while True:
            answer = self._caller.receive(seconds)
            found = _STATUS.match(answer)
            if found and branch.encode() in answer and int(found[1]) >= 200:
                if re.search(rb"^CSeq: \d+ INVITE", answer, re.MULTILINE):
                    self._send_within("ACK", {}, "", "", self._number, branch if int(found[1]) >= 300 else "")
                return int(found[1])

    def _send_within(
        self, method: str, said: Mapping[str, str], body: str, kind: str, number: int = 0, branch: str = ""
    ) -> str:
        branch = branch or f"z9hG4bK{uuid.uuid4().hex}"
        self._number = number or self._number + 1
        headers = {**self._headers, **{name.replace("_", "-"): value for name, value in said.items()}}
        lines = [
            f"{method} {_target(self._answer) or self._uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._caller.host}:{self._caller.port};rport;branch={branch}",
            *(f"{name}: {value}" for name, value in headers.items()),
            f"CSeq: {self._number} {method}",
            *([f"Content-Type: {kind}"] if body else []),
            f"Content-Length: {len(body.encode('utf-8', 'surrogateescape'))}",
        ]
        self._caller.send("\r\n".join(lines) + "\r\n\r\n" + body)
        return branch

    def _send(self, method: str, number: int, body: str = "") -> None:
        branch = self.branch if method == "INVITE" or self.statuses[-1] >= 300 else f"z9hG4bK{uuid.uuid4().hex}"
        uri = self._uri if method == "INVITE" else _target(self._answer) or self._uri
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._caller.host}:{self._caller.port};rport;branch={branch}",
            *(f"{name}: {value}" for name, value in self._headers.items()),
            f"CSeq: {number} {method}",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body.encode())}",
        ]
        self._caller.send("\r\n".join(lines) + "\r\n\r\n" + body)


def _header(answer: bytes, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r$".encode(), answer, re.MULTILINE)
    return found[1].decode("utf-8", "surrogateescape") if found else ""


def _target(answer: bytes) -> str:
    found = re.search(r"<([^>]*)>", _header(answer, "Contact"))
    return found[1] if found and answer.startswith(b"SIP/2.0 2") else ""
