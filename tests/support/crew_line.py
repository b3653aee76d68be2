"""The line's half that calls crews, wired as the line process does it, and a stand-in for the orders' half."""

import asyncio
import contextlib
import dataclasses
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydantic import SecretStr

from core.bus import Bus
from core.tasks import cancel, spawn
from ivr.dispatch_call import Attempt, CallDeps, CallPlan, CallResult, call_unit
from ivr.dispatch_flow import DISPATCH_FLOW, SpokenOrder, dispatch_values
from ivr.flows import Flow
from ivr.session import AgiSessions
from ivr.voice.audio import Samples
from ivr.voice.prompts import Prompts
from ivr.voice.speech import EspeakVoice
from telephony.ami.framing import ManagerEvent
from telephony.ami.manager import ManagerConnection, ManagerSettings
from telephony.ami.status import ManagerState
from telephony.control.control import Control
from tests.conftest import until
from tests.support.city_prompts import of_the_sample_city
from tests.support.exchange import Exchange

ORDER = SpokenOrder("QF20261121-0042-7", "求助", "小雪街道春秋路12号", "路灯不亮")
SHORT_ORDER = SpokenOrder("QF7", "其他", "", "路灯")

_ask = DISPATCH_FLOW.nodes["ask"]
_order = DISPATCH_FLOW.nodes["order"]
SHORT_FLOW = Flow(
    "dispatch-short",
    "order",
    {
        **{name: node for name, node in DISPATCH_FLOW.nodes.items() if name != "intro"},
        "ask": dataclasses.replace(_ask, seconds=0.5),  # type: ignore[call-arg]
        "order": dataclasses.replace(_order, most=1),
    },
)
"""Without the intro and said once: a crew that presses nothing has not accepted after 15 s instead of 95."""


@dataclass
class Orders:
    """What the orders would keep in rows: it outlives the line process."""

    endpoints: dict[int, str]
    order: SpokenOrder = SHORT_ORDER
    attempts: dict[int, list[Attempt]] = field(default_factory=dict)
    results: dict[str, CallResult] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)

    async def begin_attempt(self, assignment_id: int) -> Attempt | None:
        begun = self.attempts.setdefault(assignment_id, [])
        if begun and begun[-1].channel_id not in self.results:
            return dataclasses.replace(begun[-1], fresh=False)
        number = len(begun) + 1
        channel_id = f"dispatch-{assignment_id}-{number}"
        says = dispatch_values(self.order)
        begun.append(Attempt(assignment_id, number, channel_id, self.endpoints[assignment_id], says, fresh=True))
        return begun[-1]

    async def close_attempts(self, assignment_id: int) -> None:
        for attempt in self.attempts.get(assignment_id, []):
            self.results.setdefault(attempt.channel_id, CallResult.ACKNOWLEDGED_ELSEWHERE)

    async def note_answered(self, attempt: Attempt) -> None:
        self.answered.append(attempt.channel_id)

    async def finish_attempt(self, attempt: Attempt, result: CallResult) -> None:
        self.results.setdefault(attempt.channel_id, result)
        if result is CallResult.ACKNOWLEDGED:
            self.acknowledged.add(attempt.assignment_id)

    async def is_acknowledged(self, assignment_id: int) -> bool:
        return assignment_id in self.acknowledged


class Line:
    """One life of the line process."""

    def __init__(self, port: int, secret: str, made: Path, recorded: Path | None = None) -> None:
        settings = ManagerSettings(
            host="127.0.0.1", port=port, username="hotline", secret=SecretStr(secret), retry_first_seconds=0.2
        )
        self.connection = ManagerConnection(settings, on_login=self._on_login, on_event=self._on_event)
        self.control = Control(self.connection)
        recorded = recorded or of_the_sample_city(made / "prompts/zh")
        prompts = Prompts(recorded, made / "joined", EspeakVoice(made))
        self.sessions = AgiSessions(self.connection, prompts)
        self.events: list[ManagerEvent] = []
        self.logins = 0

    async def _on_login(self, _: ManagerConnection) -> None:
        self.sessions.resync(await self.control.live_channels())
        self.logins += 1

    async def _on_event(self, event: ManagerEvent) -> None:
        self.events.append(event)
        self.control.handle(event)
        self.sessions.handle(event)

    def lose_connection(self) -> None:
        session = self.connection._session
        assert session is not None
        session.end(ManagerState.DROPPED, "the test cut it")

    def deps(self, orders: Orders, bus: Bus, *, flow: Flow = SHORT_FLOW, ring_seconds: float = 10) -> CallDeps:
        plan = CallPlan(ring_seconds=ring_seconds)
        return CallDeps(self.control, self.sessions, orders, bus, caller_id="12345", plan=plan, flow=flow)


@contextlib.asynccontextmanager
async def line(exchange: Exchange, made: Path, **settings: Path) -> AsyncIterator[Line]:
    async with running(Line(exchange.settings.ami_port, exchange.secrets.ami, made, **settings)) as one:
        yield one


@contextlib.asynccontextmanager
async def running(one: Line) -> AsyncIterator[Line]:
    task = spawn(one.connection.run(), name="manager")
    try:
        yield one
    finally:
        await one.connection.close()
        await task


def heard_samples(heard: bytes) -> Samples:
    return np.frombuffer(heard, "<i2").astype(np.float64) / 32768


async def call_once(assignment_id: int, endpoint: str, made: Path, database_url: str) -> None:
    """A whole process's work, to be killed in its midst."""
    bus = Bus(database_url)
    listening = spawn(bus.run(), name="bus")
    async with running(Line(int(os.environ["AMI_PORT"]), os.environ["AMI_SECRET"], made)) as one:
        await until(lambda: one.logins)
        await call_unit(one.deps(Orders({assignment_id: endpoint}), bus), assignment_id)
    await cancel(listening)


if __name__ == "__main__":
    asyncio.run(call_once(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
