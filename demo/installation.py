"""A separate installation for the demonstration: its own folder, ports, database and Asterisk. It can be killed."""

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from core.errors import Unavailable
from core.sections.pbx import PbxSection
from core.sections.speech import SpeechSettings
from core.sections.web import WebSettings
from core.settings import Settings
from hotline.processes.prepare import prepare_database, prepare_pbx
from hotline.runtime.cluster import find_cluster
from recordings.recognition.speech_models import find_model
from telephony.pbx.process import PbxProcess
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import pbx_settings
from telephony.phone import PhoneAccount

_READY_SECONDS = 120.0
_STOP_SECONDS = 25.0
_RTP_PORTS = 400
_PORTS = range(21000, 23000)
"""Below those that the kernel gives to any connection: a database is made before they are opened."""


@dataclass(frozen=True)
class DemoInstallation:
    settings: Settings
    database_url: str
    pbx: PbxProcess

    @property
    def web_url(self) -> str:
        return f"http://{self.settings.web.host}:{self.settings.web.port}"

    def phone(self, user: str, *, name: str = "", number: str | None = None) -> PhoneAccount:
        pbx = pbx_settings(self.settings)
        password = load_secrets(pbx).phones[user]
        return PhoneAccount(user=user, password=password, port=pbx.sip_port, name=name, number=number)

    def open(self) -> subprocess.Popen[bytes]:
        """Start `hotline serve` in a process group of its own, its log beside the installation's folder."""
        with (self.settings.var / "serve.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "hotline", "serve"],
                env={**os.environ, **environment(self.settings)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def until_ready(self) -> None:
        """Until the screens answer and the line has logged in and caught up. Raises Unavailable."""
        try:
            async with asyncio.timeout(_READY_SECONDS), aiohttp.ClientSession() as client:
                while True:
                    with suppress(aiohttp.ClientError):
                        async with client.get(f"{self.web_url}/readyz") as answer:
                            if answer.status == 200 and any((await answer.json())["lines"].values()):
                                return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            end = (self.settings.var / "serve.log").read_text(errors="replace")[-1500:]
            raise Unavailable(f"the installation did not start within {_READY_SECONDS:g} s:\n{end}") from None


def close(process: subprocess.Popen[bytes]) -> None:
    """End the installation in order; what does not end is killed."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to every process of the installation at once: no warning, no tidying up."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def demo_installation(base: Settings, folder: Path) -> Iterator[DemoInstallation]:
    """A fresh installation in `folder` (its content is deleted), with PostgreSQL and Asterisk running; both end with
    it.
    """
    _remove_old(folder)
    folder.mkdir(parents=True)
    settings = demo_settings(base, folder)
    url = prepare_database(settings)
    try:
        pbx = prepare_pbx(settings)
        try:
            yield DemoInstallation(settings, url, pbx)
        finally:
            pbx.stop()
    finally:
        cluster = find_cluster(settings.var / "postgres")
        cluster.stop()
        if not cluster.data.is_relative_to(folder):
            # Nobody would find it there, and the next demonstration has another folder perhaps.
            cluster.remove()


def demo_settings(base: Settings, folder: Path) -> Settings:
    ports = iter(_free_ports(4))
    model = find_model(base)
    first_rtp = _free_rtp_range()
    return base.model_copy(
        update={
            "var": folder,
            "database_url": "",
            "web": WebSettings(port=next(ports)),
            "speech": SpeechSettings(model=str(model.path) if model else base.speech.model),
            "pbx": PbxSection(
                name="demo",
                line_number=base.pbx.line_number,
                sip_port=next(ports),
                manager_port=next(ports),
                http_port=next(ports),
                rtp_first_port=first_rtp,
                rtp_last_port=first_rtp + _RTP_PORTS - 1,
                agents=base.pbx.agents,
                test_phones=8,
            ),
        }
    )


def environment(settings: Settings) -> dict[str, str]:
    """These settings for a child process."""
    said = {"VAR": str(settings.var), "OPT": str(settings.opt), "CITY": str(settings.city)}
    said["PROMPTS"] = str(settings.prompts)
    for section in ("web", "speech", "pbx"):
        for key, value in getattr(settings, section).model_dump(mode="json").items():
            # Lists are read as JSON, and so is everything else that is no text.
            said[f"{section.upper()}__{key.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    return {f"HOTLINE_{key}": value for key, value in said.items()} | {"DATABASE_URL": settings.database_url}


def _remove_old(folder: Path) -> None:
    """A demonstration that was killed may have left its servers running: end those first."""
    if not folder.exists():
        return
    cluster = find_cluster(folder / "postgres")
    cluster.stop()
    cluster.remove()
    pid_file = folder / "pbx/run/asterisk.pid"
    with suppress(FileNotFoundError, ValueError, ProcessLookupError):
        pid = int(pid_file.read_text())
        if str(folder) in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        if len(found) < count and _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def _free_rtp_range() -> int:
    """The first of many UDP ports in a row of which none is used now."""
    for first in range(20000, 60000, _RTP_PORTS):
        try:
            for port in range(first, first + _RTP_PORTS, 20):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise Unavailable("no free UDP ports for the sound of calls")
