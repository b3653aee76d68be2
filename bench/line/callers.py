"""Citizens of the bench: SIPp calling a separate installation with real calls, while our processes run or are stopped.
Stopped means all of them (SIGSTOP): then Asterisk answers, queues and records alone, which is the floor.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import soundfile

from core.errors import ConfigurationError, Unavailable
from core.settings import Settings
from demo.installation import DemoInstallation, close, demo_installation, kill

SCENARIO = Path(__file__).with_name("sipp.xml")
PROMPT_SECONDS = 0.3
_QUIET_SECONDS = 120.0
_CALLER = "127.0.0.2"
"""The trunk's address in an installation of the bench."""


@dataclass(frozen=True)
class Callers:
    calls: int
    at_once: int
    a_second: int
    hold_seconds: float
    """Between the answer and hanging up."""
    speak: bool = True


@dataclass
class BenchInstallation:
    installation: DemoInstallation
    process: subprocess.Popen[bytes]
    folder: Path

    def stand_still(self) -> None:
        os.killpg(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)

    async def call(self, callers: Callers) -> float:
        """Have them call; seconds until the last has hung up. Raises Unavailable where a call failed."""
        sipp = shutil.which("sipp")
        if sipp is None:
            raise ConfigurationError("the bench calls with SIPp. Fix: apt install sip-tester")
        pbx = self.installation.settings.pbx
        command = [
            sipp, f"{pbx.host}:{pbx.sip_port}", "-sf", str(self._scenario(callers)), "-i", _CALLER, "-mi", _CALLER,
            "-s", pbx.line_number, "-m", str(callers.calls), "-l", str(callers.at_once), "-r", str(callers.a_second),
            "-nostdin", "-timeout", "100s",
        ]  # fmt: skip
        started = asyncio.get_running_loop().time()
        process = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        _, said = await process.communicate()
        if process.returncode:
            raise Unavailable(f"SIPp: a call failed ({process.returncode}): {said.decode(errors='replace')[-300:]}")
        return asyncio.get_running_loop().time() - started

    async def until_quiet(self, calls: int) -> None:
        """Until `calls` calls in all have ended for us too, and every job is done. Raises Unavailable."""
        async with await psycopg.AsyncConnection.connect(self.installation.database_url, autocommit=True) as connection:
            for _ in range(int(_QUIET_SECONDS / 0.3)):
                row = await (await connection.execute(_QUIET)).fetchone()
                if row is not None and row[0] >= calls and not row[1]:
                    return
                await asyncio.sleep(0.3)
        raise Unavailable(f"not all was known and archived within {_QUIET_SECONDS:g} s: {row}")

    def _scenario(self, callers: Callers) -> Path:
        speak = f'<nop><action><exec rtp_stream="{self.folder / "voice.al"},-1,8,PCMA/8000"/></action></nop>'
        text = SCENARIO.read_text("utf-8").replace("HOLD", str(round(callers.hold_seconds * 1000)))
        file = self.folder / "scenario.xml"
        file.write_text(text.replace("SPEAK", speak if callers.speak else ""), "utf-8")
        return file


_QUIET = """
    SELECT (SELECT count(*) FROM calls WHERE ended_at IS NOT NULL),
           (SELECT count(*) FROM procrastinate_jobs
            WHERE status IN ('todo', 'doing') AND task_name = 'recordings.archive')
         + (SELECT count(*) FROM recordings WHERE state = 'expected')
"""


@contextmanager
def bench_installation(*, agents: int = 8) -> Iterator[BenchInstallation]:
    """Open, with line, web, live transcripts and one worker; short prompts, so that a call is soon where it goes."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-bench-"))
    folder.chmod(0o755)
    try:
        base = Settings()
        prompts = _short_prompts(base.prompts, folder / "prompts")
        _write_voice(folder / "voice.al")
        settings = base.model_copy(update={"prompts": prompts, "opt": base.opt.resolve(), "city": base.city.resolve()})
        settings = settings.model_copy(update={"pbx": settings.pbx.model_copy(update={"agents": agents})})
        with demo_installation(settings, folder / "site") as installation:
            process = installation.open()
            try:
                asyncio.run(installation.until_ready())
                yield BenchInstallation(installation, process, folder)
                os.killpg(process.pid, signal.SIGCONT)
                close(process)
            except BaseException:
                kill(process)
                raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _short_prompts(source: Path, target: Path) -> Path:
    target.mkdir()
    for file in source.glob("*.wav"):
        samples, rate = soundfile.read(file, dtype="int16")
        soundfile.write(target / file.name, samples[: round(PROMPT_SECONDS * rate)], rate, subtype="PCM_16")
    return target


def _write_voice(file: Path) -> None:
    """Ten seconds of a loud hum: no silence that would end a message."""
    at = np.arange(80_000) / 8000
    hum = (8000 * np.sin(2 * np.pi * 330 * at) * (1 + 0.5 * np.sin(2 * np.pi * 3 * at))).astype("<i2")
    soundfile.write(file, hum, 8000, format="RAW", subtype="ALAW")
