"""The border to pyVoIP 1.6.8: what we use of it, and what is fixed in its parser.

Of pyVoIP we keep the SIP message parser, REGISTER and digest, and RTP packets and payload types. Its calls are
not used: `VoIPPhone.call()` waits for ever when a 200 comes without a 1xx, its ACK carries a random To-tag and goes
to the address of record (Asterisk drops such a call after 32 s), sound is cut to 8 bits, the RTP sequence number
overflows after 21 minutes, and threads and sockets are left behind.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

with warnings.catch_warnings():
    # audioop leaves Python with 3.13; pyproject.toml keeps us below.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

    # First, or its modules import one another in a circle.
    import pyVoIP.VoIP  # noqa: F401
    from pyVoIP import RTP, SIP

__all__ = ["RTP", "SIP", "SipMessage", "audioop"]

METHODS = ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "NOTIFY", "REFER", "INFO", "UPDATE", "MESSAGE"]


class SipMessage(SIP.SIPMessage):
    """One SIP request or answer. `type`, `status`, `method`, `headers`, `body` as in pyVoIP."""

    def parse(self, data: bytes) -> None:
        self.SIPCompatibleMethods = METHODS
        self.method = ""
        # A header without a value ("Supported:") makes pyVoIP lose the message.
        head, separator, body = data.partition(b"\r\n\r\n")
        kept = [line for index, line in enumerate(head.split(b"\r\n")) if index == 0 or line.partition(b":")[2].strip()]
        # Nor is every body SDP: after a REFER the NOTIFY carries a SIP status line.
        described = any(line.lower().replace(b" ", b"") == b"content-type:application/sdp" for line in kept)
        super().parse(b"\r\n".join(kept) + separator + (body if described else b""))

    @staticmethod
    def parse_raw_header(headers_raw: list[bytes], handle: Callable[[str, Any], None]) -> None:
        """pyVoIP cuts a value at its second ': '."""
        headers: dict[str, Any] = {"Via": []}
        for line in headers_raw:
            name, _, value = str(line, "utf8", "replace").partition(":")
            if name == "Via":
                headers["Via"].append(value.strip())
            else:
                headers.setdefault(name, value.strip())
        for name, value in headers.items():
            handle(name, value)

    @property
    def is_answer(self) -> bool:
        return bool(self.type == SIP.SIPMessageType.RESPONSE)

    @property
    def code(self) -> int:
        return int(self.status.value)

    @property
    def call_id(self) -> str:
        return str(self.headers["Call-ID"])

    @property
    def cseq_method(self) -> str:
        return str(self.headers["CSeq"]["method"])

    @property
    def contact_uri(self) -> str:
        return str(self.headers["Contact"]).partition("<")[2].partition(">")[0] or str(self.headers["Contact"])

    def audio(self) -> tuple[str, int, list[int], int]:
        """Address, port, the payload types we can speak (PCMA, PCMU), and that of RFC 4733 keys."""
        media = next(line for line in self.body["m"] if line["type"] == "audio")
        address = self.body["c"][0]["address"]
        offered = [int(number) for number in media["methods"]]
        keys = 101
        for number, attributes in media["attributes"].items():
            if attributes.get("rtpmap", {}).get("name") == "telephone-event":
                keys = int(number)
        return str(address), int(media["port"]), [number for number in offered if number in (0, 8)], keys
