"""A call's sound: speaks what is queued, keeps what is heard on a common time line, sends and hears keys (RFC 4733).
One thread per call, paced by the clock so that it does not drift in long calls. 8 kHz, 16 bits, mono."""

from __future__ import annotations

import contextlib
import random
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telephony.phone.heard import SoundHeard
from telephony.phone.library import RTP, audioop

FRAME_SAMPLES = 160
FRAME_BYTES = 2 * FRAME_SAMPLES
FRAME_SECONDS = 0.02
SILENCE = bytes(FRAME_BYTES)
LATE_PACKETS = 500
"""10 s: more are not what was said, but a flood."""
KEYS = "0123456789*#ABCD"
KEY_FRAMES = 8
"""160 ms: a key shorter than 40 ms need not be heard (Q.24)."""
KEY_GAP_FRAMES = 5
"""Between two keys; when they follow one another without a pause Asterisk reports the later one twice."""

_DECODED = {RTP.PayloadType.PCMA: audioop.alaw2lin, RTP.PayloadType.PCMU: audioop.ulaw2lin}


@dataclass
class _Sound:
    samples: bytes
    done: threading.Event


class CallMedia(RTP.RTPClient):
    """pyVoIP's client with a socket of its own, 16-bit sound and its threads' end under control."""

    def __init__(self, host: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        super().__init__(
            {8: RTP.PayloadType.PCMA},
            host,
            self._socket.getsockname()[1],
            "",
            0,
            RTP.TransmitType.SENDRECV,
            self._key_heard,
        )
        self.codec = 8
        self.keys_payload = 101
        self.digits = ""
        """Keys that the far end has pressed."""
        self.on_key: Callable[[str], None] | None = None
        self._sounds: deque[_Sound] = deque()
        self._keys: deque[tuple[str, threading.Event]] = deque()
        self._frames_since_key = KEY_GAP_FRAMES
        self._heard = SoundHeard(time.monotonic())
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.sequence = random.randrange(1 << 16)  # noqa: S311 - RTP wants unlikely, not secret
        self._timestamp = random.randrange(1 << 31)  # noqa: S311
        self._ssrc = random.randrange(1 << 32)  # noqa: S311

    @property
    def port(self) -> int:
        return int(self.inPort)

    def talk_to(self, host: str, port: int, codec: int, keys_payload: int) -> None:
        """Begins to send and to listen, or goes on to another address."""
        self.outIP, self.outPort, self.codec, self.keys_payload = host, port, codec, keys_payload
        self.assoc = {0: RTP.PayloadType.PCMU, 8: RTP.PayloadType.PCMA, keys_payload: RTP.PayloadType.EVENT}
        with self._lock:  # the far end may hang up, which stops us, in the very moment in which we begin
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name=f"phone: RTP {self.port}", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        with self._lock:
            self._stopping.set()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(2)
        self._socket.close()
        with self._lock:
            waiting = [sound.done for sound in self._sounds] + [done for _, done in self._keys]
            self._sounds.clear()
            self._keys.clear()
        for done in waiting:
            done.set()

    def say(self, samples: bytes) -> threading.Event:
        """Queues sound; the event is set when it has been said or the call is over."""
        done = threading.Event()
        with self._lock:
            self._sounds.append(_Sound(samples, done))
        if self._stopping.is_set():
            done.set()
        return done

    def hush(self) -> None:
        """Drops what is still to be said."""
        with self._lock:
            dropped = list(self._sounds)
            self._sounds.clear()
        for sound in dropped:
            sound.done.set()

    def press(self, key: str) -> threading.Event:
        if key not in KEYS:
            raise ValueError(f"{key!r} is not a key of a telephone")
        done = threading.Event()
        with self._lock:
            self._keys.append((key, done))
        if self._stopping.is_set():
            done.set()
        return done

    def heard(self) -> bytes:
        """Everything heard since the call was answered."""
        with self._lock:
            return bytes(self._heard.samples)

    def _run(self) -> None:
        self._heard.since = due = time.monotonic()
        while not self._stopping.is_set():
            wait = due - time.monotonic()
            if wait > 0:
                if select.select([self._socket], [], [], wait)[0]:
                    self._receive()
                continue
            in_time = self._send_frame()
            # Neither after a key nor after a stall longer than a second is the lost time made up in a burst.
            due = (due if in_time and wait > -1 else time.monotonic()) + FRAME_SECONDS
        for _ in range(LATE_PACKETS):  # What came before the end was said before it, however busy this machine is.
            if not select.select([self._socket], [], [], 0)[0]:
                break
            self._receive()

    def _send_frame(self) -> bool:
        """False when it took longer than a frame: it was a key."""
        with self._lock:
            key = self._keys.popleft() if self._keys and self._frames_since_key >= KEY_GAP_FRAMES else None
        if key is not None:
            self._frames_since_key = 0
            self._send_key(*key)
            return False
        self._frames_since_key += 1
        frame, done = self._next_frame()
        encoded = audioop.lin2alaw(frame, 2) if self.codec == 8 else audioop.lin2ulaw(frame, 2)
        self._send(self.codec, encoded, marker=False)
        self._timestamp = (self._timestamp + FRAME_SAMPLES) % (1 << 32)
        if done is not None:
            done.set()
        return True

    def _next_frame(self) -> tuple[bytes, threading.Event | None]:
        with self._lock:
            if not self._sounds:
                return SILENCE, None
            sound = self._sounds[0]
            frame, sound.samples = sound.samples[:FRAME_BYTES], sound.samples[FRAME_BYTES:]
            if sound.samples:
                return frame, None
            self._sounds.popleft()
            return frame.ljust(FRAME_BYTES, b"\0"), sound.done

    def _send_key(self, key: str, done: threading.Event) -> None:
        """The whole key at its own pace: same time stamp throughout, the end sent three times (RFC 4733, 2.5.1)."""
        event = KEYS.index(key)
        for number in range(1, KEY_FRAMES + 1):
            payload = struct.pack("!BBH", event, 10, number * FRAME_SAMPLES)
            self._send(self.keys_payload, payload, marker=number == 1)
            self._stopping.wait(FRAME_SECONDS)
        for _ in range(3):
            self._send(
                self.keys_payload, struct.pack("!BBH", event, 0x80 | 10, (KEY_FRAMES + 1) * FRAME_SAMPLES), marker=False
            )
        self._timestamp = (self._timestamp + (KEY_FRAMES + 1) * FRAME_SAMPLES) % (1 << 32)
        done.set()

    def _send(self, payload_type: int, payload: bytes, *, marker: bool) -> None:
        header = struct.pack(
            "!BBHII", 0x80, payload_type | (0x80 if marker else 0), self.sequence, self._timestamp, self._ssrc
        )
        self.sequence = (self.sequence + 1) % (1 << 16)
        with contextlib.suppress(OSError):  # the far end has closed its port; SIP will tell
            self._socket.sendto(header + payload, (self.outIP, self.outPort))

    def _receive(self) -> None:
        try:
            packet = self._socket.recv(2048)
            message = RTP.RTPMessage(packet, self.assoc)
        except (OSError, RTP.RTPParseError, ValueError, IndexError):
            return
        if message.payload_type == RTP.PayloadType.EVENT:
            self.parse_telephone_event(message)
        elif message.payload_type in _DECODED:
            timestamp, source = struct.unpack_from("!II", packet, 4)
            samples = _DECODED[message.payload_type](message.payload, 2)
            with self._lock:
                self._heard.keep(samples, timestamp, source, time.monotonic())

    def _key_heard(self, key: Any) -> None:
        self.digits += key
        if self.on_key is not None:
            self.on_key(key)
