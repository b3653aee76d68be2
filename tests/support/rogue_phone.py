"""A telephone of ours in a rogue's hands: it registers whatever contact it likes, from the carrier's own port, is there
when it is asked, and takes no call. With `RawCaller.register`."""

from __future__ import annotations

import queue
import re
import socket
import threading

from tests.support.carrier import Carrier
from tests.support.raw_sip import RawCaller


class RoguePhone(RawCaller):
    """At `host`, on the same port as the carrier's. `rung`: the users of the request URIs of the INVITEs to it."""

    def __init__(self, port: int, carrier: Carrier, host: str = "127.0.0.9") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, carrier.port))
        self._socket.settimeout(0.1)
        self._exchange = ("127.0.0.1", port)
        self.host, self.port = self._socket.getsockname()
        self.rung: list[str] = []
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="rogue phone", daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        self._socket.close()

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def receive(self, seconds: float) -> bytes:
        try:
            return self._answers.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                continue
            method = data.partition(b" ")[0].decode("ascii", "replace")
            if method == "SIP/2.0":
                self._answers.put(data)
            elif method in ("INVITE", "OPTIONS"):
                self._refuse(method, data.decode("utf-8", "replace"))

    def _refuse(self, method: str, text: str) -> None:
        head = text.split("\r\n\r\n")[0].split("\r\n")
        if method == "INVITE":
            self.rung.append(re.sub(r"^sips?:", "", head[0].split(" ")[1]).split("@")[0])
        kept = [line for line in head[1:] if re.match(r"(via|from|to|call-id|cseq):", line, re.I)]
        kept = [
            f"{line};tag=rogue" if line.lower().startswith("to:") and ";tag=" not in line else line for line in kept
        ]
        status = "200 OK" if method == "OPTIONS" else "486 Busy Here"
        self.send("\r\n".join([f"SIP/2.0 {status}", *kept, "Content-Length: 0", "", ""]))
