"""Real telephones, Asterisk, Vosk and Chromium: what both sides say stands on the agent's page while they talk."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from core.tasks import cancel, spawn
from core.texts.search import mask_phone
from dispatch.workflow import Role
from hotline.pipeline import react
from recordings.archive.models import HowHeard, Listening
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.cel_reader import Follower
from telephony.phone import PhoneCall
from tests.support.browser import serious_findings, signed_in_page
from tests.support.exchange import ROOT, Exchange
from tests.support.web_rig import WebRig

SPEECH = ROOT / "deploy/demo/speech"
PICTURES = ROOT / "var/screens"
SOON_MS = 60_000
"""Generous: a busy machine may be slow; how soon it is on a quiet one is measured by the bench."""


@pytest.fixture(scope="module")
def exchange(web_rig: WebRig, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One whose recordings lie where this installation keeps them."""
    incoming = web_rig.context.settings.recordings / "incoming"
    made = Exchange(tmp_path_factory.mktemp("live"), systemname="live", recordings_directory=incoming)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
async def following(web_rig: WebRig, exchange: Exchange) -> AsyncIterator[None]:
    """What `hotline line` does with Asterisk's facts."""
    sessions = web_rig.context.sessions
    listener = CallRecorder("live", sessions, partial(react, web_rig.context.policy))
    task = spawn(Follower(listener, sessions, pbx="live", file=exchange.settings.cel_file).run(), name="follower")
    yield
    await cancel(task)


@asynccontextmanager
async def live_process(web_rig: WebRig, database_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`hotline live` as a process of its own; killed at the end if it is still there."""
    settings = {"DATABASE_URL": database_url, "HOTLINE_VAR": str(web_rig.context.settings.var)}
    environment = os.environ | settings | {"HOTLINE_PBX__NAME": "live", "HOTLINE_SPEECH__MODEL": "demo-cn"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "hotline", "live", env=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def say(call: PhoneCall, file: str) -> None:
    assert await asyncio.to_thread(call.play, SPEECH / file, seconds=30)


def said(page: Page, words: str) -> Any:
    return page.locator("[data-words-list] li", has_text=words)


async def test_both_voices_stand_on_the_page_while_they_speak_and_nothing_is_lost_when_the_process_dies(
    web_rig: WebRig,
    database_url: str,
    exchange: Exchange,
    following: None,
    chromium: Browser,
    until: Callable[..., Any],
) -> None:
    with exchange.agent("1001") as desk, exchange.phone("citizen-1", number="13900000007") as citizen:
        call = await asyncio.to_thread(citizen.call, "12345")
        agent = await asyncio.to_thread(desk.wait_call, 60)
        number = await until(lambda: conversation(web_rig, "13900000007"), 60)
        path = f"/api/calls/{number}/transcript"
        async with signed_in_page(chromium, web_rig, Role.AGENT) as page:
            async with live_process(web_rig, database_url) as first:
                await page.goto(f"{web_rig.url}/calls/{number}")
                await say(agent, "agent-hello.wav")
                await say(call, "citizen-lamp.wav")
                await expect(page.locator("li.caller", has_text="路灯")).to_be_visible(timeout=SOON_MS)
                await expect(page.locator("li.city", has_text="请讲")).to_be_visible(timeout=SOON_MS)
                assert call.ended is None
                async with page.expect_response("**/sound?**") as answer:
                    await said(page, "路灯").get_by_role("button").click()
                assert (await answer.value).status == 200
                assert await serious_findings(page) == []
                await page.screenshot(path=PICTURES / "desk-live-transcript.png")
                first.kill()
                await first.wait()
            await say(call, "citizen-manhole.wav")
            async with live_process(web_rig, database_url):
                await say(call, "citizen-water.wav")
                await expect(said(page, "停水")).to_have_count(1, timeout=SOON_MS)
                await expect(said(page, "井盖")).to_have_count(1)
                text = "".join(one["text"] for one in (await web_rig.get(Role.SUPERVISOR, path))["segments"])
                assert [text.count(word) for word in ("路灯", "井盖", "停水", "请讲")] == [1, 1, 1, 1]
                await page.reload()
                await expect(said(page, "路灯")).to_have_count(1)
                await asyncio.to_thread(call.hang_up)
                await until(lambda: is_state(web_rig, path, "finishing"), 60)
    async with web_rig.context.sessions() as session:
        heard = (await session.scalars(select(Listening).where(Listening.linkedid == number))).all()
    assert [(row.how, row.account_name, row.recording_id) for row in heard] == [(HowHeard.LIVE, "agent1", None)]


async def conversation(web_rig: WebRig, number: str) -> str | None:
    """The call of this citizen, once somebody has answered it."""
    found = (await web_rig.get(Role.COORDINATOR, "/api/calls?live=true"))["calls"]
    return next(
        (one["linkedid"] for one in found if one["answered_at"] and one["caller_number"] == mask_phone(number)), None
    )


async def is_state(web_rig: WebRig, path: str, state: str) -> bool:
    return bool((await web_rig.get(Role.SUPERVISOR, path))["state"] == state)
