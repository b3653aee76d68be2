"""What happens in the demonstration; nothing here judges (demo.proofs does).

A  rings, is answered by agent 1, reports something broken; the order goes to an office and a crew. B  rings while
both agents talk, waits in the queue and gives up. C  rings, is answered by agent 2, and in the middle of the talk every
process of the installation is killed with SIGKILL. D  rings while nothing of ours runs, hears the greeting, hangs up.
Only Asterisk ever saw this call. Then the installation starts again; C is still talking; agent 2 finds the draft on the
desk and registers the order.
"""

import asyncio
import datetime as dt
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import soundfile

from core import clock
from demo.accounts import SampleAccount
from demo.installation import DemoInstallation, kill
from demo.matters import Matter
from demo.people import (
    Api,
    CrewPhone,
    DemoAgent,
    Inbox,
    open_agent,
    open_crew_phone,
    open_inbox,
)
from dispatch.city.records import City
from telephony.phone import AsyncPhone, PhoneCall

Say = Callable[[str], None]

_QUEUE_PATIENCE_SECONDS = 6
"""How long B waits in the queue before giving up, after the greeting."""
_LISTEN_SECONDS = 6
"""How long a crew listens before it presses 1."""


@dataclass
class StorySeen:
    """One citizen's call as the citizen's own telephone saw it."""

    who: str
    number: str
    expected: str
    """The outcome that the story demands."""
    began_at: dt.datetime
    ended_at: dt.datetime | None = None
    order: str | None = None
    """Number of the order that the agent registered."""


@dataclass
class PlayedCall:
    """All that was seen from outside, to be compared with what the system has stored."""

    calls: list[StorySeen] = field(default_factory=list)
    killed_at: dt.datetime | None = None
    opened_at: dt.datetime | None = None
    """When it was open again."""


@dataclass
class Cast:
    """The simulated people, all in place."""

    agents: list[DemoAgent]
    inboxes: dict[str, Inbox]
    crews: dict[str, CrewPhone]


@asynccontextmanager
async def gather_cast(
    installation: DemoInstallation, accounts: list[SampleAccount], city: City, hello: Path
) -> AsyncIterator[Cast]:
    """Agents at the desk; every office and crew of `accounts` with its screen, crews with their telephone too."""
    async with AsyncExitStack() as people:
        enter = people.enter_async_context
        cast = Cast([], {}, {})
        for account in accounts:
            if account.extension:
                cast.agents.append(
                    await enter(open_agent(installation.web_url, account, installation.phone(account.extension), hello))
                )
            if account.office_code or account.unit_code:
                api = await enter(Api(installation.web_url, account))
                # A crew's assignment is acknowledged by the key on its telephone, an office's by its screen.
                inbox = open_inbox(api, acknowledges=account.unit_code is None)
                cast.inboxes[account.name] = await enter(inbox)
            if account.unit_code:
                phone = installation.phone(city.units[account.unit_code].extension)
                cast.crews[account.unit_code] = await enter(open_crew_phone(phone, listen_seconds=_LISTEN_SECONDS))
        yield cast


class Story:
    def __init__(
        self,
        installation: DemoInstallation,
        cast: Cast,
        say: Say,
        process: subprocess.Popen[bytes],
        matters: tuple[Matter, Matter],
        speech: Mapping[str, Path],
        area_code: str,
    ) -> None:
        self.installation = installation
        self.matters = matters
        self.speech = speech
        self.area_code = area_code
        self.cast = cast
        self.say = say
        self.process = process
        """The installation's; another one after the kill."""
        self.played = PlayedCall()
        self._first_is_in = asyncio.Event()
        self._both_talk = asyncio.Event()
        self._ready_for_the_worst = asyncio.Event()
        self._open_again = asyncio.Event()
        self._talking = 0

    async def play(self) -> PlayedCall:
        """Play it from the first ring until every citizen's phone is down."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._citizen_who_is_helped())
            given_up = group.create_task(self._citizen_who_gives_up())
            group.create_task(self._citizen_whose_line_survives())
            await given_up
            await self._ready_for_the_worst.wait()
            await self._kill_and_open_again()
        return self.played

    async def _citizen_who_is_helped(self) -> None:
        agent = self.cast.agents[0]
        async with self._ring(1, "answered") as (phone, call, seen):
            # The queue gives its first caller to agent 1 and its second to agent 2: C must not overtake.
            self._first_is_in.set()
            answered = await agent.answer()
            self._someone_talks("A is talking with agent 1")
            await phone.play(call, self.speech["citizen-lamp"])
            await agent.phone.play(answered, self.speech["agent-where"])
            order = await agent.fill_in_and_register(await agent.draft(), **self.matters[0].fields)
            seen.order = order["number"]
            self.say(f"agent 1 registered {order['number']}: {order['state']}, {_whither(order)}")
            await agent.phone.play(answered, self.speech["agent-registered"])

    async def _citizen_who_gives_up(self) -> None:
        await self._both_talk.wait()
        async with self._ring(2, "abandoned") as (phone, call, _):
            self.say("B rings while both agents talk")
            greeting_seconds = soundfile.info(self.installation.settings.heard_prompts / "greeting.wav").duration
            await phone.wait_ended(call, greeting_seconds + _QUEUE_PATIENCE_SECONDS)
        self.say("B gave up waiting in the queue")

    async def _citizen_whose_line_survives(self) -> None:
        agent = self.cast.agents[1]
        await self._first_is_in.wait()
        async with self._ring(3, "answered") as (phone, call, seen):
            answered = await agent.answer()
            self._someone_talks("C is talking with agent 2")
            await phone.play(call, self.speech["citizen-manhole"])
            self._ready_for_the_worst.set()
            while not self._open_again.is_set():
                # People go on talking: they notice nothing of a dead program.
                await agent.phone.play(answered, self.speech["agent-where"])
                await phone.play(call, self.speech["citizen-manhole"])
            order = await agent.fill_in_and_register(await agent.draft(), **self.matters[1].fields)
            seen.order = order["number"]
            self.say(f"agent 2 registered {order['number']}: {order['state']}, {_whither(order)}")
            await agent.phone.play(answered, self.speech["agent-registered"])

    async def _kill_and_open_again(self) -> None:
        await asyncio.to_thread(kill, self.process)
        self.played.killed_at = clock.now()
        self.say("SIGKILL to every process of ours, C in mid-call")
        async with self._ring(4, "abandoned") as (phone, call, _):
            self.say("D rings while nothing of ours runs")
            await phone.wait_ended(call, 5)
        self.say("D hung up; only Asterisk knows of this call")
        self.process = self.installation.open()
        await self.installation.until_ready()
        self.played.opened_at = clock.now()
        self.say(
            f"the system is up again, {(self.played.opened_at - self.played.killed_at).total_seconds():.1f} s later"
        )
        self._open_again.set()

    @asynccontextmanager
    async def _ring(self, number: int, expected: str) -> AsyncIterator[tuple[AsyncPhone, PhoneCall, StorySeen]]:
        """Citizen `number` calls the line and is connected; hangs up at the end of the block."""
        caller = f"{self.area_code.ljust(10, '0')}{number}"
        account = self.installation.phone(f"citizen-{number}", name=f"示例来电人{number}", number=caller)
        async with AsyncPhone(account) as phone:
            await phone.register()
            seen = StorySeen("ABCD"[number - 1], caller, expected, clock.now())
            self.played.calls.append(seen)
            call = await phone.call(self.installation.settings.pbx.line_number)
            await phone.wait_answered(call, 10)
            yield phone, call, seen
            await phone.hang_up(call)
            seen.ended_at = clock.now()

    def _someone_talks(self, what: str) -> None:
        self.say(what)
        self._talking += 1
        if self._talking == len(self.cast.agents):
            self._both_talk.set()


def _whither(order: Mapping[str, Any]) -> str:
    return f"lead office {order['lead_office_code']}, crew {order['unit_code']}"
