"""The manager connection with the real Asterisk: what a network's faker cannot prove."""

import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from asterisk.ami.action import Action, SimpleAction
from structlog.testing import capture_logs

from core.tasks import spawn
from telephony.ami.action import MAX_ACTION_LINE_BYTES, MAX_ACTION_LINES
from telephony.ami.framing import ManagerEvent
from telephony.ami.manager import ManagerConnection, ManagerSettings
from telephony.ami.status import ManagerActionFailed, ManagerState
from tests.support.exchange import Exchange

FORGER = "王\u2028CallerIDNum: 110\u0085CallerIDNum: 119"


@pytest.fixture(scope="module", name="pbx")
def started_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    directory: Path = tmp_path_factory.mktemp("manager")
    exchange = Exchange(directory)
    exchange.start()
    yield exchange
    exchange.stop()


@dataclass
class Owner:
    events: list[ManagerEvent] = field(default_factory=list)
    snapshots: list[int] = field(default_factory=list)
    """How many members the queue had at each login."""
    connection: ManagerConnection = field(init=False)

    async def on_login(self, connection: ManagerConnection) -> None:
        await connection.collect(SimpleAction("CoreShowChannels"))
        _, queue = await connection.collect(SimpleAction("QueueStatus", Queue="hotline"))
        self.snapshots.append(sum(event.name == "QueueMember" for event in queue))

    async def on_event(self, event: ManagerEvent) -> None:
        self.events.append(event)

    @property
    def state(self) -> ManagerState:
        return self.connection.status.state

    def named(self, name: str, **keys: str) -> list[ManagerEvent]:
        return [e for e in self.events if e.name == name and all(e.get(key) == keys[key] for key in keys)]

    async def variable(self, name: str, channel: str = "") -> str:
        return (await self.connection.send(SimpleAction("Getvar", Channel=channel, Variable=name))).get("Value")


@contextlib.asynccontextmanager
async def connected(pbx: Exchange, **settings: Any) -> AsyncIterator[Owner]:
    owner = Owner()
    said = {"host": "127.0.0.1", "port": pbx.settings.ami_port, "username": "hotline", "secret": pbx.secrets.ami}
    quick = {"ping_seconds": 0.3, "silence_seconds": 60, "retry_first_seconds": 0.1, "retry_most_seconds": 0.5}
    owner.connection = ManagerConnection(
        ManagerSettings.model_validate({**said, **quick, **settings}), on_login=owner.on_login, on_event=owner.on_event
    )
    running = spawn(owner.connection.run(), name="manager")
    try:
        yield owner
    finally:
        await owner.connection.close()
        await running


async def call(owner: Owner, until: Any, number: str, keys: dict[str, str], variables: dict[str, str]) -> str:
    """A live channel that talks to itself; its uniqueid is `number`."""
    said = {"Channel": "Local/600@agents", "Application": "Echo", "ChannelId": number, "Async": "true", **keys}
    await owner.connection.send(Action("Originate", said, variables))
    answered = await until(lambda: owner.named("OriginateResponse", Uniqueid=number))
    assert answered[0].get("Response") == "Success"
    return str(answered[0].get("Channel"))


async def test_after_each_login_the_queue_is_read_again_also_when_asterisk_was_away(pbx, until):
    async with connected(pbx) as owner:
        await until(lambda: owner.snapshots)
        member = {"Queue": "hotline", "Interface": "PJSIP/1001"}
        await owner.connection.send(SimpleAction("QueueAdd", **member))
        pbx.stop()
        await until(lambda: owner.state is ManagerState.REFUSED)
        pbx.start()
        await until(lambda: owner.state is ManagerState.CONNECTED and len(owner.snapshots) == 2, 20)
        assert owner.snapshots == [0, 1]
        await owner.connection.send(SimpleAction("QueueRemove", **member))


async def test_a_caller_cannot_forge_a_number_with_another_kind_of_line_end(pbx, until):
    async with connected(pbx) as owner:
        await until(lambda: owner.snapshots)
        channel = await call(owner, until, "forger-1", {"CallerID": f'"{FORGER}" <13800000042>'}, {})
        seen = await until(lambda: [e for e in owner.events if e.get("CallerIDName") == FORGER])
        assert {event.get("CallerIDNum") for event in seen} == {"13800000042"}
        assert {event.all("CallerIDNum") for event in seen} == {("13800000042",)}
        _, live = await owner.connection.collect(SimpleAction("CoreShowChannels"))
        assert FORGER in {event.get("CallerIDName") for event in live}
        await owner.connection.send(SimpleAction("Hangup", Channel=channel))
        await until(lambda: owner.named("Hangup", Uniqueid="forger-1"))


async def test_a_variable_arrives_as_it_was_said_and_sets_no_other(pbx, until):
    said = '王,EVIL=110,"引,号" (a,b) [c] \\n ${EVIL} 终'
    async with connected(pbx) as owner:
        await until(lambda: owner.snapshots)
        channel = await call(owner, until, "variable-1", {}, {"NOTE": said, "SECOND": "2"})
        assert await owner.variable("NOTE", channel) == said
        assert await owner.variable("SECOND", channel) == "2"
        assert await owner.variable("EVIL", channel) == ""
        await owner.connection.send(SimpleAction("Hangup", Channel=channel))


async def test_the_longest_line_and_the_most_lines_that_we_send_are_read_whole(pbx, until):
    async with connected(pbx) as owner:
        await until(lambda: owner.snapshots)
        longest = "长" * ((MAX_ACTION_LINE_BYTES - len("Value: ")) // 3)
        longest += "x" * (MAX_ACTION_LINE_BYTES - len(f"Value: {longest}".encode()))
        await owner.connection.send(SimpleAction("Setvar", Variable="LONGEST", Value=longest))
        assert await owner.variable("LONGEST") == longest
        many = {f"V{number}": str(number) for number in range(MAX_ACTION_LINES - 6)}
        channel = await call(owner, until, "lines-1", {}, many)
        last = list(many)[-1]
        assert await owner.variable(last, channel) == many[last]
        await owner.connection.send(SimpleAction("Hangup", Channel=channel))


async def test_an_error_answer_says_what_asterisk_said(pbx, until):
    async with connected(pbx) as owner:
        await until(lambda: owner.snapshots)
        with pytest.raises(ManagerActionFailed, match="Hangup: No such channel"):
            await owner.connection.send(SimpleAction("Hangup", Channel="PJSIP/nobody-1"))
        with pytest.raises(ManagerActionFailed, match="Permission denied"):
            await owner.connection.send(SimpleAction("Command", Command="core show uptime"))


async def test_a_wrong_password_is_said(pbx, until):
    async with connected(pbx, secret="wrong") as owner:
        await until(lambda: owner.state is ManagerState.REFUSED_LOGIN)
        assert owner.connection.status.detail == "Asterisk refuses the login of 'hotline': Authentication failed"


async def test_an_asterisk_that_hangs_is_noticed_and_found_again_when_it_goes_on(pbx, until):
    async with connected(pbx, login_seconds=0.5, connect_seconds=0.5, silence_seconds=0.7) as owner:
        await until(lambda: owner.snapshots)
        pid = pbx.process.pid()
        assert pid is not None
        with capture_logs() as logs:
            os.kill(pid, signal.SIGSTOP)
            try:
                await until(lambda: owner.state is not ManagerState.CONNECTED)
            finally:
                os.kill(pid, signal.SIGCONT)
        # What follows in the log are tries to connect.
        assert next(line["state"] for line in logs if line["event"] == "manager_connection") is ManagerState.SILENT
        await until(lambda: owner.state is ManagerState.CONNECTED and len(owner.snapshots) >= 2)
