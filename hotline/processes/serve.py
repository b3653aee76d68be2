"""`hotline serve`: the whole system on one machine, as child processes that are restarted when they die.

Children die with us, even when we are killed: the kernel signals them (PR_SET_PDEATHSIG). PostgreSQL and Asterisk
are not children: calls must go on and nothing stored may be at risk while this program is away. An Asterisk that
died is started again.
"""

import asyncio
import ctypes
import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence

import structlog

from core.errors import HotlineError
from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.runtime.plain_errors import port_taken
from telephony.pbx.process import PbxProcess
from telephony.pbx.settings import pbx_settings

log = structlog.get_logger()

_PR_SET_PDEATHSIG = 1
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 15.0
_STEADY_SECONDS = 30.0
"""A child that lived this long resets its back-off."""
_STOP_SECONDS = 15.0
_LEAVING_SECONDS = 5.0
"""How long the web process of a killed `serve` may take to leave its port; it gives its requests three seconds."""
_EXCHANGE_SECONDS = 2.0
"""How often it is looked whether Asterisk lives."""


async def serve(settings: Settings) -> None:
    """Run line, web and workers until SIGTERM or SIGINT; then end them in order and wait for them."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    workers = settings.speech.workers or os.cpu_count() or 1
    commands = [["line"], ["web"], *([["live"]] * settings.speech.live), *([["worker"]] * workers)]
    keepers = [spawn(_keep(command), name=f"keep {command[0]}") for command in commands]
    keepers.append(spawn(keep_exchange(settings), name="keep exchange"))
    log.info("installation_open", url=f"http://{settings.web.host}:{settings.web.port}", workers=workers)
    await stop.wait()
    log.info("installation_closing")
    await asyncio.gather(*(cancel(keeper) for keeper in keepers))


def check_port(settings: Settings, seconds: float = _LEAVING_SECONDS) -> None:
    """Before anything is opened: a part that can never open would be started again for ever. A `serve` that was just
    killed still has the port while it ends, so we wait for it, and log that. Raises ConfigurationError.
    """
    host, port = settings.web.host, settings.web.port
    deadline = time.monotonic() + seconds
    warned = False
    while (error := _refused(host, port)) is not None:
        if error.errno != errno.EADDRINUSE or time.monotonic() >= deadline:
            raise port_taken(host, port, error)
        if not warned:
            log.warning("port_taken", host=host, port=port, waiting_seconds=seconds)
            warned = True
        time.sleep(0.2)


def _refused(host: str, port: int) -> OSError | None:
    """Why the port cannot be had; None: it can."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                tried.bind(address)
                tried.listen(1)
    except OSError as error:
        return error
    return None


async def _keep(command: Sequence[str]) -> None:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        begun = asyncio.get_running_loop().time()
        code = await _run_once(command)
        lived = asyncio.get_running_loop().time() - begun
        pause = _FIRST_PAUSE_SECONDS if lived > _STEADY_SECONDS else min(pause * 2, _LONGEST_PAUSE_SECONDS)
        log.error("part_died", part=command[0], code=code, lived_seconds=round(lived, 1), again_in_seconds=pause)
        await asyncio.sleep(pause)


async def keep_exchange(settings: Settings) -> None:
    """An Asterisk that died is started again; its calls are lost, but not the next ones."""
    process = PbxProcess(pbx_settings(settings))
    while True:
        await asyncio.sleep(_EXCHANGE_SECONDS)
        if await asyncio.to_thread(process.pid) is not None:
            continue
        log.error("exchange_died")
        try:
            await asyncio.to_thread(process.start)
            log.info("exchange_started_again")
        except HotlineError as error:
            log.error("exchange_does_not_start", reason=error.message)


async def _run_once(command: Sequence[str]) -> int:
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "hotline", *command, preexec_fn=_die_with_parent)
    try:
        return await child.wait()
    except asyncio.CancelledError:
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), _STOP_SECONDS)
        except TimeoutError:
            log.warning("part_killed", part=command[0])
            child.kill()
            await child.wait()
        raise


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
