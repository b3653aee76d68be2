"""Starts, stops, reloads and asks the exchange. It runs in a session of its own, so it outlives our program; to find
out whether it runs, ask its control socket, not a parent.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telephony.pbx.binary import find_asterisk
from telephony.pbx.doors import closed_doors
from telephony.pbx.errors import PbxNotRunning, PbxStartFailed
from telephony.pbx.settings import PbxSettings

SOCKET_PATH_BYTES = 107
"""What the kernel takes for a socket's whole path."""
NEARER_THE_ROOT = "put the var directory nearer the root"


def socket_trouble(path: Path) -> str:
    """Why nothing could listen at `path`; empty: it can."""
    length = len(os.fsencode(path))
    if length <= SOCKET_PATH_BYTES:
        return ""
    return f"the control socket's path is too long ({path}: {length} bytes, at most {SOCKET_PATH_BYTES})"


@dataclass(frozen=True)
class PbxStatus:
    running: bool
    pid: int | None
    version: str
    channels: int
    """Live channels; 0 when it does not run."""


class PbxProcess:
    """The one Asterisk of these settings (absolute ones). Every method blocks: call it from a thread."""

    def __init__(self, settings: PbxSettings) -> None:
        self._settings = settings
        self._command = find_asterisk(settings).command

    def start(self, seconds: float = 30) -> None:
        """Returns once Asterisk takes calls; where it runs already, its ports are looked at and no more. Raises
        PbxStartFailed, also where a port is missing; what was just started is ended then, since no call would come."""
        if self.pid() is not None:
            self._until(self._booted, seconds)
            self._check_doors()
            return
        if trouble := socket_trouble(self._settings.control_socket):
            # Asterisk would cut the path, listen somewhere else, and never seem ready.
            raise PbxStartFailed(f"{trouble}. Fix: {NEARER_THE_ROOT}")
        self._settings.control_socket.unlink(missing_ok=True)
        with (self._settings.log / "console.log").open("ab") as console:
            child = subprocess.Popen(
                [*self._command, "-C", str(self._settings.configuration), "-f"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                cwd=self._settings.directory,
                # CEL's and CDR's texts carry no zone; with UTC there is nothing to mistake.
                env={**os.environ, "TZ": "UTC"},
            )
        try:
            self._until(lambda: child.poll() is not None or self._booted(), seconds)
        except TimeoutError:
            child.kill()
            child.wait()
            raise PbxStartFailed(f"Asterisk was not ready after {seconds:g} s. {self._last_words()}") from None
        if child.poll() is not None:
            raise PbxStartFailed(f"Asterisk ended at once (code {child.returncode}). {self._last_words()}")
        try:
            self._check_doors()
        except BaseException:
            child.kill()
            child.wait()
            raise
        # It outlives us on purpose; a Popen that is forgotten before its process has ended warns.
        child.returncode = 0

    def stop(self, seconds: float = 10) -> None:
        """Ends it, calls and all; first politely. Nothing happens when it does not run."""
        pid = self.pid()
        if pid is None:
            return
        self._rx("core stop now")
        try:
            self._until(lambda: not _alive(pid), seconds)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            self._until(lambda: not _alive(pid), seconds)

    def reload(self) -> None:
        """Takes over changed files; calls go on. A changed address or port takes a restart."""
        self.rx("core reload")

    def rx(self, command: str) -> str:
        """The console's answer. Raises PbxNotRunning."""
        answer = self._rx(command)
        if answer.returncode != 0:
            raise PbxNotRunning
        return answer.stdout

    def pid(self) -> int | None:
        try:
            pid = int((self._settings.run / "asterisk.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if _is_asterisk(pid) else None

    def status(self) -> PbxStatus:
        pid = self.pid()
        if pid is None or not self._booted():
            return PbxStatus(running=False, pid=pid, version="", channels=0)
        version = self.rx("core show version").split(" built", 1)[0].strip()
        channels = self.rx("core show channels count").split(" ", 1)[0]
        return PbxStatus(running=True, pid=pid, version=version, channels=int(channels))

    def closed_doors(self) -> list[tuple[str, str]]:
        """Ports that it could not open: the consequences, and how to fix it. Raises PbxNotRunning."""
        return list(closed_doors(self._settings, self.rx))

    def _check_doors(self) -> None:
        if closed := self.closed_doors():
            raise PbxStartFailed("\n".join(f"{what}. Fix: {mend}" for what, mend in closed))

    def _booted(self) -> bool:
        if not self._settings.control_socket.exists():
            return False
        return "fully booted" in self._rx("core waitfullybooted").stdout

    def _rx(self, command: str) -> subprocess.CompletedProcess[str]:
        arguments = [*self._command, "-C", str(self._settings.configuration), "-rx", command]
        return subprocess.run(arguments, capture_output=True, text=True, errors="replace", timeout=30, check=False)

    def _last_words(self) -> str:
        words = [_tail(self._settings.log / name) for name in ("messages", "messages.log", "console.log")]
        return "\n".join(word for word in words if word)

    def _until(self, predicate: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not predicate():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not after {seconds:g} s")
            time.sleep(0.05)


def _alive(pid: int) -> bool:
    """A zombie does not count: its parent may be us."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return Path(f"/proc/{pid}").exists()


def _is_asterisk(pid: int) -> bool:
    """A pid file survives a crash, and its number may by now be somebody else's."""
    try:
        return b"asterisk" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _tail(path: Path, lines: int = 12) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
