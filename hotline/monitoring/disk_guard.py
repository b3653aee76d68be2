"""Keeps the last of the disk for the facts: recordings stop before Asterisk's events and PostgreSQL find no room.

A file that the dialplan looks at (PbxSettings.no_recording_file) says so to every call that begins; recordings in
progress are stopped through the manager. Calls go on in either case. Attachments stop long before
(dispatch/attachments/quotas.py).
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from core import clock
from core.errors import HotlineError
from hotline.monitoring.incident_bell import IncidentBell
from recordings.archive.disk import AGAIN_BYTES, STOP_BYTES, free_bytes
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()

_CHECK_SECONDS = 3.0
_RESUMED_CHECKS = 3
"""Recording is reported as resumed after so many checks: of two reports within five seconds the later one
is dropped."""


def may_record(free: int, *, recording: bool) -> bool:
    """`free` in bytes; `recording`: whether it is done now."""
    return free >= (STOP_BYTES if recording else AGAIN_BYTES)


class DiskGuard:
    """`folders`: on whose disks recordings and events are written. `stop_recording` ends those that go on."""

    def __init__(
        self,
        folders: tuple[Path, ...],
        flag: Path,
        incidents: IncidentBell,
        stop_recording: Callable[[], Awaitable[None]],
    ) -> None:
        self._folders = folders
        self._flag = flag
        self._incidents = incidents
        self._stop_recording = stop_recording
        self._resumed: list[str] = []

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.check(await asyncio.to_thread(lambda: min(map(free_bytes, self._folders))))
            except OSError as error:
                log.error("disk_not_looked_at", reason=str(error))
            await asyncio.sleep(_CHECK_SECONDS)

    async def check(self, free: int) -> None:
        """One check, with this many bytes free."""
        recording = not self._flag.exists()
        if may_record(free, recording=recording):
            if not recording:
                self._resumed = [resumed_word(self._stopped_at(), clock.now())] * _RESUMED_CHECKS
                self._flag.unlink(missing_ok=True)
                log.warning("recording_goes_on", free_bytes=free)
            if self._resumed:
                self._incidents.ring(TroubleKind.RECORDING_STOPPED, self._resumed.pop())
            return
        self._resumed.clear()
        if recording:
            # An empty file needs no room, and outlives us. It is as old as the pause.
            self._flag.touch()
        self._incidents.ring(TroubleKind.RECORDING_STOPPED, f"现在只剩 {free / 1e9:.1f} GB，请马上腾出空间")
        if recording:
            log.error("recording_stopped", free_bytes=free)
            try:
                await self._stop_recording()
            except HotlineError as error:
                log.error("recordings_not_stopped", reason=error.message)

    def _stopped_at(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._flag.stat().st_mtime, dt.UTC)


def resumed_word(stopped_at: dt.datetime, at: dt.datetime) -> str:
    """Which calls have no sound, for the chiefs who come in the morning."""
    begun, ended = clock.in_city(stopped_at), clock.in_city(at)
    return f"{begun:%-m月%-d日 %H:%M} 至 {ended:%-m月%-d日 %H:%M} 的通话没有录音，现在已恢复"
