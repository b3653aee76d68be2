"""A test rig for the agent's desk: real Asterisk, PostgreSQL, `hotline line` and `hotline web` as processes, and
browsers with a telephone: their microphone hears a tone of its own, what they play can be measured.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from playwright.async_api import Browser, BrowserContext, Dialog, Page, async_playwright

from bench.chromium import find_chromium
from core.sections.pbx import PbxSection
from core.sections.web import WebSettings
from core.settings import Settings
from demo.accounts import SampleAccount, store_accounts
from demo.installation import environment
from dispatch.workflow import Role
from hotline.processes.prepare import import_organisation
from tests.support.browser import DESK, FLAGS
from tests.support.exchange import ROOT, Exchange, free_port, tone, write_wav

AGENT_HERTZ = 1800
"""What the browser's microphone hears."""
CITIZEN_HERTZ = 2600
PASSWORD = "示例密码-2026-Qufu"
ACCOUNTS = [
    SampleAccount(f"agent{n}", name, Role.AGENT, PASSWORD, extension=str(1000 + n))
    for n, name in ((1, "林示例"), (2, "陈示例"), (3, "方示例"))
] + [SampleAccount("supervisor", "许示例", Role.SUPERVISOR, PASSWORD, extension="1004")]


@dataclass
class DeskRig:
    exchange: Exchange
    settings: Settings
    browser: Browser
    web: Process
    line: Process
    complaints: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.settings.web.host}:{self.settings.web.port}"

    @asynccontextmanager
    async def agent(self, name: str = "agent1", size: dict[str, int] = DESK) -> AsyncIterator[BrowserContext]:
        """A browser profile of an agent's, signed in; its pages answer every "leave this page?" with yes."""
        context = await self.browser.new_context(
            viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", permissions=["microphone"]
        )
        try:
            await context.add_init_script(PROBE_SOUND)
            context.on("page", self._attend)
            page = await context.new_page()
            await page.goto(f"{self.url}/sign-in")
            await page.get_by_label("登录名").fill(name)
            await page.get_by_label("密码").fill(PASSWORD)
            await page.get_by_role("button", name="登录").click()
            await page.get_by_role("button", name="退出").wait_for()
            yield context
        finally:
            await context.close()

    async def restart_web(self) -> None:
        await asyncio.to_thread(self.web.restart)
        await until_open(self.url)

    async def restart_exchange(self) -> None:
        """Killed: it says goodbye to nobody."""
        os.kill(int((self.exchange.settings.run / "asterisk.pid").read_text()), signal.SIGKILL)
        await asyncio.to_thread(self.exchange.stop)
        await asyncio.to_thread(self.exchange.start)

    async def end_sessions(self, name: str) -> None:
        """As when a session was stolen and the administrator has ended it."""
        with psycopg.connect(self.settings.database_url) as connection:
            connection.execute(
                "DELETE FROM web_sessions USING accounts WHERE account_id = accounts.id AND name = %s", [name]
            )

    def _attend(self, page: Page) -> None:
        async def stay(dialog: Dialog) -> None:
            await dialog.accept()

        page.on("dialog", stay)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


PROBE_SOUND = """
window.sounds = [];
const Real = RTCPeerConnection;
window.RTCPeerConnection = function (...given) {
  const made = new Real(...given);
  window.sounds.push(made);
  return made;
};
window.RTCPeerConnection.prototype = Real.prototype;
window.microphones = [];
const reallyOpen = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (reallyOpen) navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await reallyOpen(wanted);
  window.microphones.push(stream);
  return stream;
};
// The share of what is heard that lies at this frequency; decibels of the strongest band when it is silent.
window.loudest = async (hertz) => {
  const made = window.sounds.filter((one) => one.connectionState === 'connected').at(-1);
  const track = made?.getReceivers()[0]?.track;
  if (!track) return null;
  const context = new AudioContext({ sampleRate: 48000 });
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  analyser.smoothingTimeConstant = 0;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise((done) => setTimeout(done, 400));
  const bands = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bands);
  await context.close();
  const at = bands.indexOf(Math.max(...bands));
  return { hertz: at * 48000 / 8192, decibels: bands[at] };
};
"""


async def hears(page: Page, hertz: float) -> bool:
    """Whether the strongest sound in the browser's ear is at this frequency."""
    heard: dict[str, Any] | None = await page.evaluate("window.loudest()")
    return heard is not None and heard["decibels"] > -60 and abs(heard["hertz"] - hertz) < 40


@asynccontextmanager
async def desk_rig(folder: Path, database_url: str, **pbx: Any) -> AsyncIterator[DeskRig]:
    exchange = Exchange(
        folder,
        recordings_directory=folder / "recordings/incoming",
        browser_lost_seconds=4,
        agents=("1001", "1002", "1003", "1004"),
    )
    settings = Settings(
        var=folder,
        opt=ROOT / "var/opt",
        database_url=database_url,
        web=WebSettings(port=free_port()),
        pbx=PbxSection(
            sip_port=exchange.settings.sip_port,
            manager_port=exchange.settings.ami_port,
            http_port=exchange.settings.http_port,
            agents=4,
            test_phones=8,
            **pbx,
        ),
    )
    await import_organisation(settings, database_url)
    await store_accounts(database_url, ACCOUNTS)
    wav = write_wav(folder / "microphone.wav", tone(AGENT_HERTZ, 10))
    try:
        exchange.start()
        with Process(settings, "line") as line, Process(settings, "web") as web:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=find_chromium(), headless=True, args=[*FLAGS, *fake_microphone(wav)]
                )
                rig = DeskRig(exchange, settings, browser, web, line)
                await until_open(rig.url)
                yield rig
                await browser.close()
                assert not rig.complaints, rig.complaints
    finally:
        exchange.stop()


def fake_microphone(wav: Path) -> list[str]:
    return [
        "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={wav}", "--disable-features=WebRtcHideLocalIpsWithMdns",
    ]  # fmt: skip


async def until_open(url: str, seconds: float = 180) -> None:
    async with asyncio.timeout(seconds), aiohttp.ClientSession() as client:
        while True:
            with suppress(aiohttp.ClientError):
                async with client.get(f"{url}/readyz") as answer:
                    if answer.status == 200 and any((await answer.json())["lines"].values()):
                        return
            await asyncio.sleep(0.1)


class Process:
    """One of the rig's processes; `restart` is a kill and a new start."""

    def __init__(self, settings: Settings, command: str) -> None:
        self._settings = settings
        self._command = command

    def __enter__(self) -> Process:
        with (self._settings.var / f"{self._command}.log").open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "hotline", self._command],
                env={**os.environ, **environment(self._settings)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._child.terminate()
        self._child.wait(60)

    def restart(self) -> None:
        self.kill()
        self.__enter__()

    def kill(self) -> None:
        self._child.kill()
        self._child.wait(60)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Its sockets stay open, and nobody answers on them."""
        self._child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.thaw()

    def thaw(self) -> None:
        self._child.send_signal(signal.SIGCONT)

    def says(self, words: str) -> bool:
        """Whether its log holds them."""
        return words in (self._settings.var / f"{self._command}.log").read_text("utf-8", "replace")
