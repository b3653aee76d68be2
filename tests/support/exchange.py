"""A real Asterisk in a directory of its own, on free ports, and what tests do with it. Used by conftest.py and by
tests/support/capture_calls.py; nothing of our program is attached to it unless a test does so."""

from __future__ import annotations

import math
import secrets
import socket
import struct
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from telephony.calls.call import fold
from telephony.calls.call_state import CallPicture
from telephony.calls.cel_records import values_of
from telephony.calls.events import CEL_SHAPE, fact_from_line
from telephony.pbx.cel import CEL_COLUMNS
from telephony.pbx.process import PbxProcess
from telephony.pbx.render import install_configuration
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings, absolute
from telephony.phone import Phone, PhoneAccount, PhoneCall
from tests.support.hearing import PIECE_SECONDS, heard_seconds

ROOT = Path(__file__).parents[2]
PROMPTS = {"greeting": 700, "all-busy": 520, "leave-message": 620, "message-thanks": 820, "goodbye": 920,
           "callback-noted": 1020, "number-withheld": 1120, "survey-intro": 1220, "survey-thanks": 1320,
           "system-error": 1420, "queue-keys": 3320, "blocked": 3420,
           "transferring": 3520}  # fmt: skip
"""Prompt → frequency in Hz: short tones instead of speech, so that a test can recognise which one it hears."""
PIECES = {"queue-next": 1520, "queue-place": 1620, "queue-persons": 1720, "queue-wait": 1820, "queue-minutes": 1920,
          **{f"digit-{digit}": 2020 + 100 * digit for digit in range(10)},
          "digit-2-liang": 3020, "number-ten": 3120, "number-hundred": 3220}  # fmt: skip
"""What numbers and places are put together from; shorter, as in life."""

NOT_IN_USE = "1"
"""AST_DEVICE_NOT_INUSE, as the manager reports a queue's member."""

CelRow = dict[str, str]


@cache
def tone(hertz: float, seconds: float, amplitude: int = 8000) -> bytes:
    """Samples, 8 kHz, 16 bits."""
    count = int(8000 * seconds)
    return struct.pack(f"<{count}h", *(int(amplitude * math.sin(2 * math.pi * hertz * i / 8000)) for i in range(count)))


def write_wav(path: Path, samples: bytes) -> Path:
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(samples)
    return path


def until(predicate: Callable[[], object], seconds: float = 30, what: str = "it") -> None:
    deadline = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.02)


PORTS = range(24000, 30000)
"""Below those that the kernel gives when any port will do (32,768 and up), so that no telephone, browser or
connection of another test gets one between its choice and its use; beside the exchanges' RTP ports."""


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Nobody's, and from now on this process's: a name in the kernel, which goes with the process, says so."""
    while True:
        port = secrets.choice(PORTS)
        mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            mark.bind(f"\0hotline test port {port}")
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            mark.close()
        else:
            mark.detach()
            return port


class RawManager:
    """A bare manager connection: what a test needs and no more. Events are dicts of their headers."""

    def __init__(self, port: int, user: str, secret: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.settimeout(0.2)
        self.frames: list[str] = []
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._read, name="raw manager", daemon=True)
        self._thread.start()
        self._number = 0
        assert self.action("Login", Username=user, Secret=secret)["Response"] == "Success"

    def action(self, name: str, /, *, variables: tuple[str, ...] = (), **headers: str) -> dict[str, str]:
        """Sends an action and gives its response."""
        self._number += 1
        action_id = f"test-{self._number}"
        lines = [f"Action: {name}", f"ActionID: {action_id}", *(f"{key}: {value}" for key, value in headers.items())]
        lines += [f"Variable: {variable}" for variable in variables]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        found: list[dict[str, str]] = []

        def answered() -> bool:
            found[:] = [
                f for f in map(parse_frame, list(self.frames)) if f.get("ActionID") == action_id and "Response" in f
            ]
            return bool(found)

        until(answered, what=f"the response to {name}")
        return found[0]

    def collect(self, name: str, /, **headers: str) -> list[dict[str, str]]:
        """The events of a list action."""
        same = self.action(name, **headers)["ActionID"]
        until(lambda: self.events(ActionID=same, EventList="Complete"), what=f"the list of {name}")
        return [event for event in self.events(ActionID=same) if event.get("EventList") != "Complete"]

    def events(self, name: str = "", **headers: str) -> list[dict[str, str]]:
        frames = [parse_frame(frame) for frame in list(self.frames)]
        wanted = {**({"Event": name} if name else {}), **headers}
        return [f for f in frames if "Event" in f and all(f.get(key) == value for key, value in wanted.items())]

    def wait_event(self, name: str, seconds: float = 30, **headers: str) -> dict[str, str]:
        until(lambda: self.events(name, **headers), seconds, f"event {name} {headers}")
        return self.events(name, **headers)[0]

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._socket.close()

    def _read(self) -> None:
        buffer = b""
        while not self._closing.is_set():
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                continue
            if not data:
                return
            *frames, buffer = (buffer + data).split(b"\r\n\r\n")
            self.frames += [frame.decode("utf-8", "replace") for frame in frames]


def parse_frame(frame: str) -> dict[str, str]:
    return dict(line.split(":", 1) for line in frame.split("\r\n") if ":" in line) | {
        line.split(":", 1)[0]: line.split(":", 1)[1].strip() for line in frame.split("\r\n") if ":" in line
    }


class Exchange:
    """Asterisk, started; `settings`, `process`, and short ways to phones, files and facts."""

    def __init__(self, directory: Path, **settings: object) -> None:
        prompts = directory / "prompts"
        prompts.mkdir(parents=True)
        for name, hertz in PROMPTS.items():
            write_wav(prompts / f"{name}.wav", tone(hertz, 1.0))
        for name, hertz in PIECES.items():
            write_wav(prompts / f"{name}.wav", tone(hertz, PIECE_SECONDS))
        defaults: dict[str, object] = {
            "directory": directory / "pbx",
            "recordings_directory": directory / "recordings",
            "prompts_directory": prompts,
            "tree_directory": ROOT / "var/opt/asterisk",
            "sip_port": free_port(socket.SOCK_DGRAM),
            "ami_port": free_port(),
            "http_port": free_port(),
            "agents": ("1001", "1002", "1003"),
            "crews": ("unit-01", "unit-02"),
            "test_phones": True,
            "announce_seconds": 30,
            "message_silence_seconds": 2,
            "survey_seconds": 2,
            "blocked_seconds": 2,
        }
        self.settings = absolute(PbxSettings(**{**defaults, **settings}), directory)  # type: ignore[arg-type]
        install_configuration(self.settings)
        self.secrets = load_secrets(self.settings)
        self.process = PbxProcess(self.settings)
        self._over = 0
        """Number of rows of calls that are over."""

    def start(self) -> None:
        self.process.start()

    def stop(self) -> None:
        self.process.stop()

    def account(self, user: str, *, name: str = "", number: str | None = None) -> PhoneAccount:
        return PhoneAccount(user, self.secrets.phones[user], self.settings.sip_port, name=name, number=number)

    @contextmanager
    def manager(self) -> Iterator[RawManager]:
        manager = RawManager(self.settings.ami_port, "hotline", self.secrets.ami)
        try:
            yield manager
        finally:
            manager.close()

    @contextmanager
    def phone(self, user: str, *, rings: bool = False, name: str = "", number: str | None = None) -> Iterator[Phone]:
        """A registered phone. It answers at once unless `rings`."""
        with Phone(self.account(user, name=name, number=number), (lambda call: None) if rings else None) as phone:
            phone.register()
            yield phone

    @contextmanager
    def agent(self, number: str, *, rings: bool = False) -> Iterator[Phone]:
        """A phone that is a member of the queue meanwhile; no manager connection stays open."""
        with self.phone(number, rings=rings) as phone:
            self.sign_in(number)
            with self.manager() as manager:
                until(lambda: NOT_IN_USE in self._states(manager, number), what=f"the queue's knowledge of {number}")
            yield phone
            self.sign_out(number)

    def _states(self, manager: RawManager, agent: str) -> list[str]:
        """As the queue knows the agent's telephone: it learns of it some time after that has registered."""
        asked = {"Queue": self.settings.queue, "Member": f"PJSIP/{agent}"}
        return [event["Status"] for event in manager.collect("QueueStatus", **asked) if event["Event"] == "QueueMember"]

    def sign_in(self, agent: str) -> None:
        with self.manager() as manager:
            manager.action("QueueAdd", Queue=self.settings.queue, Interface=f"PJSIP/{agent}", MemberName=agent)

    def sign_out(self, agent: str) -> None:
        with self.manager() as manager:
            manager.action("QueueRemove", Queue=self.settings.queue, Interface=f"PJSIP/{agent}")

    def cel_lines(self) -> list[str]:
        """The whole records; a caller's words may have line breaks in them."""
        try:
            written = self.settings.cel_file.read_bytes()
        except FileNotFoundError:
            return []
        return [record.decode("utf-8", "replace").removesuffix("\n") for record in CEL_SHAPE.cut(written).records]

    def cel_rows(self, *, skip: int = 0) -> list[CelRow]:
        names = [column.name for column in CEL_COLUMNS]
        return [dict(zip(names, values_of(line.encode()), strict=True)) for line in self.cel_lines()[skip:]]

    def begin(self) -> int:
        """How many rows there are, once every call in them is over: what is read after these is of later calls only."""
        until(lambda: not self._going_on(self._over), what="the end of the calls of before")
        self._over = len(self.cel_lines())
        return self._over

    def _going_on(self, skip: int) -> set[str]:
        """The linkedids of the calls reported since then that have not ended."""
        rows = self.cel_rows(skip=skip)
        return {row["linkedid"] for row in rows} - {row["linkedid"] for row in rows if row["event"] == "LINKEDID_END"}

    def wait_joined(self, skip: int, times: int = 1, seconds: float = 30) -> None:
        """Until two were joined `times` times since the first `skip` rows: what is said sooner is not all heard."""
        until(
            lambda: sum(row["event"] == "BRIDGE_ENTER" for row in self.cel_rows(skip=skip)) >= 2 * times,
            seconds,
            "the conversation in the CEL file",
        )

    def wait_over(self, skip: int, linkedids: int = 1, seconds: float = 30) -> list[CelRow]:
        """The rows after the first `skip`, once the given number of calls have ended and none goes on."""
        until(
            lambda: (
                sum(row["event"] == "LINKEDID_END" for row in self.cel_rows(skip=skip)) >= linkedids
                and not self._going_on(skip)
            ),
            seconds,
            "the end of the call in the CEL file",
        )
        return self.cel_rows(skip=skip)

    def recording(self, rows: list[CelRow], leg: str) -> Path:
        started = next(row for row in rows if row["user_event"] == "RECORDING_STARTED")
        path = started["application_data"].split(",", 1)[1]
        return self.closed(self.settings.recordings_directory / f"{path}-{leg}.wav")

    def closed(self, recording: Path) -> Path:
        """The file, once Asterisk has written all of it: a call's end comes before its last second is on the disk."""

        def is_written() -> bool:
            opened = Path(f"/proc/{self.process.pid()}/fd")
            return not opened.exists() or recording.resolve() not in {_target(one) for one in opened.iterdir()}

        until(is_written, what=f"the end of {recording.name}")
        return recording


def _target(link: Path) -> Path | None:
    try:
        return link.readlink()
    except FileNotFoundError:  # closed while we look
        return None


def until_heard(ear: PhoneCall, mouth: PhoneCall, hertz: float, seconds: float = 1.5) -> None:
    """Speaks until `seconds` of it were heard at the other end: what a busy machine loses on the way is said again.
    A recording may lack half a second of what was heard."""
    before = heard_seconds(ear.heard(), hertz)
    mouth.media.say(tone(hertz, 60))
    until(lambda: heard_seconds(ear.heard(), hertz) - before > seconds, what=f"hearing {hertz:g} Hz")
    mouth.media.hush()


def picture_of(exchange: Exchange, skip: int) -> CallPicture:
    exchange.wait_over(skip)
    picture, _, unexpected = fold(fact_from_line(line.encode()) for line in exchange.cel_lines()[skip:])
    assert picture is not None
    assert not unexpected
    return picture


def said(exchange: Exchange, skip: int, word: str) -> bool:
    return any(row["user_event"] == word for row in exchange.cel_rows(skip=skip))
